import type { Packet, ProtocolVersion } from '../packets.js';
import { requireInteger } from './unencodable.js';
import { hasProperties } from './properties/writer.js';

/** The shortest legal form of a packet with next to nothing in it, which mqtt-packet writes longer; else undefined. */
export function shortForm(packet: Packet, version: ProtocolVersion): Uint8Array | undefined {
  switch (packet.cmd) {
    case 'pingreq':
      return Uint8Array.of(0xc0, 0);
    case 'pingresp':
      return Uint8Array.of(0xd0, 0);
    case 'disconnect': {
      if (version < 5) return Uint8Array.of(0xe0, 0);
      if (hasProperties(packet.properties)) return undefined;
      const { reasonCode = 0 } = packet;
      requireInteger('disconnect', 'the reason code', reasonCode, 0, 0xff);
      // 5.0 section 3.14.2: neither a reason code for 0 nor a property length without properties.
      return reasonCode === 0 ? Uint8Array.of(0xe0, 0) : Uint8Array.of(0xe0, 1, reasonCode);
    }
    case 'auth':
      // 5.0 section 3.15.2.1
      return version === 5 && packet.reasonCode === 0 && !hasProperties(packet.properties)
        ? Uint8Array.of(0xf0, 0)
        : undefined;
    default:
      return undefined;
  }
}
