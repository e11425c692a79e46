import { expect } from 'chai';
import { TopicPrefixes, isShared } from '../../../src/protocol/topics/prefixes.js';

describe('prefixes of filters that topics do not have', () => {
  const known = new TopicPrefixes();
  const rows: [filter: string, patterns: string[], hasUnpredictableTopics: boolean, isShared: boolean][] = [
    ['a/b', ['a/b'], false, false],
    ['$SYS/#', ['$SYS/#'], false, false],
    ['$share/g/a/+', ['a/+'], false, true],
    ['$share/g//a', ['/a'], false, true],
    ['#share/g/a/#', ['a/#'], true, true],
    ['$queue/a', ['a', '$queue/a'], true, true],
    ['$exclusive/a/b', ['a/b', '$exclusive/a/b'], true, false],
    ['$exclusive/', ['$exclusive/'], false, false],
    ['$exclusives/a', ['$exclusives/a'], false, false],
    ['$local/a', ['$local/a'], false, false],
    ['#', ['#'], false, false],
  ];
  for (const [filter, patterns, hasUnpredictableTopics, shared] of rows) {
    it(`${filter} matches as ${patterns.join(' and ')}`, () => {
      expect(known.patternsOf(filter)).to.deep.equal(patterns);
      expect([known.hasUnpredictableTopics(filter), isShared(filter)]).to.deep.equal([hasUnpredictableTopics, shared]);
    });
  }

  it('can be more than the known ones, with levels that stand for any name', () => {
    const more = new TopicPrefixes(['$local/', '$oshare/+/', 'legacy/v1/']);
    expect(more.patternsOf('$local/a')).to.deep.equal(['a', '$local/a']);
    expect(more.patternsOf('$oshare/g/a/#')).to.deep.equal(['a/#', '$oshare/g/a/#']);
    expect(more.patternsOf('$oshare//a')).to.deep.equal(['$oshare//a']);
    expect(more.patternsOf('legacy/v1/a')).to.deep.equal(['a', 'legacy/v1/a']);
    expect(more.patternsOf('legacy/v2/a')).to.deep.equal(['legacy/v2/a']);
    expect(more.patternsOf('$queue/a')).to.deep.equal(['a', '$queue/a']);
    expect(new TopicPrefixes(['+/tenant/']).patternsOf('x/tenant/a')).to.deep.equal(['a', 'x/tenant/a']);
  });
});
