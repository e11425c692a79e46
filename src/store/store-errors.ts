import { MqttError } from '../errors.js';
import { wordsOf } from '../quoted.js';

/** Returns the error of a store: its own, where it is one of this library, or a `STORE_FAILED` with the cause. */
export function storeFailed(what: string, cause: unknown): MqttError {
  if (MqttError.is(cause) && cause.code.startsWith('STORE_')) return cause;
  return new MqttError('STORE_FAILED', `the store ${what}: ${wordsOf(cause)}`, { retryable: true, cause });
}

/** The error of a record that this version cannot read. */
export function unreadable(key: string, why: string): MqttError {
  return new MqttError(
    'STORE_UNREADABLE',
    `cannot read the record '${key}' of the stored session: ${why}; give the store to the version that wrote it, or move it away to begin ` +
      'with an empty session',
    { subject: key },
  );
}
