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

const encoder = new TextEncoder();

/** Packets as a broker sends them, with as few words as possible. */
export const connack = (given: Partial<ConnackPacket> = {}): ConnackPacket => ({
  cmd: 'connack',
  sessionPresent: false,
  reasonCode: 0,
  ...given,
});

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

export const puback = (packetId: number, reasonCode?: number): PubackPacket => ack('puback', packetId, reasonCode);
export const pubrec = (packetId: number, reasonCode?: number): PubrecPacket => ack('pubrec', packetId, reasonCode);
export const pubrel = (packetId: number, reasonCode?: number): PubrelPacket => ack('pubrel', packetId, reasonCode);
export const pubcomp = (packetId: number, reasonCode?: number): PubcompPacket => ack('pubcomp', packetId, reasonCode);

export const suback = (packetId: number, ...reasonCodes: number[]): SubackPacket => ({
  cmd: 'suback',
  packetId,
  reasonCodes,
});

export const unsuback = (packetId: number, ...reasonCodes: number[]): UnsubackPacket => ({
  cmd: 'unsuback',
  packetId,
  reasonCodes,
});

export const pingresp: Packet = { cmd: 'pingresp' };

export const disconnect = (reasonCode: number, properties?: DisconnectPacket['properties']): DisconnectPacket => ({
  cmd: 'disconnect',
  reasonCode,
  ...(properties ? { properties } : {}),
});

function ack<C extends string>(cmd: C, packetId: number, reasonCode: number | undefined) {
  return { cmd, packetId, ...(reasonCode === undefined ? {} : { reasonCode }) };
}
