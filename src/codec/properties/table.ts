const connect = 1;
/** The section of the will in CONNECT. */
const will = 2;
const connack = 4;
const publish = 8;
/** The acknowledgements: PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK. */
const ack = 16;
const subscribe = 32;
const unsubscribe = 64;
const disconnect = 128;
const auth = 256;

/** The places of properties (5.0 section 2.2.2.2), as bits. */
export const place = { connect, will, connack, publish, ack, subscribe, unsubscribe, disconnect, auth } as const;

export type PropertyType = 'boolean' | 'byte' | 'uint16' | 'uint32' | 'variable' | 'text' | 'binary' | 'pair';

export interface PropertyRule {
  readonly id: number;
  readonly name: string;
  readonly type: PropertyType;
  /** Bits of {@link place}. */
  readonly places: number;
  /** The smallest and largest value, if the type alone allows more. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** The reason code for a value outside these bounds, if there is a more exact one than 0x82. */
  readonly reasonCode?: number;
  /** The places in which the property may appear more than once. */
  readonly repeats?: number;
}

const everywhere = connect | will | connack | publish | ack | subscribe | unsubscribe | disconnect | auth;

const rule = (
  id: number,
  name: string,
  type: PropertyType,
  places: number,
  more?: Pick<PropertyRule, 'minimum' | 'maximum' | 'reasonCode' | 'repeats'>,
): PropertyRule => ({ id, name, type, places, ...more });

export const propertyTable: readonly PropertyRule[] = [
  rule(0x01, 'payloadFormatIndicator', 'boolean', publish | will),
  rule(0x02, 'messageExpiryInterval', 'uint32', publish | will),
  rule(0x03, 'contentType', 'text', publish | will),
  rule(0x08, 'responseTopic', 'text', publish | will),
  rule(0x09, 'correlationData', 'binary', publish | will),
  rule(0x0b, 'subscriptionIdentifier', 'variable', publish | subscribe, {
    minimum: 1,
    maximum: 0xfffffff,
    repeats: publish,
  }),
  rule(0x11, 'sessionExpiryInterval', 'uint32', connect | connack | disconnect),
  rule(0x12, 'assignedClientIdentifier', 'text', connack),
  rule(0x13, 'serverKeepAlive', 'uint16', connack),
  rule(0x15, 'authenticationMethod', 'text', connect | connack | auth),
  rule(0x16, 'authenticationData', 'binary', connect | connack | auth),
  rule(0x17, 'requestProblemInformation', 'boolean', connect),
  rule(0x18, 'willDelayInterval', 'uint32', will),
  rule(0x19, 'requestResponseInformation', 'boolean', connect),
  rule(0x1a, 'responseInformation', 'text', connack),
  rule(0x1c, 'serverReference', 'text', connack | disconnect),
  rule(0x1f, 'reasonString', 'text', connack | ack | disconnect | auth),
  rule(0x21, 'receiveMaximum', 'uint16', connect | connack, { minimum: 1 }),
  rule(0x22, 'topicAliasMaximum', 'uint16', connect | connack),
  rule(0x23, 'topicAlias', 'uint16', publish, { minimum: 1, reasonCode: 0x94 }),
  rule(0x24, 'maximumQoS', 'byte', connack, { maximum: 1 }),
  rule(0x25, 'retainAvailable', 'boolean', connack),
  rule(0x26, 'userProperties', 'pair', everywhere, { repeats: everywhere }),
  rule(0x27, 'maximumPacketSize', 'uint32', connect | connack, { minimum: 1 }),
  rule(0x28, 'wildcardSubscriptionAvailable', 'boolean', connack),
  rule(0x29, 'subscriptionIdentifiersAvailable', 'boolean', connack),
  rule(0x2a, 'sharedSubscriptionAvailable', 'boolean', connack),
];
