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

/** Returns a CONNACK, by default with success and without a session. */
export const connack = (given: Partial<ConnackPacket> = {}): ConnackPacket => ({
  cmd: 'connack',
  sessionPresent: false,
  reasonCode: 0,
  ...given,
});

/**
 * Returns a PUBLISH, by default with QoS 0 and an empty payload. Give the payload as text. With QoS 1 or 2 and no `packetId`, the broker of
 * {@link MqttMarbles} gives it the next free packet identifier, from 1, each time it sends the packet.
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

/** Returns a PUBACK, by default with success. */
export const puback = (packetId: number, reasonCode?: number): PubackPacket => ack('puback', packetId, reasonCode);
/** Returns a PUBREC, by default with success. */
export const pubrec = (packetId: number, reasonCode?: number): PubrecPacket => ack('pubrec', packetId, reasonCode);
/** Returns a PUBREL, by default with success. */
export const pubrel = (packetId: number, reasonCode?: number): PubrelPacket => ack('pubrel', packetId, reasonCode);
/** Returns a PUBCOMP, by default with success. */
export const pubcomp = (packetId: number, reasonCode?: number): PubcompPacket => ack('pubcomp', packetId, reasonCode);

/** Returns a SUBACK with a reason code for each filter: the granted QoS, or a failure of 0x80 and above. */
export const suback = (packetId: number, ...reasonCodes: number[]): SubackPacket => ({
  cmd: 'suback',
  packetId,
  reasonCodes,
});

/** Returns an UNSUBACK with a reason code for each filter in 5.0, and none in 3.x. */
export const unsuback = (packetId: number, ...reasonCodes: number[]): UnsubackPacket => ({
  cmd: 'unsuback',
  packetId,
  reasonCodes,
});

/** A PINGRESP. */
export const pingresp: Packet = { cmd: 'pingresp' };

/** Returns a DISCONNECT of a broker, 5.0. */
export const disconnect = (reasonCode: number, properties?: DisconnectPacket['properties']): DisconnectPacket => ({
  cmd: 'disconnect',
  reasonCode,
  ...(properties ? { properties } : {}),
});

function ack<C extends string>(cmd: C, packetId: number, reasonCode: number | undefined) {
  return { cmd, packetId, ...(reasonCode === undefined ? {} : { reasonCode }) };
}
