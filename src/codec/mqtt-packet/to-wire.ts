import type {
  AuthPacket,
  DisconnectPacket,
  Packet,
  ProtocolVersion,
  SubscribePacket,
  UnsubscribePacket,
} from '../../packets.js';
import type { Acknowledgement } from '../fast/writer.js';
import { connectToWire } from './connect-to-wire.js';
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

function requireFilters({ cmd }: Packet, filters: readonly unknown[]): void {
  if (filters.length === 0) throw unencodable(cmd, 'it holds no topic filters');
}

function identified(packet: Acknowledgement | SubscribePacket | UnsubscribePacket) {
  requireInteger(packet.cmd, 'the packet identifier', packet.packetId, 1, 0xffff);
  return { cmd: packet.cmd, messageId: packet.packetId };
}

const acknowledgement = (packet: Acknowledgement, version: ProtocolVersion) => {
  const { reasonCode = 0 } = packet;
  requireByte(packet, 'the reason code', reasonCode);
  return { ...identified(packet), reasonCode, ...wireProperties(packet, place.ack, version) };
};

const translations = {
  connect: connectToWire,
  puback: acknowledgement,
  pubrec: acknowledgement,
  pubrel: acknowledgement,
  pubcomp: acknowledgement,
  subscribe: (packet: SubscribePacket, version: ProtocolVersion) => {
    requireFilters(packet, packet.subscriptions);
    return {
      ...identified(packet),
      subscriptions: packet.subscriptions.map(({ filter, qos, noLocal, retainAsPublished, retainHandling = 0 }) => {
        requireText('subscribe', 'a topic filter', filter);
        requireInteger('subscribe', 'the QoS', qos, 0, 2);
        requireInteger('subscribe', 'the retain handling', retainHandling, 0, 2);
        return { topic: filter, qos, nl: noLocal, rap: retainAsPublished, rh: retainHandling };
      }),
      ...wireProperties(packet, place.subscribe, version),
    };
  },
  unsubscribe: (packet: UnsubscribePacket, version: ProtocolVersion) => {
    requireFilters(packet, packet.filters);
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
