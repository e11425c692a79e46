import type { Payload, QoS } from '../message.js';
import type { WillProperties } from '../packets.js';

/** Bounds of the messages that wait to be sent, and what happens when they are reached. */
export interface QueueOptions {
  /** The maximum number of messages. Default 1,000. */
  maxMessages?: number;
  /** The maximum bytes of topics, payloads and properties. One larger message is accepted while the queue is empty. Default 1 MiB. */
  maxBytes?: number;
  /**
   * What happens when the queue is full. `'refuse'`: the new message errors with `QUEUE_FULL`. `'evictOldest'`: the oldest messages error
   * with `MESSAGE_EVICTED`; do not publish them again in the error handler, because that evicts the next ones. Default `'refuse'`.
   */
  overflow?: 'refuse' | 'evictOldest';
  /**
   * What happens to a QoS 0 message without a connection. `'refuse'`: it errors with `NOT_CONNECTED`. `'queue'`: it waits too. Default
   * `'refuse'`.
   */
  offlineQos0?: 'refuse' | 'queue';
}

/** Bounds of the received messages that are held for a stream; see the option `unrouted`. */
export interface HoldOptions {
  /**
   * The maximum number of messages. When one more arrives, or when their payloads exceed 64 MiB, the oldest goes to `unrouted$`, and
   * `warning$` emits `HOLD_FULL`. Default 1,000.
   */
  max?: number;
  /** ms that each message is held. Default 10,000. */
  timeout?: number;
}

/** The will: the message that the broker publishes when the client is lost (5.0 section 3.1.2.5). */
export interface WillOptions {
  topic: string;
  payload?: Payload;
  /** Default 0. */
  qos?: QoS;
  /** Default false. */
  retain?: boolean;
  properties?: WillProperties;
}
