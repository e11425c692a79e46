import { expect } from 'chai';
import fc from 'fast-check';
import type { UserProperties } from '../../src/message.js';
import type { Packet } from '../../src/packets.js';
import { ServerEncoder } from '../../src/codec/server/server-encoder.js';
import { serverPacket } from './arbitraries.js';
import { caught, encode, hex, versions } from './support.js';
import { serverBytes } from '../support/server-bytes.js';

const empty = { packetId: 1, reasonCodes: [] };

/** The packet with user properties and bytes in the form that mqtt-packet accepts. */
function forReference(packet: Packet): Packet {
  const { properties } = packet as { properties?: Record<string, unknown> };
  if (properties === undefined) return packet;
  const converted = Object.entries(properties).map(([name, value]) => [
    name,
    name === 'userProperties'
      ? (value as UserProperties).map(pair => Object.fromEntries([pair]))
      : value instanceof Uint8Array
        ? Buffer.from(value)
        : value,
  ]);
  return { ...packet, properties: Object.fromEntries(converted) } as Packet;
}

describe('The encoder of servers', () => {
  for (const version of versions) {
    it(`writes what only a server sends as mqtt-packet does, ${version}`, () => {
      const only = serverPacket(version).filter(({ cmd }) =>
        ['connack', 'suback', 'unsuback', 'pingresp'].includes(cmd),
      );
      fc.assert(
        fc.property(only, packet => {
          expect(hex(encode(version, packet))).to.equal(hex(serverBytes(forReference(packet), version)));
        }),
        { numRuns: 300 },
      );
    });

    it(`refuses a SUBACK without reason codes, ${version}`, () => {
      expect(caught(() => encode(version, { cmd: 'suback', ...empty })).message).to.match(/SUBACK: it holds no reason/);
    });
  }

  it('refuses an UNSUBACK without reason codes in 5.0, before which it has none', () => {
    expect(caught(() => encode(5, { cmd: 'unsuback', ...empty })).message).to.match(
      /UNSUBACK: it holds no reason codes/,
    );
    expect(hex(encode(4, { cmd: 'unsuback', ...empty }))).to.equal('b0020001');
  });

  it('refuses values that have no form on the wire, and writes nothing of their packets', () => {
    const refused: readonly [packet: object, message: RegExp][] = [
      [{ cmd: 'connack', sessionPresent: false, reasonCode: 256 }, /return code.*256/],
      [{ cmd: 'suback', packetId: 0, reasonCodes: [0] }, /packet identifier/],
      [{ cmd: 'suback', packetId: 1, reasonCodes: [256] }, /reason code.*256/],
      [{ cmd: 'unsuback', packetId: 1, reasonCodes: [0], properties: { topicAlias: 1 } }, /no property topicAlias/],
    ];
    const encoder = new ServerEncoder(5);
    for (const [packet, message] of refused) {
      expect(caught(() => encoder.write(packet as Packet)).message).to.match(message);
    }
    expect(encoder.size).to.equal(0);
  });
});
