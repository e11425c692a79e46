import { connackReasonCodes } from '../gate/reason-codes.js';
import type { Packet, ProtocolVersion } from '../../packets.js';

/** Returns the packet without what a 3.x packet does not have. */
export function inVersion(packet: Packet, version: ProtocolVersion): Packet {
  if (version === 5) return packet;
  switch (packet.cmd) {
    case 'connack': {
      const known = connackReasonCodes.indexOf(packet.reasonCode);
      return {
        ...packet,
        returnCode: packet.returnCode ?? (known < 0 ? 3 : known),
        sessionPresent: version === 4 && packet.sessionPresent,
      };
    }
    case 'suback':
      return { ...packet, reasonCodes: packet.reasonCodes.map(code => Math.min(code, 0x80)) };
    case 'unsuback':
      return { ...packet, reasonCodes: [] };
    default:
      return packet;
  }
}
