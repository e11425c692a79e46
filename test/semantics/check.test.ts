import { expect } from 'chai';
import { checkedSemantics, semanticsPage } from '../../scripts/conformance/semantics.js';
import type { Showings } from '../../scripts/conformance/showings.js';

const page = '- **S1.** One thing.\n- **S2.** Another.\n\n<!-- shown: made -->\n\nold\n\n<!-- /shown -->\n';
const shownBy = (...tags: string[]): Showings =>
  new Map(tags.map(tag => [tag, [{ file: 'test/some.test.ts', title: 'some › test' }]]));

describe('the check of docs/semantics.md', () => {
  it('has nothing to say where each rule is shown', () => {
    expect(checkedSemantics(page, shownBy('S1', 'S2', 'MQTT-3.1.0-1'))).to.deep.equal([]);
  });

  it('names a rule that no test shows, and a test whose rule does not exist', () => {
    expect(checkedSemantics(page, shownBy('S1', 'S3'))).to.deep.equal([
      '[S2] of docs/semantics.md is not shown',
      '[S3] in test/some.test.ts is no rule of docs/semantics.md',
    ]);
  });

  it('names a rule whose number is given twice, and leaves the order of the page to its reader', () => {
    const twice = page.replace('S2', 'S1');
    expect(checkedSemantics(twice, shownBy('S1', 'S2'))).to.include('[S1] of docs/semantics.md is given twice');
    const anyOrder = page.replace('S1', 'S73');
    expect(checkedSemantics(anyOrder, shownBy('S73', 'S2'))).to.deep.equal([]);
  });

  it('writes the list of tests where it stood, and what it wrote it leaves', () => {
    const written = semanticsPage(page, shownBy('S1', 'S2'));
    expect(written).to.include('| S1 | `test/some.test.ts`: some › test |').and.not.to.include('old');
    expect(semanticsPage(written, shownBy('S1', 'S2'))).to.equal(written);
  });
});
