import { expect } from 'chai';
import fc from 'fast-check';
import { FastReader } from '../../src/codec/fast/reader.js';
import { Framer } from '../../src/codec/framer.js';
import { PacketDecoder } from '../../src/codec/decoder.js';
import { SlowReader } from '../../src/codec/mqtt-packet/reader.js';
import { MqttError } from '../../src/errors.js';
import type { Packet, ProtocolVersion } from '../../src/packets.js';
import { ServerEncoder } from '../../src/testing/server-encoder.js';
import { acknowledgement, publish, serverPacket } from './arbitraries.js';
import { peerReads } from './peer.js';
import { versions } from './support.js';

/** What became of a stream: its packets and, where it ended so, the error. */
interface Outcome {
  packets: Packet[];
  error?: string;
}

function outcome(next: () => Packet | undefined, packets: Packet[] = []): Outcome {
  try {
    for (let packet; (packet = next()) !== undefined;) packets.push(packet);
    return { packets };
  } catch (error) {
    expect(error).to.be.instanceOf(MqttError);
    const { code, reasonCode, message } = error as MqttError;
    return { packets, error: `${code} ${reasonCode} ${message}` };
  }
}

const isRefused = (packet: Packet): boolean => packet.cmd === 'publish' && packet.refusal !== undefined;

/** The decoder without its fast lane. */
function slowly(version: ProtocolVersion, bytes: Uint8Array): Outcome {
  const framer = new Framer(version);
  const slow = new SlowReader(version);
  framer.push(bytes);
  return outcome(() => (framer.next() ? slow.read(framer.bytes, framer.start, framer.body, framer.end) : undefined));
}

/** The decoder, the stream cut into pieces of these sizes, over and over. */
function decoded(version: ProtocolVersion, bytes: Uint8Array, sizes: number[]): Outcome {
  const decoder = new PacketDecoder(version);
  let at = 0;
  let cuts = 0;
  return outcome(() => {
    for (;;) {
      const packet = decoder.next();
      if (packet !== undefined || at >= bytes.length) return packet;
      const size = sizes[cuts++ % sizes.length]!;
      decoder.push(bytes.slice(at, at + size));
      at += size;
    }
  });
}

function encode(version: ProtocolVersion, packets: readonly Packet[]): Uint8Array {
  const encoder = new ServerEncoder(version);
  for (const packet of packets) encoder.write(packet);
  return encoder.take();
}

const sizes = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
);

/** Changes to a frame that leave it a frame: bytes put in place of others, cut off or added, and the length mended. */
const damage = fc.record({
  changes: fc.array(fc.tuple(fc.nat(60), fc.oneof(fc.constantFrom(0, 1, 2, 0x80, 0xff, 0x2b, 0x23), fc.nat(255))), {
    maxLength: 3,
  }),
  length: fc.oneof(fc.constant(0), fc.integer({ min: -8, max: 3 })),
});

/** What stands behind a frame must not be taken for a part of it. */
const behind = fc.constantFrom<number[]>([], [0, 0, 0, 0], [0xd0, 0], [0x40, 2, 0, 1]);

function damaged(frame: Uint8Array, { changes, length }: { changes: [number, number][]; length: number }): Uint8Array {
  const header = frame.findIndex((byte, index) => index > 0 && byte < 0x80) + 1;
  const body = new Uint8Array(Math.max(0, Math.min(127, frame.length - header + length)));
  body.set(frame.subarray(header, header + body.length));
  for (const [at, byte] of changes) if (at < body.length) body[at] = byte;
  return Uint8Array.from([frame[0]!, body.length, ...body]);
}

for (const version of versions) {
  describe(`The lanes of the decoder, ${version}`, () => {
    it('give what was encoded, however the stream is cut', () => {
      fc.assert(
        fc.property(fc.array(serverPacket(version), { maxLength: 6 }), sizes, (packets, cuts) => {
          const bytes = encode(version, packets);
          expect(decoded(version, bytes, cuts)).to.deep.equal({ packets });
          expect(slowly(version, bytes)).to.deep.equal({ packets });
        }),
        { numRuns: 200 },
      );
    });

    it('are the fast one for every PUBLISH, acknowledgement without properties, SUBACK, and CONNACK that accepts', () => {
      const traffic = fc.oneof(
        publish(version),
        acknowledgement(version).filter(packet => !('properties' in packet)),
        serverPacket(version).filter(
          packet => packet.cmd === 'suback' || (packet.cmd === 'connack' && packet.reasonCode === 0),
        ),
      );
      const fast = new FastReader(version);
      fc.assert(
        fc.property(traffic, packet => {
          const framer = new Framer(version);
          framer.push(encode(version, [packet]));
          framer.next();
          expect(fast.read(framer.bytes, framer.start, framer.body, framer.end)).to.deep.equal(packet);
        }),
        { numRuns: 100 },
      );
    });

    it('read a PUBREL with DUP alike, which mqtt-packet refuses', () => {
      const bytes = Uint8Array.of(0x6a, 2, 0, 7);
      expect(decoded(version, bytes, [4])).to.deep.equal(slowly(version, bytes));
    });

    it('refuse the same, in the same words', () => {
      const traffic = fc.oneof({ weight: 3, arbitrary: publish(version) }, acknowledgement(version));
      let refused = 0;
      let read = 0;
      fc.assert(
        fc.property(traffic, damage, behind, sizes, (packet, how, next, cuts) => {
          const bytes = Uint8Array.from([...damaged(encode(version, [packet]), how), ...next]);
          const result = slowly(version, bytes);
          const both = decoded(version, bytes, cuts);
          // what a publisher is to blame for is for the fast lane alone to refuse: the other one ends the connection
          if (both.packets.some(isRefused)) return void expect(result.error).not.to.equal(undefined);
          expect(both).to.deep.equal(result);
          if (result.error === undefined) read++;
          else refused++;
        }),
        { numRuns: 1500 },
      );
      expect(read).to.be.greaterThan(100);
      expect(refused).to.be.greaterThan(100);
    });

    it('refuse at least what mqtt-packet refuses', () => {
      let refused = 0;
      fc.assert(
        fc.property(serverPacket(version), damage, (packet, how) => {
          const bytes = damaged(encode(version, [packet]), how);
          try {
            peerReads(version, bytes);
          } catch (error) {
            // Legal, but not to mqtt-packet.
            if (bytes[0] === 0xf0 && bytes.length === 2) return;
            refused++;
            const { packets, error: ours } = decoded(version, bytes, [1000]);
            // a message with a fault of its publisher is refused alone, whatever else is wrong with it
            if (!packets.some(isRefused)) expect(ours, String(error)).to.be.a('string');
          }
        }),
        { numRuns: 800 },
      );
      expect(refused).to.be.greaterThan(10);
    });

    it('end every stream in packets or an MqttError, whatever its bytes', () => {
      const noise = fc.uint8Array({ maxLength: 60 });
      const nearly = fc
        .tuple(
          fc.array(serverPacket(version), { minLength: 1, maxLength: 3 }),
          fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        )
        .map(([packets, changes]) => {
          const bytes = encode(version, packets).slice();
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          return bytes;
        });
      fc.assert(
        fc.property(fc.oneof(noise, nearly), sizes, (bytes, cuts) => {
          const whole = decoded(version, bytes, [bytes.length + 1]);
          expect(decoded(version, bytes, cuts)).to.deep.equal(whole);
        }),
        { numRuns: 800 },
      );
    });
  });
}
