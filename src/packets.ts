import type { PublishProperties, QoS, UserProperties } from './message.js';

/** The version byte of CONNECT: 5 is MQTT 5.0, 4 is 3.1.1 and 3 is 3.1. */
export type ProtocolVersion = 5 | 4 | 3;

/**
 * The control packets of MQTT (5.0 section 3) as plain objects. Distinguish them by `cmd`.
 *
 * One type serves all versions: what a version does not have is absent. Reason codes are those of 5.0 (section 2.4) in every version.
 * The return code of a 3.x CONNACK is translated, and the original stays in `returnCode`.
 */
export type Packet =
  | ConnectPacket
  | ConnackPacket
  | PublishPacket
  | PubackPacket
  | PubrecPacket
  | PubrelPacket
  | PubcompPacket
  | SubscribePacket
  | SubackPacket
  | UnsubscribePacket
  | UnsubackPacket
  | PingreqPacket
  | PingrespPacket
  | DisconnectPacket
  | AuthPacket;

/** The names of the packets, as `received()` and `sent()` take them. */
export type PacketCommand = Packet['cmd'];
/** The packet with a name: `PacketOf<'puback'>` is {@link PubackPacket}. */
export type PacketOf<C extends PacketCommand> = Extract<Packet, { cmd: C }>;

/** Properties of CONNECT (5.0 section 3.1.2.11). */
export interface ConnectProperties {
  /** s; 0xFFFFFFFF means that the session does not expire. */
  sessionExpiryInterval?: number;
  receiveMaximum?: number;
  /** bytes. As an option: default 64 MiB, enforced in 3.x too. Infinity announces and enforces no limit. */
  maximumPacketSize?: number;
  topicAliasMaximum?: number;
  requestResponseInformation?: boolean;
  requestProblemInformation?: boolean;
  userProperties?: UserProperties;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
}

/** Properties of the will (5.0 section 3.1.3.2). */
export interface WillProperties extends Omit<PublishProperties, 'topicAlias' | 'subscriptionIdentifier'> {
  /** s */
  willDelayInterval?: number;
}

/** CONNECT (5.0 section 3.1). */
export interface ConnectPacket {
  cmd: 'connect';
  protocolVersion: ProtocolVersion;
  clientId: string;
  /** Clean Session in 3.x, Clean Start in 5.0. */
  clean: boolean;
  /** s */
  keepalive: number;
  username?: string;
  password?: Uint8Array;
  will?: { topic: string; payload: Uint8Array; qos: QoS; retain: boolean; properties?: WillProperties };
  properties?: ConnectProperties;
}

/** Properties of CONNACK (5.0 section 3.2.2.3). */
export interface ConnackProperties {
  /** s */
  sessionExpiryInterval?: number;
  receiveMaximum?: number;
  maximumQoS?: QoS;
  retainAvailable?: boolean;
  /** bytes */
  maximumPacketSize?: number;
  assignedClientIdentifier?: string;
  topicAliasMaximum?: number;
  reasonString?: string;
  userProperties?: UserProperties;
  wildcardSubscriptionAvailable?: boolean;
  subscriptionIdentifiersAvailable?: boolean;
  sharedSubscriptionAvailable?: boolean;
  /** s */
  serverKeepAlive?: number;
  responseInformation?: string;
  serverReference?: string;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
}

/** CONNACK (5.0 section 3.2). */
export interface ConnackPacket {
  cmd: 'connack';
  sessionPresent: boolean;
  /** 0 is success. */
  reasonCode: number;
  /** The return code of 3.x, 0 to 5. */
  returnCode?: number;
  properties?: ConnackProperties;
}

/** PUBLISH (5.0 section 3.3). */
export interface PublishPacket {
  cmd: 'publish';
  topic: string;
  payload: Uint8Array;
  qos: QoS;
  retain: boolean;
  dup: boolean;
  /** 1 to 65,535 for QoS 1 and 2, absent or 0 for QoS 0. */
  packetId?: number;
  properties?: PublishProperties | undefined;
  /** Incoming messages only: why this client refuses the message, as it says in PUBACK or PUBREC. */
  refusal?: PublishRefusal;
}

/** Why a message is refused, with a reason code of PUBACK. */
export interface PublishRefusal {
  readonly reasonCode: number;
  readonly why: string;
}

/** Properties of the packets that acknowledge (5.0 section 3.4.2.2). */
export interface AckProperties {
  reasonString?: string;
  userProperties?: UserProperties;
}

interface Ack<C extends string> {
  cmd: C;
  packetId: number;
  /** Absent: 0, success. */
  reasonCode?: number;
  properties?: AckProperties;
}

/** PUBACK (5.0 section 3.4): acknowledges a QoS 1 message. */
export interface PubackPacket extends Ack<'puback'> {}
/** PUBREC (5.0 section 3.5): a QoS 2 message has been received. */
export interface PubrecPacket extends Ack<'pubrec'> {}
/** PUBREL (5.0 section 3.6): the sender of a QoS 2 message releases its packet identifier. */
export interface PubrelPacket extends Ack<'pubrel'> {}
/** PUBCOMP (5.0 section 3.7): the delivery of a QoS 2 message is complete. */
export interface PubcompPacket extends Ack<'pubcomp'> {}
/** What acknowledges a PUBLISH, or the PUBREL after it. */
export type PublishAck = PubackPacket | PubrecPacket | PubcompPacket;

/** One filter of a SUBSCRIBE with its subscription options (5.0 section 3.8.3.1). Of these, 3.x sends only the QoS. */
export interface SubscriptionRequest {
  filter: string;
  qos: QoS;
  noLocal?: boolean;
  retainAsPublished?: boolean;
  /** The broker sends retained messages at every SUBSCRIBE (0), only if the subscription is new (1), or never (2). */
  retainHandling?: 0 | 1 | 2;
}

/** SUBSCRIBE (5.0 section 3.8). */
export interface SubscribePacket {
  cmd: 'subscribe';
  packetId: number;
  subscriptions: SubscriptionRequest[];
  properties?: { subscriptionIdentifier?: number; userProperties?: UserProperties };
}

/** SUBACK (5.0 section 3.9). */
export interface SubackPacket {
  cmd: 'suback';
  packetId: number;
  /** One for each filter, in the order of SUBSCRIBE: the granted QoS, or a failure of 0x80 and above. */
  reasonCodes: number[];
  properties?: AckProperties;
}

/** UNSUBSCRIBE (5.0 section 3.10). */
export interface UnsubscribePacket {
  cmd: 'unsubscribe';
  packetId: number;
  filters: string[];
  properties?: { userProperties?: UserProperties };
}

/** UNSUBACK (5.0 section 3.11). */
export interface UnsubackPacket {
  cmd: 'unsuback';
  packetId: number;
  /** One for each filter in 5.0; empty in 3.x. */
  reasonCodes: number[];
  properties?: AckProperties;
}

/** PINGREQ (5.0 section 3.12). */
export interface PingreqPacket {
  cmd: 'pingreq';
}

/** PINGRESP (5.0 section 3.13). */
export interface PingrespPacket {
  cmd: 'pingresp';
}

/** DISCONNECT (5.0 section 3.14). */
export interface DisconnectPacket {
  cmd: 'disconnect';
  /** 5.0 only. Absent: 0, normal disconnection. */
  reasonCode?: number;
  properties?: AckProperties & {
    /** s */
    sessionExpiryInterval?: number;
    serverReference?: string;
  };
}

/** AUTH (5.0 section 3.15). */
export interface AuthPacket {
  cmd: 'auth';
  reasonCode: number;
  properties?: AckProperties & { authenticationMethod?: string; authenticationData?: Uint8Array };
}
