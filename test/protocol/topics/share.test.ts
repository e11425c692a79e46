import { expect } from 'chai';
import { parseShare, hasWildcard } from '../../../src/protocol/topics/syntax.js';

describe('parseShare: $share/group/filter (5.0 section 4.8.2)', () => {
  const shared: [text: string, group: string, filter: string][] = [
    ['$share/consumer1/sport/tennis/+', 'consumer1', 'sport/tennis/+'],
    ['$share/g/#', 'g', '#'],
    ['$share/g//finance', 'g', '/finance'],
    ['$share/g//', 'g', '/'],
    ['$share/$g/$SYS/#', '$g', '$SYS/#'],
  ];
  for (const [text, group, filter] of shared) {
    it(`takes ${text} apart`, () => expect(parseShare(text)).to.deep.equal({ group, filter }));
  }

  for (const filter of ['sport/+', '#', '/$share/g/f', '$SYS/#', '$shared/g/f', '$Share/g/f', '']) {
    it(`leaves ${filter || 'an empty text'} as it is`, () => expect(parseShare(filter)).to.deep.equal({ filter }));
  }
});

describe('hasWildcard (5.0 section 4.7.1)', () => {
  for (const filter of ['#', '+', 'a/#', 'a/+/b', '+/a', '$share/g/+', '$SYS/#']) {
    it(`sees one in ${filter}`, () => expect(hasWildcard(filter)).to.equal(true));
  }
  for (const filter of ['a', '/', 'a/b', '$SYS/x', '$share/g/f']) {
    it(`sees none in ${filter}`, () => expect(hasWildcard(filter)).to.equal(false));
  }
});
