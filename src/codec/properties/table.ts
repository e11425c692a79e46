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

export const propertyTable: readonly PropertyRule[] = [
  { id: 0x01, name: 'payloadFormatIndicator', type: 'boolean', places: publish | will },
  { id: 0x02, name: 'messageExpiryInterval', type: 'uint32', places: publish | will },
  { id: 0x03, name: 'contentType', type: 'text', places: publish | will },
  { id: 0x08, name: 'responseTopic', type: 'text', places: publish | will },
  { id: 0x09, name: 'correlationData', type: 'binary', places: publish | will },
  {
    id: 0x0b,
    name: 'subscriptionIdentifier',
    type: 'variable',
    places: publish | subscribe,
    minimum: 1,
    maximum: 0xfffffff,
    repeats: publish,
  },
  { id: 0x11, name: 'sessionExpiryInterval', type: 'uint32', places: connect | connack | disconnect },
  { id: 0x12, name: 'assignedClientIdentifier', type: 'text', places: connack },
  { id: 0x13, name: 'serverKeepAlive', type: 'uint16', places: connack },
  { id: 0x15, name: 'authenticationMethod', type: 'text', places: connect | connack | auth },
  { id: 0x16, name: 'authenticationData', type: 'binary', places: connect | connack | auth },
  { id: 0x17, name: 'requestProblemInformation', type: 'boolean', places: connect },
  { id: 0x18, name: 'willDelayInterval', type: 'uint32', places: will },
  { id: 0x19, name: 'requestResponseInformation', type: 'boolean', places: connect },
  { id: 0x1a, name: 'responseInformation', type: 'text', places: connack },
  { id: 0x1c, name: 'serverReference', type: 'text', places: connack | disconnect },
  { id: 0x1f, name: 'reasonString', type: 'text', places: connack | ack | disconnect | auth },
  { id: 0x21, name: 'receiveMaximum', type: 'uint16', places: connect | connack, minimum: 1 },
  { id: 0x22, name: 'topicAliasMaximum', type: 'uint16', places: connect | connack },
  { id: 0x23, name: 'topicAlias', type: 'uint16', places: publish, minimum: 1, reasonCode: 0x94 },
  { id: 0x24, name: 'maximumQoS', type: 'byte', places: connack, maximum: 1 },
  { id: 0x25, name: 'retainAvailable', type: 'boolean', places: connack },
  { id: 0x26, name: 'userProperties', type: 'pair', places: everywhere, repeats: everywhere },
  { id: 0x27, name: 'maximumPacketSize', type: 'uint32', places: connect | connack, minimum: 1 },
  { id: 0x28, name: 'wildcardSubscriptionAvailable', type: 'boolean', places: connack },
  { id: 0x29, name: 'subscriptionIdentifiersAvailable', type: 'boolean', places: connack },
  { id: 0x2a, name: 'sharedSubscriptionAvailable', type: 'boolean', places: connack },
];
