import type { SubscribePacket, SubscriptionRequest, UnsubscribePacket } from '../../packets.js';
import { parseShare, hasWildcard } from '../../protocol/topics/syntax.js';
import { assertTopicFilter } from '../../protocol/topics/validate.js';
import type { Peer } from './peer.js';
import { violation } from './options.js';
import { deliveryOf } from './routing.js';
import type { BrokerSession, Held } from './session.js';

/** Handles SUBSCRIBE (5.0 section 3.8): sends SUBACK, then retained messages. */
export function subscribe(packet: SubscribePacket, connection: Peer, session: BrokerSession): void {
  const { packetId, subscriptions, properties } = packet;
  const { core } = connection;
  const identifier = properties?.subscriptionIdentifier;
  const { subscriptionIdentifiersAvailable = true, maximumQoS = 2 } = core.settings.connack;
  if (identifier !== undefined && !subscriptionIdentifiersAvailable)
    throw violation(0xa1, 'subscription identifiers are not supported');

  const reasonCodes: number[] = [];
  const granted: { readonly held: Held; readonly isNew: boolean }[] = [];
  for (const request of subscriptions) {
    const refusal = refusalOf(request, connection, session);
    const qos = request.qos > maximumQoS ? maximumQoS : request.qos;
    reasonCodes.push(refusal ?? qos);
    if (refusal !== undefined) continue;
    const before = session.subscriptions.get(request.filter);
    const held: Held = { session, request: { ...request, qos }, identifier };
    if (before !== undefined) core.routing.delete(before);
    session.subscriptions.set(request.filter, held);
    core.routing.add(held);
    granted.push({ held, isNew: before === undefined });
  }
  connection.send({ cmd: 'suback', packetId, reasonCodes });
  for (const { held, isNew } of granted) sendRetained(held, isNew, connection);
}

/** Returns the reason code with which a filter is refused. */
function refusalOf(
  { filter, noLocal }: SubscriptionRequest,
  { core }: Peer,
  session: BrokerSession,
): number | undefined {
  const { wildcardSubscriptionAvailable = true, sharedSubscriptionAvailable = true } = core.settings.connack;
  try {
    assertTopicFilter(filter);
  } catch {
    return 0x8f;
  }
  const { group, filter: inner } = parseShare(filter);
  if (group !== undefined && noLocal) throw violation(0x82, 'noLocal on a shared subscription [MQTT-3.8.3-4]');
  if (group !== undefined && !sharedSubscriptionAvailable) return 0x9e;
  if (hasWildcard(inner) && !wildcardSubscriptionAvailable) return 0xa2;
  return core.settings.authorize(session.clientId, 'subscribe', inner) ? undefined : 0x87;
}

/** Sends retained messages as Retain Handling says, but none for shared subscriptions (5.0 section 3.3.1.3). */
function sendRetained(held: Held, isNew: boolean, { core }: Peer): void {
  const { filter, retainHandling = 0 } = held.request;
  if (parseShare(filter).group !== undefined || retainHandling === 2 || (retainHandling === 1 && !isNew)) return;
  for (const message of core.retained.matching(filter)) {
    held.session.outgoing.deliver(message, deliveryOf(message, [held], true));
  }
}

/** Handles UNSUBSCRIBE (5.0 section 3.10). */
export function unsubscribe({ packetId, filters }: UnsubscribePacket, connection: Peer, session: BrokerSession): void {
  const reasonCodes = filters.map(filter => {
    const held = session.subscriptions.get(filter);
    if (held === undefined) return 0x11;
    session.subscriptions.delete(filter);
    connection.core.routing.delete(held);
    return 0;
  });
  connection.send({ cmd: 'unsuback', packetId, reasonCodes });
}
