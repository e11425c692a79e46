import type { MqttMessage } from '../../message.js';
import type { Delivery } from '../../protocol/delivery.js';

/** Where the messages of some filters go. */
export interface Route {
  readonly filters: readonly string[];
  /** Whoever gets its messages answers for them. */
  readonly manual: boolean;
  /** Must not throw. Gives back the delivery it was given; or one of its own, where somebody is to answer for the message. */
  deliver(message: MqttMessage, delivery: Delivery | undefined): Delivery | undefined;
}
