import { MqttError } from '../errors.js';
import type { QoS } from '../message.js';
import type { ConnackPacket, ConnectPacket, PublishPacket } from '../packets.js';
import type { NegotiatedLimits } from '../state.js';
import { LARGEST_IDENTIFIER, publishSize, requestPropertiesSize, requestSize, subscribeSize } from './packet-size.js';
import type { FilterRequest } from './subscriptions/subscription-request.js';
import { TopicPrefixes, isShared } from './topics/prefixes.js';
import { hasWildcard } from './topics/syntax.js';
import { quoted } from '../quoted.js';

/** What CONNACK allows for this connection (5.0 section 3.2.2.3), the specification's defaults where it says nothing. */
export function negotiateLimits(connect: ConnectPacket, connack: ConnackPacket): NegotiatedLimits {
  const is = connack.properties ?? {};
  const asked = connect.properties?.sessionExpiryInterval ?? 0;
  const kept3x = connect.clean ? 0 : 0xffffffff;
  return Object.freeze({
    protocolVersion: connect.protocolVersion,
    clientId: is.assignedClientIdentifier ?? connect.clientId,
    keepalive: is.serverKeepAlive ?? connect.keepalive,
    sessionExpiry: is.sessionExpiryInterval ?? (connect.protocolVersion === 5 ? asked : kept3x),
    receiveMaximum: is.receiveMaximum ?? 0xffff,
    maximumQoS: is.maximumQoS ?? 2,
    maximumPacketSize: is.maximumPacketSize ?? Infinity,
    topicAliasMaximum: is.topicAliasMaximum ?? 0,
    retainAvailable: is.retainAvailable ?? true,
    wildcardSubscriptionAvailable: is.wildcardSubscriptionAvailable ?? true,
    subscriptionIdentifiersAvailable: connect.protocolVersion === 5 && (is.subscriptionIdentifiersAvailable ?? true),
    sharedSubscriptionAvailable: is.sharedSubscriptionAvailable ?? true,
  });
}

/** Lowers the QoS to what the user allows. What the broker allows is checked, never lowered in silence. */
export const capQos = (qos: QoS, maximumQoS: QoS | undefined): QoS =>
  maximumQoS !== undefined && maximumQoS < qos ? maximumQoS : qos;

/** Why this connection cannot carry the message, or undefined when it can. */
export function publishObstacle(message: PublishPacket, limits: NegotiatedLimits): MqttError | undefined {
  if (message.qos > limits.maximumQoS) {
    return refusal(
      'NOT_SUPPORTED',
      `the broker's maximum QoS is ${limits.maximumQoS}, the message asks for ${message.qos}; ` +
        `set the option maximumQoS to ${limits.maximumQoS} to have it lowered`,
      0x9b,
      message,
    );
  }
  if (message.retain && !limits.retainAvailable) {
    return refusal(
      'NOT_SUPPORTED',
      'the broker does not keep retained messages; publish without retain',
      0x9a,
      message,
    );
  }
  if (limits.protocolVersion !== 5 && needsVersion5(message)) {
    const version = limits.protocolVersion === 4 ? '3.1.1' : '3.1';
    return refusal(
      'NOT_SUPPORTED',
      `properties need MQTT 5.0, and this connection speaks ${version}; only messageExpiryInterval works without`,
      undefined,
      message,
    );
  }
  if (limits.maximumPacketSize !== Infinity) {
    const size = publishSize(message, limits.protocolVersion);
    if (size > limits.maximumPacketSize) {
      return refusal(
        'PACKET_TOO_LARGE',
        `the PUBLISH takes ${size} bytes, the broker accepts ${limits.maximumPacketSize}`,
        0x95,
        message,
      );
    }
  }
  return undefined;
}

function needsVersion5({ properties }: PublishPacket): boolean {
  if (properties === undefined) return false;
  for (const name in properties) {
    if (name !== 'messageExpiryInterval' && properties[name as keyof typeof properties] !== undefined) return true;
  }
  return false;
}

function refusal(
  code: 'NOT_SUPPORTED' | 'PACKET_TOO_LARGE',
  why: string,
  reasonCode: number | undefined,
  { topic }: PublishPacket,
): MqttError {
  return new MqttError(code, `cannot publish to ${quoted(topic)}: ${why}`, {
    reasonCode,
    subject: topic,
    delivery: 'rejected',
  });
}

/** Why this connection cannot subscribe to the filter, or undefined when it can. */
export function subscriptionObstacle(request: NamedFilter, limits: NegotiatedLimits): MqttError | undefined {
  const { filter } = request;
  if (!isRequestable(request, limits)) return requestTooLarge('subscribe to', request, limits);
  const inner = filter.slice(prefixes.lengthOf(filter));
  let why: string;
  let reasonCode: number;
  if (inner !== filter && isShared(filter) && !limits.sharedSubscriptionAvailable)
    [why, reasonCode] = ['shared subscriptions', 0x9e];
  else if (hasWildcard(inner) && !limits.wildcardSubscriptionAvailable)
    [why, reasonCode] = ['subscriptions with wildcards', 0xa2];
  else return undefined;
  return new MqttError('NOT_SUPPORTED', `cannot subscribe to ${quoted(filter)}: the broker does not offer ${why}`, {
    reasonCode,
    subject: filter,
  });
}

const prefixes = new TopicPrefixes();

/** Why this connection cannot send an UNSUBSCRIBE of the filter, or undefined when it can. */
export const unsubscriptionObstacle = (request: NamedFilter, limits: NegotiatedLimits): MqttError | undefined =>
  isRequestable(request, limits) ? undefined : requestTooLarge('unsubscribe', request, limits);

function requestTooLarge(what: string, request: NamedFilter, limits: NegotiatedLimits): MqttError {
  const packet = what === 'unsubscribe' ? 'UNSUBSCRIBE' : 'SUBSCRIBE';
  return new MqttError(
    'PACKET_TOO_LARGE',
    `cannot ${what} ${quoted(request.filter)}: the ${packet} takes ${aloneSize(request, limits)} bytes, ` +
      `the broker accepts ${limits.maximumPacketSize}`,
    { reasonCode: 0x95, subject: request.filter },
  );
}

/** A filter of a SUBSCRIBE or UNSUBSCRIBE, and the user properties of that. */
type NamedFilter = Pick<FilterRequest, 'filter' | 'userProperties'>;

/** bytes of a SUBSCRIBE of this filter alone. */
function aloneSize(
  { filter, userProperties }: NamedFilter,
  { protocolVersion }: NegotiatedLimits,
  identifier?: number,
): number {
  const properties = protocolVersion === 5 ? requestPropertiesSize(identifier, userProperties) : 0;
  return subscribeSize(requestSize(filter) + properties, protocolVersion);
}

/** Whether the broker takes a SUBSCRIBE or UNSUBSCRIBE of this filter alone. */
export const isRequestable = (request: NamedFilter, limits: NegotiatedLimits): boolean =>
  limits.maximumPacketSize === Infinity || aloneSize(request, limits) <= limits.maximumPacketSize;

/** Whether it takes one with a subscription identifier. */
export const isIdentifiable = (request: NamedFilter, limits: NegotiatedLimits): boolean =>
  limits.subscriptionIdentifiersAvailable &&
  (limits.maximumPacketSize === Infinity || aloneSize(request, limits, LARGEST_IDENTIFIER) <= limits.maximumPacketSize);
