import { expect } from 'chai';
import fc from 'fast-check';
import { LateMap, LateSet } from '../../src/protocol/collections/late-map.js';

/** What may be done to a Map or a Set. */
const steps = fc.array(fc.tuple(fc.constantFrom('set', 'delete', 'clear' as const), fc.nat(3), fc.nat(9)), {
  maxLength: 20,
});

describe('LateMap', () => {
  it('holds what a Map holds', () => {
    fc.assert(
      fc.property(steps, all => {
        const late = new LateMap<number, number>();
        const map = new Map<number, number>();
        for (const [step, key, value] of all) {
          if (step === 'set') {
            late.set(key, value);
            map.set(key, value);
          } else if (step === 'delete') expect(late.delete(key)).to.equal(map.delete(key));
          else {
            late.clear();
            map.clear();
          }
          expect(late.size).to.equal(map.size);
          expect([...late]).to.deep.equal([...map]);
          expect([...late.keys()]).to.deep.equal([...map.keys()]);
          expect([...late.values()]).to.deep.equal([...map.values()]);
          expect(late.get(key)).to.equal(map.get(key));
          expect(late.has(key)).to.equal(map.has(key));
        }
      }),
    );
  });
});

describe('LateSet', () => {
  it('holds what a Set holds', () => {
    fc.assert(
      fc.property(steps, all => {
        const late = new LateSet<number>();
        const set = new Set<number>();
        for (const [step, value] of all) {
          if (step === 'set') {
            late.add(value);
            set.add(value);
          } else if (step === 'delete') expect(late.delete(value)).to.equal(set.delete(value));
          else {
            late.clear();
            set.clear();
          }
          expect(late.size).to.equal(set.size);
          expect([...late]).to.deep.equal([...set]);
          expect([...late.values()]).to.deep.equal([...set]);
          expect(late.has(value)).to.equal(set.has(value));
        }
      }),
    );
  });
});
