import mqttPacket, { type Packet as WirePacket } from 'mqtt-packet';
import type { ProtocolVersion } from '../../src/packets.js';

/** What mqtt-packet alone makes of `bytes`: the packets of the other side, or its first error. */
export function peerReads(version: ProtocolVersion, bytes: Uint8Array): WirePacket[] {
  const parser = mqttPacket.parser({ protocolVersion: version });
  const packets: WirePacket[] = [];
  parser.on('packet', packet => packets.push(packet));
  parser.on('error', error => {
    throw error;
  });
  parser.parse(Buffer.from(bytes));
  return packets;
}

/** User properties as mqtt-packet reads them: grouped by name. */
export function folded(pairs: readonly (readonly [string, string])[]): object {
  const result: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    const before = result[name];
    // Like mqtt-packet, which forgets an empty value when the name comes again.
    if (!before) result[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else result[name] = [before, value];
  }
  return result;
}
