import type { MqttMessage } from './message.js';
import type { TopicParams } from './topic-params.js';

/**
 * A message of a `topic$` with `ack: 'manual'`: it is acknowledged when you say so. Of `ack`, `reject` and `leave` the first call
 * counts, and only one that counts returns true.
 *
 * Every subscriber has a message object of its own. The broker gets its answer when all have answered, in the order in which the
 * messages came (5.0 section 4.6); the first refusal decides it.
 */
export interface AckableMessage<V = unknown, P = TopicParams<string>> extends MqttMessage<V, P> {
  /** It has been processed. At QoS 0 nothing is sent, but the message no longer counts as waiting. */
  ack(): boolean;
  /**
   * It cannot be processed, and is not to come again (5.0: PUBACK or PUBREC with this reason code; in 3.x, and with
   * `deliverQos2: 'release'`, there is no way to say it, and it is acknowledged).
   *
   * @param reasonCode - 0x80, 0x83 (default), 0x87, 0x90, 0x91, 0x97 or 0x99 (5.0 section 3.4.2.1).
   * @throws MqttError `INVALID_ARGUMENT` for another one.
   */
  reject(reasonCode?: number): boolean;
  /**
   * It stays unacknowledged: it comes again on the next connection, if the session lasts, or goes to the next stream that is subscribed
   * for its topic. Until then it counts against our Receive Maximum. QoS 0, which does not come again, is done with.
   */
  leave(): boolean;
  /**
   * True when no answer has been given and none counts any more: a QoS 1 message after its connection was lost (it comes again as
   * another one), QoS 2 after its session was lost, any after its stream was unsubscribed or the client closed. A QoS 2 message
   * whose session goes on stays what it is.
   */
  readonly stale: boolean;
}
