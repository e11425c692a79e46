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
   * It stays unacknowledged: it goes to the next stream with `ack: 'manual'` that is subscribed for its topic, or comes again on the
   * next connection, if the session lasts. Until then no acknowledgement behind it goes out, and a broker whose window is full sends
   * nothing more (`LEFT_UNACKNOWLEDGED` on `warning$`). Unsubscribing leaves all messages that are not answered in the same way. QoS 0,
   * which does not come again, is done with.
   *
   * @throws MqttError `INVALID_ARGUMENT` for a `reconnectAfter` that is no delay.
   */
  leave(options?: LeaveOptions): boolean;
  /**
   * True when no answer has been given and none counts any more: a QoS 1 message after its connection was lost (it comes again as
   * another one), QoS 2 after its session was lost, any after its stream was unsubscribed or the client closed. A QoS 2 message
   * whose session goes on stays what it is.
   */
  readonly stale: boolean;
  /**
   * What the broker knows of `ack()` or `reject()`. True: the acknowledgement has gone out, or goes out in this turn. `'pending'`: it
   * waits, for other subscribers to answer, for a message before this one to be answered (5.0 section 4.6), or for a QoS 2 message to
   * be sent again after a reconnect; a QoS 1 message comes again if the connection is lost meanwhile. False: no answer was given, or
   * its connection or session was lost before it went out. At QoS 0 true once it is answered.
   */
  readonly acknowledged: boolean | 'pending';
}

/** What is to become of a message that is left. */
export interface LeaveOptions {
  /**
   * ms: when no stream has taken the message by then, the client drops its connection and makes a new one, so that the broker sends
   * it again. Where the session ends with the connection it does not, as the message would be lost, and `warning$` says so. Default:
   * never.
   */
  reconnectAfter?: number;
}
