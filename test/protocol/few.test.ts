import { expect } from 'chai';
import fc from 'fast-check';
import { type Few, hasMember, membersOf, withMember, withoutMember } from '../../src/protocol/collections/few.js';

describe('a set with few members', () => {
  it('has the members of a Set, in its order, after any changes', () => {
    const change = fc.record({ isAddition: fc.boolean(), member: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(change), changes => {
        let few: Few<number> = undefined;
        const model = new Set<number>();
        for (const { isAddition, member } of changes) {
          few = isAddition ? withMember<number>(few, member) : withoutMember<number>(few, member);
          if (isAddition) model.add(member);
          else model.delete(member);
          expect([...membersOf<number>(few)]).to.deep.equal([...model]);
          for (const each of [1, 2, 3, 4]) expect(hasMember<number>(few, each)).to.equal(model.has(each));
          expect(few === undefined).to.equal(model.size === 0);
        }
      }),
    );
  });

  it('with one member has no Set', () => {
    const none: Few<string> = undefined;
    expect(withMember<string>(none, 'a')).to.equal('a');
    expect(withMember<string>('a', 'a')).to.equal('a');
  });
});
