import type { MqttMessage } from '../../message.js';
import type { InboundMessage } from '../../protocol/delivery.js';
import { matches } from '../../protocol/topics/match.js';

/** Where the messages of some filters go. */
export interface Route {
  readonly filters: readonly string[];
  /** What the topics of each filter are matched with: see `Template.patterns`. */
  readonly patterns: readonly (readonly string[])[];
  /** Whoever gets its messages answers for them. */
  readonly manual: boolean;
  /**
   * Must not throw. Gives back the delivery it was given; or one of its own, where somebody is to answer for the message.
   *
   * @param isLast - no other route is going to claim it.
   */
  deliver(message: MqttMessage, inbound: InboundMessage | undefined, isLast: boolean): InboundMessage | undefined;
}

/** Hands a message to routes in turn, and then to nobody else. */
export function deliverToAll(
  routes: readonly Route[],
  message: MqttMessage,
  given: InboundMessage | undefined,
): InboundMessage | undefined {
  let inbound = given;
  let lastManual = routes.length - 1;
  while (lastManual > 0 && !routes[lastManual]!.manual) lastManual--;
  for (let i = 0; i < routes.length; i++) inbound = routes[i]!.deliver(message, inbound, i === lastManual);
  inbound?.offered(routes.some(({ manual }) => !manual));
  return inbound;
}

/** Whether messages of this topic are for one filter of a route: one of its patterns matches. */
export const takes = (patterns: readonly string[], topic: string): boolean =>
  patterns.some(pattern => matches(pattern, topic));
