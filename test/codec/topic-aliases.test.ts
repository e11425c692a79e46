import { expect } from 'chai';
import fc from 'fast-check';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { PublishPacket } from '../../src/packets.js';
import { publish } from '../support/packets.js';
import { peerReads } from './peer.js';

function aliasing(maximum: number, maximumPacketSize = Infinity): PacketEncoder {
  const encoder = new PacketEncoder(5);
  encoder.useAliases(maximum, maximumPacketSize);
  return encoder;
}

/** What a broker makes of the bytes: topics, with what the packet itself says of topic and alias. */
function brokerReads(bytes: Uint8Array, topics = new Map<number, string>()): string[] {
  return peerReads(5, bytes).map(packet => {
    if (packet.cmd !== 'publish') return packet.cmd;
    const alias = packet.properties?.topicAlias;
    if (alias !== undefined && packet.topic !== '') topics.set(alias, packet.topic);
    const topic = packet.topic === '' ? topics.get(alias!) : packet.topic;
    return `${topic} (${packet.topic}${alias === undefined ? '' : `=${alias}`}) ${String(packet.payload)}`;
  });
}

const written = (encoder: PacketEncoder, ...packets: PublishPacket[]) => {
  for (const packet of packets) encoder.write(packet);
  return brokerReads(encoder.take());
};

describe('topic aliases on the wire', () => {
  it('are announced with the topic, then stand for it; other properties stay', () => {
    const properties = { contentType: 'x', messageExpiryInterval: 7 };
    const encoder = aliasing(10);
    const first = publish('some/topic', { payload: '1', qos: 1, packetId: 1 });
    expect(written(encoder, first, { ...first, properties }, { ...first, properties, dup: true })).to.deep.equal([
      'some/topic (some/topic) 1',
      'some/topic (some/topic=1) 1',
      'some/topic (=1) 1',
    ]);
    encoder.write({ ...first, properties });
    const [packet] = peerReads(5, encoder.take());
    expect(packet).to.deep.include({ topic: '', properties: { ...properties, topicAlias: 1 } });
  });

  it('are not used unless the encoder is told to', () => {
    const encoder = new PacketEncoder(5);
    const packet = publish('some/topic');
    expect(written(encoder, packet, packet, packet)).to.deep.equal(Array(3).fill('some/topic (some/topic) '));
  });

  it('a packet that cannot be encoded announces nothing', () => {
    const encoder = aliasing(1);
    const good = publish('some/topic');
    const bad: PublishPacket = { ...good, properties: { contentType: '\0' } };
    const bare: PublishPacket = { ...good, payload: 'text' as never };
    const topics = new Map<number, string>();
    expect(written(encoder, good)).to.have.length(1);
    for (const packet of [bad, bare]) expect(() => encoder.write(packet)).to.throw('cannot encode PUBLISH');
    for (let i = 0; i < 2; i++) encoder.write(good);
    const read = brokerReads(encoder.take(), topics);
    expect(read).to.deep.equal(['some/topic (some/topic=1) ', 'some/topic (=1) ']);
    for (const packet of [bad, bare]) expect(() => encoder.write(packet)).to.throw('cannot encode PUBLISH');
    encoder.write(good);
    expect(brokerReads(encoder.take(), topics)).to.deep.equal(['some/topic (=1) ']);
  });

  it('are not announced where those 3 bytes would make the packet too large for the broker', () => {
    const [topic, payload] = ['some/topic', 'x'.repeat(20)];
    const size = new PacketEncoder(5).write(publish(topic, { payload }));
    const packet = publish(topic, { payload });
    expect(written(aliasing(1, size), packet, packet)).to.deep.equal(Array(2).fill(`${topic} (${topic}) ${payload}`));
    const roomy = aliasing(1, size + 10);
    expect(written(roomy, packet, packet).at(-1)).to.equal(`${topic} (${topic}=1) ${payload}`);
    for (const limit of [size, size + 3, size + 5, size + 10]) {
      const encoder = aliasing(1, limit);
      for (let i = 0; i < 4; i++) expect(encoder.write(packet)).to.be.at.most(limit);
    }
  });

  it('whatever the topics, the sizes and the maximum, a broker reads the right topic in every packet', () => {
    const message = fc.record({
      topic: fc.integer({ min: 0, max: 15 }),
      qos: fc.constantFrom(0 as const, 1 as const),
      size: fc.integer({ min: 0, max: 200 }),
      spoilt: fc.boolean(),
    });
    const runs = fc.record({
      maximum: fc.integer({ min: 1, max: 6 }),
      maximumPacketSize: fc.constantFrom(Infinity, 150, 220),
      messages: fc.array(message, { maxLength: 200, size: 'max' }),
    });
    fc.assert(
      fc.property(runs, ({ maximum, maximumPacketSize, messages }) => {
        const encoder = aliasing(maximum, maximumPacketSize);
        const wanted: string[] = [];
        messages.forEach(({ topic, qos, size, spoilt }, i) => {
          const packet = publish(`a/${'ü'.repeat(topic % 4)}/${topic}`, {
            qos,
            packetId: i + 1,
            payload: 'p'.repeat(size),
          });
          if (spoilt) expect(() => encoder.write({ ...packet, properties: { contentType: '\0' } })).to.throw();
          else {
            encoder.write(packet);
            wanted.push(`${packet.topic} ${'p'.repeat(size)}`);
          }
        });
        const read = brokerReads(encoder.take()).map(words => words.replace(/ \(.*?\)/, ''));
        expect(read).to.deep.equal(wanted);
      }),
      { numRuns: 60 },
    );
  });
});
