import { expect } from 'chai';
import { PacketDecoder } from '../../src/codec/decoder.js';
import type { PublishPacket } from '../../src/packets.js';
import { caught, decode, wire } from './support.js';

const many = (count: number) => '26 0000 0000'.repeat(count);
const publish = (section: string, first = "32 [0001 't' 0007") => wire(`${first} [${section}] 'x']`);
const read = (bytes: Uint8Array) => decode(5, bytes)[0] as PublishPacket;

describe('a PUBLISH that a publisher spoiled, and the broker passed on', () => {
  const cases: [what: string, section: string, reasonCode: number, why: string][] = [
    ['more than 10,000 properties', many(10_001), 0x97, 'it holds more than 10000 properties'],
    ['a response topic with +', "08 0003 'a/+'", 0x90, 'its response topic has a wildcard [MQTT-3.3.2-14]'],
    ['a response topic with #', "08 0001 '#'", 0x90, 'its response topic has a wildcard [MQTT-3.3.2-14]'],
    ['a payload format indicator of 2', '01 02', 0x99, 'its payload format indicator is 2, not 0 or 1'],
    ['both', "01 ff 08 0001 '#'", 0x99, 'its payload format indicator is 255, not 0 or 1'],
    ['beside others', "03 0001 'c' 02 00000001 0b 80 01 01 02", 0x99, 'its payload format indicator is 2, not 0 or 1'],
  ];
  for (const [what, section, reasonCode, why] of cases) {
    it(`${what}: is read without its properties, and what follows it too [S116]`, () => {
      const good = publish('');
      const [refused, next] = decode(5, Uint8Array.from([...publish(section), ...good])) as PublishPacket[];
      expect(refused).to.deep.equal({ ...read(good), properties: undefined, refusal: { reasonCode, why } });
      expect(next).not.to.have.property('refusal');
    });
  }

  it('is still malformed where its properties cannot be told apart', () => {
    for (const section of ['01 02 ff', '01 02 26 0001', '01 02 03', '01 02 0b ff ff ff ff ff', "01 02 08 0009 'a'"]) {
      expect(
        caught(() => read(publish(section))),
        section,
      ).to.include({ phase: 'mqtt' });
    }
    expect(caught(() => read(wire("32 [0001 't' 0007 09 01 02]")))).to.include({ code: 'MALFORMED_PACKET' });
  });

  it('is the end of the connection where neither a topic nor an alias says what it is of', () => {
    expect(caught(() => read(publish('01 02', '32 [0000 0007')))).to.include({ code: 'PROTOCOL_ERROR' });
    expect(read(publish('01 02 23 0004', '32 [0000 0007'))).to.deep.include({ properties: { topicAlias: 4 } });
  });

  for (const topicAliases of [true, false]) {
    it(`${topicAliases ? 'looks' : 'does not look'} for an alias behind 10,000 properties [S116]`, () => {
      const decoder = new PacketDecoder(5, { topicAliases });
      decoder.push(publish(`${many(10_001)} 23 0004`));
      const { properties } = decoder.next() as PublishPacket;
      expect(properties).to.deep.equal(topicAliases ? { topicAlias: 4 } : undefined);
    });
  }

  it('in 3.1.1 there are no properties to spoil', () => {
    expect(decode(4, wire("32 [0001 't' 0007 02 01 02]"))[0]).not.to.have.property('refusal');
  });
});
