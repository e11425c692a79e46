import type { MqttMessage } from '../../message.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import type { Subscribed } from '../../results.js';
import { matches } from '../../protocol/topics/match.js';

/** The destination of the messages of some filters. */
export interface Route {
  readonly filters: readonly string[];
  /** The patterns that topics are matched against, for each filter: see `Template.patterns`. */
  readonly patterns: readonly (readonly string[])[];
  /** Whether the subscribers acknowledge the messages themselves. */
  readonly manual: boolean;
  /** Whether the message that was delivered last waits to be decoded, so that it is not taken yet. */
  readonly isDecoding?: boolean;
  /**
   * Delivers a message. Must not throw. Returns the inbound message that it was given, or a new one where a subscriber has to
   * acknowledge the message.
   *
   * @param isLast - no other route is going to issue a ticket for the message.
   */
  deliver(message: MqttMessage, inbound: InboundMessage | undefined, isLast: boolean): InboundMessage | undefined;
}

/** A route in the table of routes. */
export interface TableRoute extends Route {
  /** The number of SUBSCRIBEs that were sent before the route was added. The dispatcher sets it. */
  since: number;
}

/** Is notified each time the broker has granted the filters of a route. */
export interface GrantListener {
  readonly filters: readonly string[];
  readonly closed: boolean;
  onGranted(subscribed: Subscribed): void;
}

/** Delivers a message to each of the routes in turn. After that, no further route gets it. */
export function deliverToAll(
  routes: readonly Route[],
  message: MqttMessage,
  given: InboundMessage | undefined,
): InboundMessage | undefined {
  let inbound = given;
  let lastManual = routes.length - 1;
  while (lastManual > 0 && !routes[lastManual]!.manual) lastManual--;
  for (let i = 0; i < routes.length; i++) inbound = routes[i]!.deliver(message, inbound, i === lastManual);
  inbound?.offered(routes.some(({ manual, isDecoding }) => !manual && isDecoding !== true));
  return inbound;
}

/** Whether one of the patterns of a filter matches the topic. */
export const matchesAny = (patterns: readonly string[], topic: string): boolean =>
  patterns.some(pattern => matches(pattern, topic));
