import type { AckableMessage } from '../message.js';
import type { SchedulerLike } from 'rxjs';
import type { BoundOptions, TopicOptions } from './call-options.js';
import type { BackoffOptions } from './reconnect-options.js';

/** How messages are handled, and what becomes of them. */
export interface AckAfterOptions {
  /** Handlers at a time: an integer from 1, or Infinity. Default 1: one after the other, in order. */
  concurrency?: number;
  /**
   * What becomes of a message whose handler fails. `'fail'`: the stream errors with the handler's error, as any operator's would; the
   * message stays unacknowledged. `'retry'`: its handler is called again after a delay; see `retry`. `'leave'`: it stays
   * unacknowledged, and the stream goes on; see {@link AckableMessage.leave}. `'reject'`: refused with `reasonCode`. `'ack'`:
   * acknowledged all the same. Default `'fail'`.
   */
  onError?: 'retry' | GiveUp;
  /** With `onError: 'retry'`: when the handler is called again, and what becomes of the message in the end. */
  retry?: HandlerRetryOptions;
  /**
   * ms, where a message is left (`'leave'`): when no stream has taken it by then, the client reconnects, so that the broker sends it
   * again. Not where the session ends with the connection. Default: never. See {@link LeaveOptions.reconnectAfter}.
   */
  reconnectAfter?: number;
  /** Where a message is rejected (`'reject'`); see {@link AckableMessage.reject}. Default 0x83. */
  reasonCode?: number;
  /** For the messages that wait for a handler. */
  buffer?: BufferOptions;
  /** Runs the delays of `retry`. Default `asyncScheduler`; in `consume()` it is the scheduler of the client. */
  scheduler?: SchedulerLike;
}

/** What becomes of a message whose handler has failed for good. */
type GiveUp = 'fail' | 'leave' | 'reject' | 'ack';

/**
 * The delays of `onError: 'retry'`: `initial` (default 1,000 ms), then growing by `factor` (default 2) up to `max` (default 60,000 ms).
 * Meanwhile the message keeps its place among the `concurrency` handlers, and acknowledgements behind it wait. When its connection is
 * lost, a QoS 1 message is not tried again: it comes as another one.
 */
export interface HandlerRetryOptions extends Pick<BackoffOptions, 'initial' | 'max' | 'factor'> {
  /** Retries before giving up. Default: no limit, so a message that can never be processed holds its place for ever. */
  maxRetries?: number;
  /** What becomes of the message then, as `onError` has it. Default `'fail'`. */
  giveUp?: GiveUp;
}

/** Bounds of the messages that wait for a handler, and what becomes of one too many. */
export interface BufferOptions extends BoundOptions {
  /**
   * A message too many. `'pause'`: it does not come to that, as reading from the network pauses (in `ackAfter` it is the `buffer` of the
   * `topic$` that says when). `'dropOldest'`, `'dropNewest'`: a message is acknowledged unhandled, and emitted as `'dropped'`.
   * `'error'`: the stream errors with `RECEIVE_OVERFLOW`. Default `'pause'`.
   */
  overflow?: 'pause' | 'dropOldest' | 'dropNewest' | 'error';
}

/** The options of a `topic$` that make sense here, and those of {@link AckAfterOptions}. */
export interface ConsumeOptions<V = unknown>
  extends Omit<TopicOptions<V>, 'ack' | 'buffer' | 'latest'>, Omit<AckAfterOptions, 'scheduler'> {}

/**
 * How it went with a message. `acknowledged` is {@link AckableMessage.acknowledged} at this moment: true when the acknowledgement goes
 * out now, `'pending'` when it waits for a message before this one, false when the broker will not hear of it, as the message was left
 * or went stale. The message itself tells later what has become of `'pending'`.
 */
export type Consumed<R = unknown, M extends AckableMessage = AckableMessage> =
  | {
      readonly status: 'done';
      readonly message: M;
      /** The last value of the handler; undefined without one. */
      readonly value: R | undefined;
      readonly acknowledged: boolean | 'pending';
    }
  | {
      readonly status: 'failed';
      readonly message: M;
      readonly error: unknown;
      readonly acknowledged: boolean | 'pending';
    }
  /** With `onError: 'retry'`: the handler has failed, and is called again in `delay` ms. */
  | {
      readonly status: 'retrying';
      readonly message: M;
      readonly error: unknown;
      /** Of the retry that comes, counted from 1. */
      readonly attempt: number;
      readonly delay: number;
      readonly acknowledged: false;
    }
  /** No handler has seen it: it was one too many, or went stale while it waited (it comes again, if the session lasts). */
  | {
      readonly status: 'dropped';
      readonly message: M;
      readonly reason: 'overflow' | 'stale';
      readonly acknowledged: boolean | 'pending';
    };
