import type { MqttMessage } from '../../message.js';
import type { Delivery } from '../../protocol/delivery.js';
import { matches } from '../../protocol/topics/match.js';

/** Where the messages of some filters go. */
export interface Route {
  readonly filters: readonly string[];
  /** What the topics of each filter are matched with: see `Template.patterns`. */
  readonly patterns: readonly (readonly string[])[];
  /** Whoever gets its messages answers for them. */
  readonly manual: boolean;
  /** Must not throw. Gives back the delivery it was given; or one of its own, where somebody is to answer for the message. */
  deliver(message: MqttMessage, delivery: Delivery | undefined): Delivery | undefined;
}

/** Whether messages of this topic are for one filter of a route: one of its patterns matches. */
export const takes = (patterns: readonly string[], topic: string): boolean =>
  patterns.some(pattern => matches(pattern, topic));
