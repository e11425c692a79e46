import type { SchedulerLike } from 'rxjs';
import type { AckableMessage } from '../message.js';
import type { BoundOptions, TopicOptions } from './call-options.js';
import type { BackoffOptions } from './reconnect-options.js';

/** How messages are handled and acknowledged. */
export interface AckAfterOptions {
  /** How many handlers may run at a time: an integer from 1, or Infinity. Default 1: one after the other, in order. */
  concurrency?: number;
  /**
   * What happens to a message whose handler fails. `'fail'`: the stream errors with the error of the handler, as with any operator, and
   * the message stays unacknowledged. `'retry'`: the handler is called again after a delay; see `retry`. `'leave'`: the message stays
   * unacknowledged, and the stream continues; see {@link AckableMessage.leave}. `'reject'`: the message is rejected with `reasonCode`.
   * `'ack'`: the message is acknowledged. Default `'fail'`.
   */
  onError?: 'retry' | GiveUp;
  /** With `onError: 'retry'`: when the handler is called again, and what happens after the last retry. */
  retry?: HandlerRetryOptions;
  /**
   * ms, with `'leave'`: if no stream has taken the message after this time, the client reconnects, so that the broker sends it again. It
   * does not reconnect if the session ends with the connection. Default: never. See `LeaveOptions`.
   */
  reconnectAfter?: number;
  /** The reason code with `'reject'`; see {@link AckableMessage.reject}. Default 0x83. */
  reasonCode?: number;
  /** Bounds of the messages that wait for a handler. */
  buffer?: BufferOptions;
  /** The scheduler of the delays of `retry`. Default `asyncScheduler`; `consume()` uses the scheduler of the client. */
  scheduler?: SchedulerLike;
}

/** What happens to a message whose handler has failed for the last time. */
type GiveUp = 'fail' | 'leave' | 'reject' | 'ack';

/**
 * The delays of `onError: 'retry'`: first `initial` (default 1,000 ms), then `factor` times the last one (default 2), up to `max` (default
 * 60,000 ms). During a delay the message counts for `concurrency`, and acknowledgements of later messages wait. A QoS 1 message whose
 * connection is lost is not retried, because the broker sends it again as another message object.
 */
export interface HandlerRetryOptions extends Pick<BackoffOptions, 'initial' | 'max' | 'factor'> {
  /** The maximum number of retries. Default: no limit, so a message that can never be processed is retried forever. */
  maxRetries?: number;
  /** What happens to the message after the last retry, as with `onError`. Default `'fail'`. */
  giveUp?: GiveUp;
}

/** Bounds of the messages that wait for a handler, and what happens when they are reached. */
export interface BufferOptions extends BoundOptions {
  /**
   * What happens when the buffer is full. `'pause'`: reading from the network pauses before that (with `ackAfter`, at the `buffer` of the
   * `topic$`). `'dropOldest'`, `'dropNewest'`: that message is acknowledged without being handled, and emitted as `'dropped'`. `'error'`:
   * the stream errors with `RECEIVE_OVERFLOW`. Default `'pause'`.
   */
  overflow?: 'pause' | 'dropOldest' | 'dropNewest' | 'error';
}

/** The options of `consume()`: those of `topic$` that apply, and {@link AckAfterOptions}. */
export interface ConsumeOptions<V = unknown>
  extends Omit<TopicOptions<V>, 'ack' | 'buffer' | 'latest'>, Omit<AckAfterOptions, 'scheduler'> {}

/**
 * The outcome of a message. `acknowledged` is {@link AckableMessage.acknowledged} at this moment: true if the acknowledgement is sent now,
 * `'pending'` if it waits for an earlier message, false if there is none, because the message was left or is stale. Read the property of
 * the message itself to see later whether a pending acknowledgement was sent.
 */
export type Consumed<R = unknown, M extends AckableMessage = AckableMessage> =
  | {
      readonly status: 'done';
      readonly message: M;
      /** The last value of the handler, or undefined if it gave none. */
      readonly value: R | undefined;
      readonly acknowledged: boolean | 'pending';
    }
  | {
      readonly status: 'failed';
      readonly message: M;
      readonly error: unknown;
      readonly acknowledged: boolean | 'pending';
    }
  /** With `onError: 'retry'`: the handler has failed and is called again in `delay` ms. */
  | {
      readonly status: 'retrying';
      readonly message: M;
      readonly error: unknown;
      /** The number of the next retry, from 1. */
      readonly attempt: number;
      readonly delay: number;
      readonly acknowledged: false;
    }
  /**
   * No handler was called: the buffer was full, or the message became stale while it waited (the broker sends it again, if the session
   * lasts).
   */
  | {
      readonly status: 'dropped';
      readonly message: M;
      readonly reason: 'overflow' | 'stale';
      readonly acknowledged: boolean | 'pending';
    };
