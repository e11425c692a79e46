import type { AckableMessage } from './ackable-message.js';
import type { BoundOptions, TopicOptions } from './call-options.js';

/** How messages are handled, and what becomes of them. */
export interface AckAfterOptions {
  /** Handlers at a time: an integer from 1, or Infinity. Default 1: one after the other, in order. */
  concurrency?: number;
  /**
   * What becomes of a message whose handler fails. `'fail'`: the stream errors with the handler's error, as any operator's would; the
   * message stays unacknowledged. `'leave'`: it stays unacknowledged, and the stream goes on; see {@link AckableMessage.leave}.
   * `'reject'`: refused with `reasonCode`. `'ack'`: acknowledged all the same. Default `'fail'`.
   */
  onError?: 'fail' | 'leave' | 'reject' | 'ack';
  /** With `onError: 'reject'`; see {@link AckableMessage.reject}. Default 0x83. */
  reasonCode?: number;
  /** For the messages that wait for a handler. */
  buffer?: BufferOptions;
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
  extends Omit<TopicOptions<V>, 'ack' | 'buffer' | 'latest'>, AckAfterOptions {}

/** How it went with a message. `acknowledged` is false when the broker will not hear of it: it was left, or went stale. */
export type Consumed<R = unknown, M extends AckableMessage = AckableMessage> =
  | {
      readonly status: 'done';
      readonly message: M;
      /** The last value of the handler; undefined without one. */
      readonly value: R | undefined;
      readonly acknowledged: boolean;
    }
  | { readonly status: 'failed'; readonly message: M; readonly error: unknown; readonly acknowledged: boolean }
  /** No handler has seen it: it was one too many, or went stale while it waited (it comes again, if the session lasts). */
  | {
      readonly status: 'dropped';
      readonly message: M;
      readonly reason: 'overflow' | 'stale';
      readonly acknowledged: boolean;
    };
