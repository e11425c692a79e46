import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { pages } from '../../bench/report.js';

describe('docs/benchmarks.md', () => {
  it('has the tables and the drawing of docs/bench/results.json', async () => {
    for (const [path, text] of await pages()) expect(readFileSync(path, 'utf8')).to.equal(text);
  });
});
