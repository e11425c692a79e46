import { expect } from 'chai';
import fc from 'fast-check';
import { matches } from '../../../src/protocol/topics/match.js';
import { TopicTrie } from '../../../src/protocol/topics/trie.js';

function trieOf(...filters: string[]): TopicTrie<string> {
  const trie = new TopicTrie<string>();
  for (const filter of filters) trie.add(filter, filter);
  return trie;
}

const sorted = (trie: TopicTrie<string>, topic: string) => trie.match(topic, []).sort();

describe('TopicTrie', () => {
  it('finds every filter that matches (4.7.1)', () => {
    const trie = trieOf('sport/#', 'sport/+', 'sport/tennis', '+/tennis', '#', '+/+/#', 'sport', 'sport/golf', '+');
    expect(sorted(trie, 'sport/tennis')).to.deep.equal([
      '#',
      '+/+/#',
      '+/tennis',
      'sport/#',
      'sport/+',
      'sport/tennis',
    ]);
    expect(sorted(trie, 'sport')).to.deep.equal(['#', '+', 'sport', 'sport/#']);
    expect(sorted(trie, 'sport/')).to.deep.equal(['#', '+/+/#', 'sport/#', 'sport/+']);
    expect(sorted(trie, 'sports')).to.deep.equal(['#', '+']);
  });

  it('keeps wildcards in the first level from $-topics [MQTT-4.7.2-1]', () => {
    const trie = trieOf('#', '+/x', '+/#', '$SYS/#', '$SYS/+', '$SYS/x');
    expect(sorted(trie, '$SYS/x')).to.deep.equal(['$SYS/#', '$SYS/+', '$SYS/x']);
    expect(sorted(trie, '$SYS')).to.deep.equal(['$SYS/#']);
  });

  it('appends to the given array and returns it', () => {
    const into = ['before'];
    expect(trieOf('a').match('a', into)).to.equal(into);
    expect(into).to.deep.equal(['before', 'a']);
    expect(trieOf('a').match('b', into)).to.deep.equal(['before', 'a']);
  });

  for (const filter of ['a/b', 'a/+']) {
    it(`holds several values under ${filter}, each once`, () => {
      const trie = new TopicTrie<number>();
      for (const value of [1, 2, 2]) trie.add(filter, value);
      expect(trie.size).to.equal(2);
      expect(trie.match('a/b', [])).to.deep.equal([1, 2]);
      expect(trie.delete(filter, 1)).to.equal(true);
      expect(trie.match('a/b', [])).to.deep.equal([2]);
      expect(trie.size).to.equal(1);
    });
  }

  it('yields a value once for each of its filters that matches', () => {
    const trie = new TopicTrie<string>();
    for (const filter of ['a/#', 'a/+', 'a/b', 'x']) trie.add(filter, 'v');
    expect(trie.match('a/b', [])).to.deep.equal(['v', 'v', 'v']);
    expect(trie.delete('a/+', 'v')).to.equal(true);
    expect(trie.match('a/b', [])).to.deep.equal(['v', 'v']);
  });

  it('says false for what it does not hold', () => {
    const trie = trieOf('a/b', 'a/+/c', '+/#', '$share/g/s/+');
    for (const filter of ['a', 'a/b/c', 'a/+', 'a/#', '+', '#', '$share/g/a/b', '$share/h/s/+', 's/+', 'a/+/d', '']) {
      expect(trie.delete(filter, filter), filter).to.equal(false);
    }
    expect(trie.delete('a/b', 'other')).to.equal(false);
    expect(trie.delete('a/+/c', 'other')).to.equal(false);
    expect(trie.size).to.equal(4);
  });

  it('says false the second time', () => {
    const trie = trieOf('a', 'b/+');
    for (const filter of ['a', 'b/+']) {
      expect(trie.delete(filter, filter)).to.equal(true);
      expect(trie.delete(filter, filter)).to.equal(false);
    }
    expect(trie.size).to.equal(0);
  });

  it('takes a shared filter for its filter, and for another than the plain one (4.8.2)', () => {
    for (const [filter, topic] of [
      ['sport/+', 'sport/a'],
      ['sport/a', 'sport/a'],
      ['#', 'x'],
    ] as const) {
      const trie = new TopicTrie<string>();
      for (const shared of [filter, `$share/g/${filter}`, `$share/h/${filter}`]) trie.add(shared, 'v');
      expect(trie.match(topic, [])).to.deep.equal(['v', 'v', 'v']);
      expect(trie.match(`$share/g/${topic}`, [])).to.deep.equal([]);
      expect(trie.delete(`$share/g/${filter}`, 'v')).to.equal(true);
      expect(trie.delete(`$share/g/${filter}`, 'v')).to.equal(false);
      expect(trie.match(topic, [])).to.deep.equal(['v', 'v']);
      expect(trie.size).to.equal(2);
    }
  });

  it('does not stumble over names that objects have', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const trie = trieOf(...names, ...names.map(name => `${name}/+`));
    for (const name of names) {
      expect(sorted(trie, name)).to.deep.equal([name]);
      expect(sorted(trie, `${name}/${name}`)).to.deep.equal([`${name}/+`]);
    }
    expect(sorted(trie, 'valueOf')).to.deep.equal([]);
    expect(sorted(trie, 'valueOf/x')).to.deep.equal([]);
  });

  it('keeps nothing of what was deleted', () => {
    const filters = [
      'a',
      'a/b',
      'a/+',
      'a/+/b',
      'a/+/b/c',
      'a/#',
      '#',
      '+',
      '+/+/+',
      '$share/g/a/+',
      '$share/g/a',
      '/+/',
    ];
    const trie = trieOf(...filters);
    expect(sorted(trie, 'a/b')).to.have.length(5);
    for (const filter of filters) expect(trie.delete(filter, filter)).to.equal(true);
    expect(trie).to.deep.equal(new TopicTrie());
  });

  it('keeps what is above and beside a deleted filter', () => {
    const trie = trieOf('a/+', 'a/+/b/c/d', 'a/+/b/x');
    trie.delete('a/+/b/c/d', 'a/+/b/c/d');
    expect(trie).to.deep.equal(trieOf('a/+', 'a/+/b/x'));
    expect(sorted(trie, 'a/1/b/x')).to.deep.equal(['a/+/b/x']);
    trie.delete('a/+', 'a/+');
    expect(sorted(trie, 'a/1/b/x')).to.deep.equal(['a/+/b/x']);
    expect(sorted(trie, 'a/1')).to.deep.equal([]);
  });

  describe('topics made to hurt', () => {
    const slashes = '/'.repeat(65_535);

    it('matches 65,535 slashes against filters as deep', () => {
      const deep = [
        `+${'/'.repeat(65_534)}`,
        `${'/'.repeat(65_534)}+`,
        `${'/'.repeat(65_534)}#`,
        `+${'/+'.repeat(32_767)}`,
      ];
      const filters = [...deep, slashes, '#', '/#'];
      const trie = trieOf(...filters);
      for (const [topic, hits] of [
        [slashes, 4],
        [slashes.slice(1), 5],
      ] as const) {
        const found = sorted(trie, topic);
        expect(found).to.have.length(hits);
        expect(
          found.join() ===
            filters
              .filter(filter => matches(filter, topic))
              .sort()
              .join(),
        ).to.equal(true);
      }
      for (const filter of filters) expect(trie.delete(filter, filter)).to.equal(true);
      expect(trie).to.deep.equal(new TopicTrie());
    });

    it('is not exponential in many "+": each level of the filters is visited once', () => {
      // every mixture of "+" and "" in 12 levels, and a tail that none of the topics has
      const trie = new TopicTrie<number>();
      for (let mix = 0; mix < 4096; mix++) {
        const levels = Array.from({ length: 12 }, (_, bit) => ((mix >> bit) & 1 ? '+' : ''));
        trie.add([...levels, 'x'].join('/'), mix);
        trie.add([...levels, '#'].join('/'), mix);
      }
      expect(trie.match(slashes, [])).to.have.length(4096);
      const path = '+/'.repeat(30_000);
      for (const tail of ['#', '+', 'a', 'b']) trie.add(path + tail, -1);
      expect(trie.match(slashes, [])).to.have.length(4097);
    });
  });

  describe('agrees with matches()', () => {
    const level = fc.constantFrom('', 'a', 'b', '$a', '$SYS', '__proto__');
    const join = (levels: string[]) => levels.join('/') || '/';
    const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map(join);
    const share = fc.constantFrom('', '', '', '$share/g/', '$share/h/');
    const plain = fc
      .tuple(
        fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant('+') }, { weight: 3, arbitrary: level }), {
          maxLength: 5,
        }),
        fc.constantFrom([], ['#']),
      )
      .map(([levels, rest]) => join([...levels, ...rest]));
    const filter = fc.tuple(share, plain).map(parts => parts.join(''));
    const step = fc.record({ kind: fc.constantFrom('add', 'add', 'delete'), filter, value: fc.constantFrom('v', 'w') });

    it('after any adds and deletes, and holds nothing after the last delete', () => {
      fc.assert(
        fc.property(
          fc.array(step, { maxLength: 40 }),
          fc.array(topic, { minLength: 1, maxLength: 10 }),
          (steps, topics) => {
            const trie = new TopicTrie<string>();
            const model = new Map<string, [filter: string, value: string]>();
            for (const { kind, filter, value } of steps) {
              const key = `${value} ${filter}`;
              if (kind === 'add') {
                trie.add(filter, value);
                model.set(key, [filter, value]);
              } else {
                expect(trie.delete(filter, value)).to.equal(model.delete(key));
              }
              expect(trie.size).to.equal(model.size);
            }
            for (const topic of topics) {
              const expected = [...model.values()]
                .filter(([filter]) => matches(filter, topic))
                .map(([, value]) => value);
              expect(sorted(trie, topic), topic).to.deep.equal(expected.sort());
            }
            for (const [filter, value] of model.values()) trie.delete(filter, value);
            expect(trie).to.deep.equal(new TopicTrie());
          },
        ),
        { numRuns: 1000 },
      );
    });
  });
});
