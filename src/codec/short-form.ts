import type { Packet, ProtocolVersion } from '../packets.js';
import { requireInteger } from './unencodable.js';
import { hasProperties } from './properties/writer.js';

/** Returns the shortest legal form of a packet that mqtt-packet would write longer; undefined for any other packet. */
export function shortForm(packet: Packet, version: ProtocolVersion): Uint8Array | undefined {
  switch (packet.cmd) {
    case 'pingreq':
      return Uint8Array.of(0xc0, 0);
    case 'disconnect': {
      if (version < 5) return Uint8Array.of(0xe0, 0);
      if (hasProperties(packet.properties)) return undefined;
      const { reasonCode = 0 } = packet;
      requireInteger('disconnect', 'the reason code', reasonCode, 0, 0xff);
      // Reason code 0 and an empty property section are left out (5.0 section 3.14.2).
      return reasonCode === 0 ? Uint8Array.of(0xe0, 0) : Uint8Array.of(0xe0, 1, reasonCode);
    }
    case 'auth':
      // An AUTH without properties may leave out reason code 0 (5.0 section 3.15.2.1).
      return version === 5 && packet.reasonCode === 0 && !hasProperties(packet.properties)
        ? Uint8Array.of(0xf0, 0)
        : undefined;
    default:
      return undefined;
  }
}
