import { MqttError } from '../errors.js';
import { wordsOf } from '../quoted.js';

/** Returns the error of a store: its own, where it is one of this library, or a `STORE_FAILED` with the cause. */
export function storeFailed(what: string, cause: unknown): MqttError {
  if (MqttError.is(cause) && cause.code.startsWith('STORE_')) return cause;
  return new MqttError('STORE_FAILED', `the store ${what}: ${wordsOf(cause)}`, { retryable: true, cause });
}
