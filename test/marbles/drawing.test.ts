import { expect } from 'chai';
import * as fc from 'fast-check';
import * as connecting from '../../marbles/connecting.js';
import { diagrams } from '../../marbles/index.js';
import * as publishing from '../../marbles/publishing.js';
import * as receiving from '../../marbles/receiving.js';
import * as reconnecting from '../../marbles/reconnecting.js';
import * as requesting from '../../marbles/requesting.js';
import { draw } from '../../scripts/marbles/drawing.js';
import { widthOf, widthOfCode } from '../../src/trace/draw/picture/text-width.js';
import { type Item, layOut } from '../../src/trace/draw/picture/axis.js';

describe('the drawing of a diagram', () => {
  it('is in the gallery, for each diagram, under a name of its own', () => {
    const all = [connecting, publishing, receiving, reconnecting, requesting].flatMap(each => Object.values(each));
    expect(diagrams).to.have.members(all);
    const names = diagrams.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^[a-z0-9-]+$/);
  });

  it('is the same every time', () => {
    for (const diagram of diagrams) expect(draw(diagram)).to.equal(draw(diagram));
  });

  it('has all of its words within its edges, and is no wider than a page', () => {
    for (const diagram of diagrams) {
      const svg = draw(diagram);
      const width = Number(/<svg[^>]* width="([\d.]+)"/.exec(svg)![1]);
      expect(width, diagram.name).to.be.at.most(960);
      for (const [, x, kind = '', words = ''] of svg.matchAll(/<text x="([\d.]+)"[^>]* class="([^"]*)">([^<]*)</g)) {
        const shown = words.replaceAll(/&\w+;/g, '"');
        const size = /time|detail/.test(kind) ? 10.5 : kind.includes('packet') ? 11 : kind === 'note' ? 11.5 : 12;
        const wide = /code|chip|detail/.test(kind) ? widthOfCode(shown, size) : widthOf(shown, size);
        const [left, right] = kind.includes('middle')
          ? [Number(x) - wide / 2, Number(x) + wide / 2]
          : [Number(x), Number(x) + wide];
        expect(left, `${diagram.name}: ${words}`).to.be.at.least(4);
        expect(right, `${diagram.name}: ${words}`).to.be.at.most(width - 4);
      }
    }
  });

  it('has no two things on top of each other, in the order of their times', () => {
    const item = fc.record({
      frame: fc.integer({ min: 0, max: 50 }),
      left: fc.integer({ min: 0, max: 80 }),
      right: fc.integer({ min: 0, max: 80 }),
    });
    const track = fc
      .array(item, { maxLength: 12 })
      .map((items): Item[] => [...items].sort((a, b) => a.frame - b.frame));
    fc.assert(
      fc.property(fc.array(track, { minLength: 1, maxLength: 4 }), tracks => {
        const axis = layOut(tracks, 20, 1);
        for (const items of tracks) {
          items.forEach((each, i) => {
            const before = items[i - 1];
            if (before === undefined) return;
            expect(axis.x(each) - each.left).to.be.at.least(axis.x(before) + before.right);
          });
        }
        const flat = tracks.flat();
        for (const a of flat) for (const b of flat) if (a.frame < b.frame) expect(axis.x(a)).to.be.below(axis.x(b));
      }),
      { numRuns: 200 },
    );
  });
});
