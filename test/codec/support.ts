import { expect } from 'chai';
import { PacketDecoder } from '../../src/codec/decoder.js';
import { MqttError, type MqttErrorCode } from '../../src/errors.js';
import type { Packet, ProtocolVersion } from '../../src/packets.js';
import { ServerEncoder } from '../../src/codec/server/server-encoder.js';

export const versions: readonly ProtocolVersion[] = [5, 4, 3];

/** Bytes from hex, with text in quotes, and brackets around what has its length (a variable byte integer) in front. */
export function wire(notation: string): Uint8Array {
  const sections: number[][] = [[]];
  for (const part of notation.match(/'[^']*'|[0-9a-f]{2}|[[\]]/gi) ?? []) {
    if (part === '[') sections.push([]);
    else if (part === ']') {
      const section = sections.pop()!;
      sections.at(-1)!.push(...variable(section.length), ...section);
    } else if (part.startsWith("'")) sections.at(-1)!.push(...new TextEncoder().encode(part.slice(1, -1)));
    else sections.at(-1)!.push(parseInt(part, 16));
  }
  return Uint8Array.from(sections[0]!);
}

/** A variable byte integer. */
export const variable = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...variable(value >> 7)];

/** All packets in `bytes`, pushed in pieces of `size`. */
export function decode(version: ProtocolVersion, bytes: Uint8Array, size = Math.max(1, bytes.length)): Packet[] {
  const decoder = new PacketDecoder(version);
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    decoder.push(bytes.slice(at, at + size));
    for (let packet; (packet = decoder.next()) !== undefined;) packets.push(packet);
  }
  return packets;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The bytes of a packet of a client or a server. */
export function encode(version: ProtocolVersion, packet: object): Uint8Array {
  const encoder = new ServerEncoder(version);
  const written = encoder.write(packet as Packet);
  expect(encoder.size).to.equal(written);
  const bytes = encoder.take();
  expect(bytes).to.have.length(written);
  return bytes;
}

/** What `run` throws, which must be an MqttError. */
export function caught(run: () => unknown): MqttError {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(MqttError);
    return error as MqttError;
  }
  throw new Error('nothing was thrown');
}

const codes: Record<number, MqttErrorCode> = { 0x81: 'MALFORMED_PACKET', 0x95: 'PACKET_TOO_LARGE' };

/** A frame that must be refused: what is wrong with it, its bytes, the reason code (0x81, malformed, where absent). */
export type Refused = readonly [what: string, notation: string, reasonCode?: number];
/** A frame that must be read: what it is, its bytes, the packet. */
export type Read = readonly [what: string, notation: string, packet: object];

export function itRefuses(version: ProtocolVersion, table: readonly Refused[]): void {
  for (const [what, notation, reasonCode = 0x81] of table) {
    it(`${version}: refuses ${what}`, () => {
      const error = caught(() => decode(version, wire(notation)));
      expect(error.reasonCode, error.message).to.equal(reasonCode);
      expect(error.code).to.equal(codes[reasonCode] ?? 'PROTOCOL_ERROR');
      expect(error.phase).to.equal('mqtt');
      expect(error.retryable).to.equal(true);
      // The same, however it is cut.
      expect(caught(() => decode(version, wire(notation), 1)).message).to.equal(error.message);
    });
  }
}

export function itReads(version: ProtocolVersion, table: readonly Read[]): void {
  for (const [what, notation, packet] of table) {
    it(`${version}: reads ${what}`, () => {
      expect(decode(version, wire(notation))).to.deep.equal([packet]);
      expect(decode(version, wire(notation), 1)).to.deep.equal([packet]);
    });
  }
}

/** A packet and how it must look on the wire of these versions. */
export type Written = readonly [what: string, versions: readonly ProtocolVersion[], packet: object, notation: string];

export function itWrites(table: readonly Written[]): void {
  for (const [what, applies, packet, notation] of table) {
    for (const version of applies) {
      it(`${version}: ${what}`, () => expect(hex(encode(version, packet))).to.equal(hex(wire(notation))));
    }
  }
}
