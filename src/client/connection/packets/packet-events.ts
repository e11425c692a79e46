import type { ConnackPacket, Packet } from '../../../packets.js';
import type { PacketEvent } from '../../../results.js';
import type { ClientContext } from '../../client-context.js';

/** Emits a packet on `packet$`. Does nothing while nobody is subscribed. */
export function emitPacketEvent(
  { packets, options }: ClientContext,
  direction: PacketEvent['direction'],
  packet: Packet,
): void {
  if (packets?.observed) packets.next({ direction, packet: redact(packet), timestamp: options.wallClock() });
}

/** Returns the packet without password and authentication data. It is a copy where the packet may still change. */
export function redact(packet: ConnackPacket): ConnackPacket;
export function redact(packet: Packet): Packet;
export function redact(packet: Packet): Packet {
  switch (packet.cmd) {
    case 'connect': {
      const { password: _, properties, ...rest } = packet;
      return properties === undefined ? rest : { ...rest, properties: withoutSecret(properties) };
    }
    case 'connack':
    case 'auth':
      return packet.properties === undefined ? packet : { ...packet, properties: withoutSecret(packet.properties) };
    case 'publish': {
      const { cmd, topic, payload, qos, retain, dup, packetId, properties, refusal } = packet;
      return {
        cmd,
        topic,
        payload,
        qos,
        retain,
        dup,
        ...(packetId ? { packetId } : {}),
        ...(properties === undefined ? {} : { properties }),
        ...(refusal === undefined ? {} : { refusal }),
      };
    }
    default:
      return packet;
  }
}

function withoutSecret<T extends { authenticationData?: Uint8Array }>({ authenticationData: _, ...rest }: T) {
  return rest;
}
