import { expect } from 'chai';
import fc from 'fast-check';
import { FilterSet } from '../../../src/protocol/topics/filter-set.js';
import { matches } from '../../../src/protocol/topics/match.js';

function setOf(...filters: string[]): FilterSet {
  const set = new FilterSet();
  for (const filter of filters) set.add(filter);
  return set;
}

const rows: [filter: string, overlapping: string[], apart: string[]][] = [
  [
    'a/b',
    ['#', 'a/#', 'a/+', '+/b', '+/+', 'a/b/#', '$share/g/a/b', '$share/g/+/b'],
    ['a', 'a/c', 'a/b/c', '+', 'b/#'],
  ],
  ['a/+', ['a/b', 'a/', 'a/#', '+/b', '#', 'a/b/#', 'a/+/#'], ['a', 'a/b/c', 'b/+']],
  ['a/#', ['a', 'a/b', 'a/b/c', '+', '+/b', '#', '+/#', 'a/+/c'], ['b', 'b/#', '/a']],
  ['+/b', ['a/b', 'a/#', '#', 'a/+', '/b'], ['b', 'a/c', '$SYS/b', '$SYS/#']],
  ['#', ['a', 'a/b/c', '+', '/', '+/#'], ['$SYS/a', '$SYS/#', '$SYS']],
  ['$SYS/#', ['$SYS', '$SYS/a', '$SYS/+', '$share/g/$SYS/a'], ['#', '+', '+/a', '+/#', 'SYS/a']],
  ['$SYS', ['$SYS/#'], ['+', '#', '$SYS/+']],
  ['a/$x', ['a/+', 'a/#', '#', '+/$x'], ['a/x']],
  ['a/+/c', ['a/b/c', 'a/b/#', '+/+/+', 'a/#', 'a/+/c/#'], ['a/b', 'a/b/c/d', 'a/b/d']],
  ['$share/g/a', ['a', '$share/h/a', '+'], ['$share/g/b']],
  ['+/+', ['/', 'a/', '/b', 'a/#', '#', 'a/b/#'], ['a', 'a/b/c']],
];

describe('FilterSet: which filters can match one topic (4.7)', () => {
  for (const [filter, overlapping, apart] of rows) {
    it(`${filter} overlaps ${overlapping.join(' ')}`, () => {
      const set = setOf(filter, ...overlapping, ...apart);
      expect(set.overlapping(filter)).to.have.members(overlapping);
    });

    it(`and the other way round; not ${apart.join(' ')}`, () => {
      const set = setOf(filter);
      for (const other of overlapping) expect(set.overlapping(other), other).to.deep.equal([filter]);
      for (const other of apart) expect(set.overlapping(other), other).to.deep.equal([]);
    });
  }

  const level = fc.constantFrom('', 'a', 'b', '$S', '+');
  const filter = fc
    .tuple(fc.constantFrom('', '$share/g/', '$share/h/'), fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([share, levels, hash]) => share + [...levels, ...(hash ? ['#'] : [])].join('/'))
    .filter(text => text !== '' && !text.endsWith('h/') && !text.endsWith('g/'));
  /** Every topic of up to four levels of these names: enough to tell any two of the filters above apart. */
  const names = ['', 'a', 'b', '$S', 'z'];
  const topics = [names];
  for (let i = 1; i < 4; i++) topics.push(topics[i - 1]!.flatMap(topic => names.map(name => `${topic}/${name}`)));
  // the empty one, which is no topic, is what "+" and "/#" have in common: it costs an identifier and no more
  const all = topics.flat();

  it('agrees with the topics that two filters match', () => {
    fc.assert(
      fc.property(fc.uniqueArray(filter, { minLength: 2, maxLength: 12 }), filters => {
        const set = setOf(...filters);
        const [wanted, ...others] = filters as [string, ...string[]];
        const mine = all.filter(topic => matches(wanted, topic));
        const expected = others.filter(other => mine.some(topic => matches(other, topic)));
        expect(set.overlapping(wanted)).to.have.members(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('forgets what is deleted, and only that', () => {
    fc.assert(
      fc.property(fc.uniqueArray(filter, { maxLength: 12 }), fc.uniqueArray(filter, { maxLength: 12 }), (stay, go) => {
        const leaving = go.filter(each => !stay.includes(each));
        const set = setOf(...leaving, ...stay);
        for (const each of leaving) set.delete(each);
        for (const each of leaving) set.delete(each);
        for (const each of [...stay, ...leaving]) {
          expect(set.overlapping(each)).to.have.members(setOf(...stay).overlapping(each));
        }
      }),
    );
  });

  it('does not ask thousands that are elsewhere', () => {
    const set = new FilterSet();
    for (let i = 0; i < 20_000; i++) set.add(`devices/${i}/state`);
    let found = 0;
    // one by one it would take longer than Mocha waits
    for (let i = 0; i < 20_000; i++) found += set.overlapping(`devices/${i}/+`).length;
    expect(found).to.equal(20_000);
    expect(set.overlapping('devices/#')).to.have.length(20_000);
  });

  it('takes filters of the greatest depth', () => {
    const deep = '/'.repeat(65_535);
    const set = setOf(deep, '#', `${'+/'.repeat(32_000)}#`);
    expect(set.overlapping(deep)).to.have.length(2);
    expect(set.overlapping('#')).to.have.length(2);
    set.delete(deep);
    expect(set.overlapping('#')).to.have.length(1);
  });
});
