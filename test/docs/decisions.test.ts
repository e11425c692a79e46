import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from './blocks.js';

const folder = join(root, 'docs/decisions');
const files = readdirSync(folder).filter(name => name !== 'README.md');
const list = readFileSync(join(folder, 'README.md'), 'utf8').split('\n## Pages\n')[1] ?? '';
const entries = [...list.matchAll(/^- \[(\d+)\. .*\]\((.*)\)$/gm)].map(([, number, file]) => ({ number, file }));

describe('docs/decisions', () => {
  it('lists each page once, under its number', () => {
    expect(entries.map(({ file }) => file)).to.have.members(files);
    expect(entries.filter(({ number, file }) => file?.slice(0, 4) !== number?.padStart(4, '0'))).to.deep.equal([]);
  });

  it('gives no number to two pages', () => {
    const numbers = files.map(name => name.slice(0, 4));
    expect(numbers).to.deep.equal([...new Set(numbers)]);
  });

  for (const name of files) {
    it(`has status, decision, reason and consequence in ${name}`, () => {
      const headings = readFileSync(join(folder, name), 'utf8').match(/^## .*$/gm);
      expect(headings).to.deep.equal(['## Status', '## Decision', '## Reason', '## Consequence']);
    });
  }
});
