import { MqttError } from '../errors.js';
import type { QoS } from '../message.js';
import type { ConnackPacket, ConnectPacket, PublishPacket } from '../packets.js';
import type { NegotiatedLimits } from '../state.js';
import { LARGEST_IDENTIFIER, publishSize, requestPropertiesSize, requestSize, subscribeSize } from './packet-size.js';
import type { FilterRequest } from './subscriptions/subscription-request.js';
import { TopicPrefixes, isShared } from './topics/prefixes.js';
import { hasWildcard } from './topics/syntax.js';
import { quoted } from '../quoted.js';

/** Returns what CONNACK allows for this connection (5.0 section 3.2.2.3), with the defaults of the specification. */
export function negotiateLimits(connect: ConnectPacket, connack: ConnackPacket): NegotiatedLimits {
  const properties = connack.properties ?? {};
  const requestedExpiry = connect.properties?.sessionExpiryInterval ?? 0;
  const expiry3x = connect.clean ? 0 : 0xffffffff;
  return Object.freeze({
    protocolVersion: connect.protocolVersion,
    clientId: properties.assignedClientIdentifier ?? connect.clientId,
    keepalive: properties.serverKeepAlive ?? connect.keepalive,
    sessionExpiry: properties.sessionExpiryInterval ?? (connect.protocolVersion === 5 ? requestedExpiry : expiry3x),
    receiveMaximum: properties.receiveMaximum ?? 0xffff,
    maximumQoS: properties.maximumQoS ?? 2,
    maximumPacketSize: properties.maximumPacketSize ?? Infinity,
    topicAliasMaximum: properties.topicAliasMaximum ?? 0,
    retainAvailable: properties.retainAvailable ?? true,
    wildcardSubscriptionAvailable: properties.wildcardSubscriptionAvailable ?? true,
    subscriptionIdentifiersAvailable:
      connect.protocolVersion === 5 && (properties.subscriptionIdentifiersAvailable ?? true),
    sharedSubscriptionAvailable: properties.sharedSubscriptionAvailable ?? true,
  });
}

/** Lowers the QoS to what the user allows. A QoS above the broker's maximum is refused instead. */
export const capQos = (qos: QoS, maximumQoS: QoS | undefined): QoS =>
  maximumQoS !== undefined && maximumQoS < qos ? maximumQoS : qos;

/** Returns why the message cannot be sent on this connection; undefined when it can. */
export function publishObstacle(message: PublishPacket, limits: NegotiatedLimits): MqttError | undefined {
  if (message.qos > limits.maximumQoS) {
    return refusal(
      'NOT_SUPPORTED',
      `the broker's maximum QoS is ${limits.maximumQoS}, the message asks for ${message.qos}; ` +
        `set option 'maximumQoS' to ${limits.maximumQoS} to have it lowered`,
      0x9b,
      message,
    );
  }
  if (message.retain && !limits.retainAvailable) {
    return refusal(
      'NOT_SUPPORTED',
      'the broker does not support retained messages; publish without retain',
      0x9a,
      message,
    );
  }
  if (limits.protocolVersion !== 5 && needsVersion5(message)) {
    const version = limits.protocolVersion === 4 ? '3.1.1' : '3.1';
    return refusal(
      'NOT_SUPPORTED',
      `properties need MQTT 5.0, and this connection speaks ${version}; only 'messageExpiryInterval' works without`,
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

/** Returns why the filter cannot be subscribed on this connection; undefined when it can. */
export function subscriptionObstacle(request: NamedFilter, limits: NegotiatedLimits): MqttError | undefined {
  const { filter } = request;
  if (!isRequestable(request, limits)) return requestTooLarge('subscribe to', request, limits);
  const pattern = filter.slice(TopicPrefixes.known.lengthOf(filter));
  let why: string;
  let reasonCode: number;
  if (pattern !== filter && isShared(filter) && !limits.sharedSubscriptionAvailable)
    [why, reasonCode] = ['shared subscriptions', 0x9e];
  else if (hasWildcard(pattern) && !limits.wildcardSubscriptionAvailable)
    [why, reasonCode] = ['subscriptions with wildcards', 0xa2];
  else return undefined;
  return new MqttError('NOT_SUPPORTED', `cannot subscribe to ${quoted(filter)}: the broker does not offer ${why}`, {
    reasonCode,
    subject: filter,
  });
}

/** Returns why the filter cannot be unsubscribed on this connection; undefined when it can. */
export const unsubscriptionObstacle = (request: NamedFilter, limits: NegotiatedLimits): MqttError | undefined =>
  isRequestable(request, limits) ? undefined : requestTooLarge('unsubscribe', request, limits);

function requestTooLarge(
  operation: 'subscribe to' | 'unsubscribe',
  request: NamedFilter,
  limits: NegotiatedLimits,
): MqttError {
  const packet = operation === 'unsubscribe' ? 'UNSUBSCRIBE' : 'SUBSCRIBE';
  return new MqttError(
    'PACKET_TOO_LARGE',
    `cannot ${operation} ${quoted(request.filter)}: the ${packet} takes ${singleFilterSize(request, limits)} bytes, ` +
      `the broker accepts ${limits.maximumPacketSize}`,
    { reasonCode: 0x95, subject: request.filter },
  );
}

/** A filter of a SUBSCRIBE or UNSUBSCRIBE, and the user properties of the packet. */
type NamedFilter = Pick<FilterRequest, 'filter' | 'userProperties'>;

/** Returns the bytes of a SUBSCRIBE of this filter alone. */
function singleFilterSize(
  { filter, userProperties }: NamedFilter,
  { protocolVersion }: NegotiatedLimits,
  identifier?: number,
): number {
  const properties = protocolVersion === 5 ? requestPropertiesSize(identifier, userProperties) : 0;
  return subscribeSize(requestSize(filter) + properties, protocolVersion);
}

/** Whether the broker accepts a SUBSCRIBE or UNSUBSCRIBE of this filter alone. */
export const isRequestable = (request: NamedFilter, limits: NegotiatedLimits): boolean =>
  limits.maximumPacketSize === Infinity || singleFilterSize(request, limits) <= limits.maximumPacketSize;

/** Whether the broker accepts a SUBSCRIBE of this filter alone with a subscription identifier. */
export const isIdentifiable = (request: NamedFilter, limits: NegotiatedLimits): boolean =>
  limits.subscriptionIdentifiersAvailable &&
  (limits.maximumPacketSize === Infinity ||
    singleFilterSize(request, limits, LARGEST_IDENTIFIER) <= limits.maximumPacketSize);
