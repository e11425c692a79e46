import type { AckAfterOptions, BufferOptions } from '../consume-options.js';
import { MqttError } from '../errors.js';
import { showKey } from '../quoted.js';
import { REJECTED, assertRefusal } from '../protocol/ack-codes.js';

/** AckAfterOptions, checked and with defaults. */
export interface AckAfterTerms {
  readonly concurrency: number;
  readonly onError: NonNullable<AckAfterOptions['onError']>;
  readonly reasonCode: number;
  readonly size: number;
  /** bytes */
  readonly bytes: number;
  readonly overflow: NonNullable<BufferOptions['overflow']>;
}

const onErrors = ['fail', 'leave', 'reject', 'ack'];
const overflows = ['pause', 'dropOldest', 'dropNewest', 'error'];

/** Throws INVALID_ARGUMENT. */
export function ackAfterTerms(options: AckAfterOptions): AckAfterTerms {
  assertKeys('options', options, ['concurrency', 'onError', 'reasonCode', 'buffer']);
  const { concurrency = 1, onError = 'fail', reasonCode = REJECTED, buffer = {} } = options;
  assertKeys('buffer', buffer, ['size', 'bytes', 'overflow']);
  const { size = 1000, bytes = 16 * 1024 * 1024, overflow = 'pause' } = buffer;
  assertCount('concurrency', concurrency);
  assertWord('onError', onError, onErrors);
  assertRefusal(reasonCode);
  if (options.reasonCode !== undefined && onError !== 'reject') {
    throw invalid('reasonCode', "goes with 'onError' 'reject'");
  }
  assertCount('buffer.size', size);
  assertCount('buffer.bytes', bytes);
  assertWord('buffer.overflow', overflow, overflows);
  return { concurrency, onError, reasonCode, size, bytes, overflow };
}

export function assertHandler(handler: unknown): void {
  if (typeof handler === 'function') return;
  throw new MqttError('INVALID_ARGUMENT', "argument 'handler' must be a function", { subject: 'handler' });
}

function assertKeys(subject: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw invalid(subject, 'must be an object');
  const unknown = Object.keys(value).find(key => !known.includes(key));
  if (unknown !== undefined) throw invalid(showKey(unknown), `is unknown; known are ${known.join(', ')}`);
}

function assertCount(subject: string, value: unknown): void {
  if (value === Infinity || (Number.isInteger(value) && (value as number) >= 1)) return;
  throw invalid(subject, 'must be an integer from 1, or Infinity');
}

function assertWord(subject: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) throw invalid(subject, `must be one of ${words.map(word => `'${word}'`).join(', ')}`);
}

const invalid = (subject: string, words: string): MqttError =>
  new MqttError('INVALID_ARGUMENT', `option '${subject}' ${words}`, { subject });
