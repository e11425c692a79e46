import { type SchedulerLike, asyncScheduler } from 'rxjs';
import type { AckAfterOptions, BufferOptions, HandlerRetryOptions } from '../options/consume-options.js';
import { MqttError } from '../errors.js';
import { assertDelay } from './delay.js';
import { kindOf, showKey } from '../quoted.js';
import { REJECTED, assertRefusal } from '../protocol/reason-codes.js';

/** The checked options of `ackAfter()`, with their defaults. */
export interface ResolvedAckAfterOptions {
  readonly concurrency: number;
  readonly onError: NonNullable<AckAfterOptions['onError']>;
  /** What happens to a message whose handler is not tried again. */
  readonly giveUp: NonNullable<HandlerRetryOptions['giveUp']>;
  readonly maxRetries: number;
  /** Returns the delay in ms before a retry; retries count from 1. */
  readonly delay: (attempt: number) => number;
  readonly reconnectAfter: number | undefined;
  readonly reasonCode: number;
  /** The most messages that may wait for a handler. */
  readonly size: number;
  /** The most bytes that may wait for a handler. */
  readonly bytes: number;
  readonly overflow: NonNullable<BufferOptions['overflow']>;
  readonly scheduler: SchedulerLike;
}

const giveUpActions = ['fail', 'leave', 'reject', 'ack'];
const overflows = ['pause', 'dropOldest', 'dropNewest', 'error'];

const keys = ['concurrency', 'onError', 'retry', 'reconnectAfter', 'reasonCode', 'buffer', 'scheduler'];

/** Adds the defaults. Throws INVALID_ARGUMENT that names the option. */
export function resolveAckAfterOptions(options: AckAfterOptions): ResolvedAckAfterOptions {
  assertKeys('options', options, keys);
  const {
    concurrency = 1,
    onError = 'fail',
    reasonCode = REJECTED,
    reconnectAfter,
    scheduler = asyncScheduler,
  } = options;
  const { retry = {}, buffer = {} } = options;
  assertKeys('buffer', buffer, ['size', 'bytes', 'overflow']);
  const { size = 1000, bytes = 16 * 1024 * 1024, overflow = 'pause' } = buffer;
  assertCount('concurrency', concurrency);
  assertOneOf('onError', onError, ['retry', ...giveUpActions]);
  if (options.retry !== undefined && onError !== 'retry') throw invalid('retry', "goes with 'onError' 'retry'");
  const { giveUp, maxRetries, delay } = resolveRetryOptions(retry);
  const finalAction = onError === 'retry' ? giveUp : onError;
  if (options.reasonCode !== undefined && finalAction !== 'reject') {
    throw invalid('reasonCode', "goes with 'onError' 'reject', or 'retry.giveUp' 'reject'");
  }
  assertRefusal(reasonCode);
  if (reconnectAfter !== undefined && finalAction !== 'leave') {
    throw invalid('reconnectAfter', "goes with 'onError' 'leave', or 'retry.giveUp' 'leave'");
  }
  if (reconnectAfter !== undefined) assertDelay("option 'reconnectAfter'", reconnectAfter, 'reconnectAfter');
  assertCount('buffer.size', size);
  assertCount('buffer.bytes', bytes);
  assertOneOf('buffer.overflow', overflow, overflows);
  return {
    concurrency,
    onError,
    giveUp: finalAction,
    maxRetries,
    delay,
    reconnectAfter,
    reasonCode,
    size,
    bytes,
    overflow,
    scheduler,
  };
}

function resolveRetryOptions(
  retry: HandlerRetryOptions,
): Pick<ResolvedAckAfterOptions, 'giveUp' | 'maxRetries' | 'delay'> {
  assertKeys('retry', retry, ['initial', 'max', 'factor', 'maxRetries', 'giveUp']);
  const { initial = 1000, max = 60_000, factor = 2, maxRetries = Infinity, giveUp = 'fail' } = retry;
  assertDelay("option 'retry.initial'", initial, 'retry.initial');
  assertDelay("option 'retry.max'", max, 'retry.max');
  if (!(factor >= 1 && factor <= 1000)) throw invalid('retry.factor', 'must be a number from 1 to 1,000');
  assertCount('retry.maxRetries', maxRetries, 0);
  assertOneOf('retry.giveUp', giveUp, giveUpActions);
  return { giveUp, maxRetries, delay: attempt => Math.min(max, initial * factor ** (attempt - 1)) };
}

export function assertHandler(handler: unknown): void {
  if (typeof handler === 'function') return;
  throw new MqttError('INVALID_ARGUMENT', `argument 'handler' must be a function; got ${kindOf(handler)}`, {
    subject: 'handler',
  });
}

function assertKeys(subject: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throw invalid(subject, 'must be an object');
  const unknown = Object.keys(value).find(key => !known.includes(key));
  if (unknown !== undefined) throw invalid(showKey(unknown), `is unknown; known are ${known.join(', ')}`);
}

function assertCount(subject: string, value: unknown, least = 1): void {
  if (value === Infinity || (Number.isInteger(value) && (value as number) >= least)) return;
  throw invalid(subject, `must be an integer from ${least}, or Infinity`);
}

function assertOneOf(subject: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw invalid(subject, `must be one of ${known.map(word => `'${word}'`).join(', ')}`);
}

const invalid = (subject: string, what: string): MqttError =>
  new MqttError('INVALID_ARGUMENT', `option '${subject}' ${what}`, { subject });
