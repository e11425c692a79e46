import type { AuthPacket, DisconnectPacket, Packet, ProtocolVersion, UnsubscribePacket } from '../../packets.js';
import type { Acknowledgement } from '../fast/writer.js';
import { place } from '../properties/table.js';
import { requireInteger, requireText, unencodable } from '../unencodable.js';
import { wireProperties } from './wire-properties.js';

/** Checks a packet and converts it to the form of mqtt-packet, which would silently write values out of range and truncate texts. */
export function packetToWire(packet: Packet, version: ProtocolVersion): object {
  const translate = translations[packet.cmd as keyof typeof translations] as Translation | undefined;
  if (translate === undefined) throw unencodable(packet.cmd, 'a client sends no such packet');
  return translate(packet, version);
}

type Translation = (packet: Packet, version: ProtocolVersion) => object;

const requireByte = (packet: Packet, what: string, value: unknown): void =>
  requireInteger(packet.cmd, what, value, 0, 0xff);

function identified(packet: Acknowledgement | UnsubscribePacket) {
  requireInteger(packet.cmd, 'the packet identifier', packet.packetId, 1, 0xffff);
  return { cmd: packet.cmd, messageId: packet.packetId };
}

const acknowledgement = (packet: Acknowledgement, version: ProtocolVersion) => {
  const { reasonCode = 0 } = packet;
  requireByte(packet, 'the reason code', reasonCode);
  return { ...identified(packet), reasonCode, ...wireProperties(packet, place.ack, version) };
};

const translations = {
  puback: acknowledgement,
  pubrec: acknowledgement,
  pubrel: acknowledgement,
  pubcomp: acknowledgement,
  unsubscribe: (packet: UnsubscribePacket, version: ProtocolVersion) => {
    if (packet.filters.length === 0) throw unencodable(packet.cmd, 'it holds no topic filters');
    for (const filter of packet.filters) requireText('unsubscribe', 'a topic filter', filter);
    return {
      ...identified(packet),
      unsubscriptions: packet.filters,
      ...wireProperties(packet, place.unsubscribe, version),
    };
  },
  disconnect: (packet: DisconnectPacket, version: ProtocolVersion) => {
    const { cmd, reasonCode = 0 } = packet;
    requireByte(packet, 'the reason code', reasonCode);
    return { cmd, reasonCode, ...wireProperties(packet, place.disconnect, version) };
  },
  auth: (packet: AuthPacket, version: ProtocolVersion) => {
    if (version < 5) throw unencodable('auth', 'it exists in MQTT 5.0 only');
    const { cmd, reasonCode } = packet;
    requireByte(packet, 'the reason code', reasonCode);
    return { cmd, reasonCode, ...wireProperties(packet, place.auth, version) };
  },
};
