import { PacketEncoder } from '../codec/encoder.js';
import type { DisconnectPacket } from '../packets.js';

/** The DISCONNECT without the words for which it is too large [MQTT-3.14.2-3] [MQTT-3.14.2-4]. User properties go first. */
export function fitting(packet: DisconnectPacket, maximumPacketSize = Infinity): DisconnectPacket {
  if (packet.properties === undefined || maximumPacketSize === Infinity) return packet;
  const { userProperties: _, ...rest } = packet.properties;
  const { reasonString: __, ...needed } = rest;
  const candidates = [packet, { ...packet, properties: rest }, { ...packet, properties: needed }];
  return candidates.find(each => new PacketEncoder(5).write(each) <= maximumPacketSize) ?? candidates.at(-1)!;
}
