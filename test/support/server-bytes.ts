import mqttPacket from 'mqtt-packet';
import type { Packet, ProtocolVersion } from '../../src/packets.js';

/** The bytes of a packet that a server sends, by the reference codec. */
export function serverBytes(packet: Packet, version: ProtocolVersion): Uint8Array {
  return mqttPacket.generate(toReference(packet, version) as mqttPacket.Packet, { protocolVersion: version });
}

function toReference(packet: Packet, version: ProtocolVersion): object {
  switch (packet.cmd) {
    case 'connack':
      return version === 5 ? packet : { ...packet, returnCode: packet.returnCode ?? packet.reasonCode };
    case 'suback':
    case 'unsuback':
      return { ...packet, messageId: packet.packetId, granted: packet.reasonCodes };
    case 'publish':
      return { ...packet, messageId: packet.packetId, payload: Buffer.from(packet.payload) };
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return { ...packet, messageId: packet.packetId };
    default:
      return packet;
  }
}
