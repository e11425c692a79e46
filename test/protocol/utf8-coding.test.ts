import { expect } from 'chai';
import fc from 'fast-check';
import { plainDecoder, plainEncoder } from '../../src/utf8-coding.js';

const text = fc.string({ unit: fc.nat(0xffff).map(unit => String.fromCharCode(unit)), maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 12 });
/** Bytes that are nearly UTF-8. */
const mixed = fc.array(fc.constantFrom(0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xbb), { maxLength: 8 }); // prettier-ignore

describe('UTF-8 where an engine has no TextEncoder or TextDecoder [S155]', () => {
  it('is written as by TextEncoder', () =>
    fc.assert(
      fc.property(text, fc.nat(12), (given, room) => {
        expect(plainEncoder.encode(given)).to.deep.equal(new TextEncoder().encode(given));
        const [ours, theirs] = [new Uint8Array(room), new Uint8Array(room)];
        const { written } = new TextEncoder().encodeInto(given, theirs);
        expect(plainEncoder.encodeInto(given, ours)).to.deep.equal({ written });
        expect(ours).to.deep.equal(theirs);
      }),
      { numRuns: 2000 },
    ));

  for (const options of [{}, { fatal: true }, { ignoreBOM: true }]) {
    it(`is read as by TextDecoder(${JSON.stringify(options)})`, () =>
      fc.assert(
        fc.property(
          fc.oneof(
            bytes,
            mixed.map(all => Uint8Array.from(all)),
            text.map(it => new TextEncoder().encode(it)),
          ),
          given => {
            const read = (decoder: { decode(bytes: Uint8Array): string }) => {
              try {
                return decoder.decode(given);
              } catch (error) {
                return (error as Error).name;
              }
            };
            expect(read(plainDecoder(options))).to.equal(read(new TextDecoder('utf-8', options)));
          },
        ),
        { numRuns: 4000 },
      ));
  }
});
