import { expect } from 'chai';
import fc from 'fast-check';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { PublishPacket } from '../../src/packets.js';
import { publishSize, variableByteIntegerSize } from '../../src/protocol/packet-size.js';
import { message } from './support.js';

const text = fc.string({ unit: 'binary', maxLength: 20 }).map(value => value.replaceAll('\0', ''));
const bytes = fc.uint8Array({ maxLength: 300 });
const propertyShape = {
  payloadFormatIndicator: fc.boolean(),
  messageExpiryInterval: fc.nat(),
  topicAlias: fc.integer({ min: 1, max: 0xffff }),
  contentType: text,
  responseTopic: text.map(value => `r${value.replace(/[+#]/g, '')}`),
  correlationData: bytes,
  userProperties: fc.array(fc.tuple(text, text), { maxLength: 10 }),
};

const packets = fc.record({
  cmd: fc.constant('publish' as const),
  topic: text.map(value => `t${value.replace(/[+#]/g, '')}`),
  payload: bytes,
  qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
  retain: fc.boolean(),
  dup: fc.constant(false),
  packetId: fc.constant(1),
});

describe('the size of a PUBLISH', () => {
  const encodedSize = (packet: PublishPacket, version: 5 | 4) => new PacketEncoder(version).write(packet);

  it('is what the encoder writes, in 5.0 with any properties', () => {
    const properties = fc.option(fc.record(propertyShape, { requiredKeys: [] }), { nil: undefined });
    fc.assert(
      fc.property(packets, properties, (packet, some) => {
        const whole = { ...packet, properties: some };
        expect(publishSize(whole, 5)).to.equal(encodedSize(whole, 5));
      }),
      { numRuns: 300 },
    );
  });

  it('is what the encoder writes, in 3.1.1', () => {
    fc.assert(
      fc.property(packets, packet => {
        expect(publishSize(packet, 4)).to.equal(encodedSize(packet, 4));
      }),
    );
  });

  it('grows with the length of the remaining length (5.0 section 1.5.5)', () => {
    // topic 3, properties 1
    for (const [size, header] of [
      [123, 2],
      [124, 3],
      [16_379, 3],
      [16_380, 4],
      [2_097_147, 4],
      [2_097_148, 5],
    ] as const) {
      expect(publishSize(message('a', { qos: 0, size }), 5)).to.equal(header + 4 + size);
    }
  });

  it('counts subscription identifiers, one or several', () => {
    const size = (subscriptionIdentifier: number | number[]) =>
      publishSize(message('a', { properties: { subscriptionIdentifier } }), 5) - publishSize(message('a'), 5);
    expect([size(1), size([1, 200])]).to.deep.equal([2, 5]);
  });

  it('has no properties in 3.x, though the message has', () => {
    const expiring = message('a', { properties: { messageExpiryInterval: 5 } });
    expect(publishSize(expiring, 4)).to.equal(publishSize(message('a'), 4));
  });
});

describe('the size of a variable byte integer (5.0 section 1.5.5)', () => {
  it('is 1 to 4 bytes, by table 1-1 [MQTT-1.5.5-1]', () => {
    const table = [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455];
    expect(table.map(variableByteIntegerSize)).to.deep.equal([1, 1, 2, 2, 3, 3, 4, 4]);
  });
});
