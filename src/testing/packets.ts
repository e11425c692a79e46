import type {
  ConnackPacket,
  DisconnectPacket,
  Packet,
  PubackPacket,
  PubcompPacket,
  PublishPacket,
  PubrecPacket,
  PubrelPacket,
  SubackPacket,
  UnsubackPacket,
} from '../packets.js';
import { utf8Encoder } from '../platform.js';

const encoder = /* @__PURE__ */ utf8Encoder();

/** Packets as a broker sends them, with as few words as possible. */
export const connack = (given: Partial<ConnackPacket> = {}): ConnackPacket => ({
  cmd: 'connack',
  sessionPresent: false,
  reasonCode: 0,
  ...given,
});

/**
 * PUBLISH with QoS 0 and an empty payload where nothing else is given; the payload as text. With QoS 1 or 2 and no `packetId`, the broker
 * of a script gives it the next free one, counted from 1, each time that it sends the packet.
 */
export const publish = (
  topic: string,
  given: Partial<Omit<PublishPacket, 'payload'>> & { payload?: string } = {},
): PublishPacket => ({
  cmd: 'publish',
  topic,
  qos: 0,
  retain: false,
  dup: false,
  ...given,
  payload: encoder.encode(given.payload ?? ''),
});

/** PUBACK; without a reason code it is success. */
export const puback = (packetId: number, reasonCode?: number): PubackPacket => ack('puback', packetId, reasonCode);
/** PUBREC; without a reason code it is success. */
export const pubrec = (packetId: number, reasonCode?: number): PubrecPacket => ack('pubrec', packetId, reasonCode);
/** PUBREL; without a reason code it is success. */
export const pubrel = (packetId: number, reasonCode?: number): PubrelPacket => ack('pubrel', packetId, reasonCode);
/** PUBCOMP; without a reason code it is success. */
export const pubcomp = (packetId: number, reasonCode?: number): PubcompPacket => ack('pubcomp', packetId, reasonCode);

/** SUBACK, with a code for each filter: the QoS granted, or a refusal. */
export const suback = (packetId: number, ...reasonCodes: number[]): SubackPacket => ({
  cmd: 'suback',
  packetId,
  reasonCodes,
});

/** UNSUBACK, with a code for each filter in 5.0, none in 3.x. */
export const unsuback = (packetId: number, ...reasonCodes: number[]): UnsubackPacket => ({
  cmd: 'unsuback',
  packetId,
  reasonCodes,
});

/** PINGRESP. */
export const pingresp: Packet = { cmd: 'pingresp' };

/** DISCONNECT of a broker, 5.0. */
export const disconnect = (reasonCode: number, properties?: DisconnectPacket['properties']): DisconnectPacket => ({
  cmd: 'disconnect',
  reasonCode,
  ...(properties ? { properties } : {}),
});

function ack<C extends string>(cmd: C, packetId: number, reasonCode: number | undefined) {
  return { cmd, packetId, ...(reasonCode === undefined ? {} : { reasonCode }) };
}
