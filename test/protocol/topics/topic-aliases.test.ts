import { expect } from 'chai';
import fc from 'fast-check';
import { TopicAliases } from '../../../src/protocol/outbound/topic-aliases.js';

/** What one message after the other would carry: `topic`, `topic=1` where it announces, `=1` where the alias is enough. */
function carried(maximum: number, topics: readonly string[], aliases = new TopicAliases(maximum)): string[] {
  return topics.map(topic => {
    const known = aliases.known(topic);
    if (known > 0) return `=${known}`;
    const candidate = aliases.candidate(topic);
    if (candidate === 0) return topic;
    aliases.announced(topic, candidate);
    return `${topic}=${candidate}`;
  });
}

/** The topics as a broker resolves them (5.0 section 3.3.2.3.4). */
function resolved(maximum: number, packets: readonly string[]): string[] {
  const topics = new Map<number, string>();
  return packets.map(packet => {
    const [topic = '', alias] = packet.split('=');
    if (alias === undefined) return topic;
    expect(Number(alias)).to.be.within(1, maximum);
    if (topic !== '') topics.set(Number(alias), topic);
    return topics.get(Number(alias))!;
  });
}

describe('TopicAliases', () => {
  it('a topic gets an alias with its second use: to announce one for a single message would be a loss', () => {
    const packets = carried(10, ['aaaa', 'bbbb', 'aaaa', 'aaaa', 'bbbb', 'bbbb']);
    expect(packets).to.deep.equal(['aaaa', 'bbbb', 'aaaa=1', '=1', 'bbbb=2', '=2']);
  });

  it('a topic that is as short as an alias gets none', () => {
    expect(carried(10, ['abc', 'abc', 'abc'])).to.deep.equal(['abc', 'abc', 'abc']);
  });

  it('the topic that has been silent longest gives its alias up', () => {
    const packets = carried(2, [
      'aaaa',
      'aaaa',
      'bbbb',
      'bbbb',
      'aaaa',
      'cccc',
      'cccc',
      'aaaa',
      'bbbb',
      'bbbb',
      'bbbb',
    ]);
    expect(packets.slice(5)).to.deep.equal(['cccc', 'cccc=2', '=1', 'bbbb', 'bbbb=2', '=2']);
  });

  it('more topics than aliases, each in its turn: those that have one keep it, and nobody announces in vain', () => {
    const round = ['aaaa', 'bbbb', 'cccc', 'dddd'];
    const packets = carried(2, Array(10).fill(round).flat() as string[]);
    expect(packets.filter(packet => /.=/.test(packet))).to.deep.equal(['aaaa=1', 'bbbb=2']);
    expect(packets.slice(-4)).to.deep.equal(['=1', '=2', 'cccc', 'dddd']);
  });

  it('topics that have changed for good take the aliases over', () => {
    const packets = carried(2, [
      ...(Array(5).fill(['aaaa', 'bbbb']).flat() as string[]),
      'cccc',
      'cccc',
      'dddd',
      'dddd',
      'cccc',
      'dddd',
    ]);
    expect(packets.slice(-6)).to.deep.equal(['cccc', 'cccc=1', 'dddd', 'dddd=2', '=1', '=2']);
  });

  it('a candidate that is not announced, because its packet was not written, is given to nobody', () => {
    const aliases = new TopicAliases(1);
    carried(1, ['aaaa'], aliases);
    expect(aliases.known('aaaa')).to.equal(0);
    expect(aliases.candidate('aaaa')).to.equal(1);
    expect(carried(1, ['aaaa', 'aaaa'], aliases)).to.deep.equal(['aaaa=1', '=1']);
    expect(carried(1, ['bbbb'], aliases)).to.deep.equal(['bbbb']);
    aliases.known('bbbb');
    expect(aliases.candidate('bbbb')).to.equal(1);
    expect(aliases.known('aaaa')).to.equal(1);
  });

  it('remembers a bounded number of topics without an alias', () => {
    const all = Array.from({ length: 3000 }, (_, i) => `topic/${i}`);
    expect(carried(10, [...all, ...all]).filter(packet => packet.includes('='))).to.deep.equal([]);
    expect(carried(10, [...all, 'topic/2999']).at(-1)).to.equal('topic/2999=1');
  });

  it('[MQTT-3.3.2-8] [MQTT-3.3.2-9] whatever the topics and the maximum, a broker resolves every packet to its topic', () => {
    const runs = fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 400, size: 'max' }),
    );
    fc.assert(
      fc.property(runs, ([maximum, numbers]) => {
        // 20 topics, the low ones more often
        const topics = numbers.map(number => `topic/${Math.floor(number ** 2 / 20)}`);
        expect(resolved(maximum, carried(maximum, topics))).to.deep.equal(topics);
      }),
    );
  });
});
