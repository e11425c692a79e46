import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { optionChecks } from '../../src/client/options/checks/option-checks.js';
import { root } from './blocks.js';

describe('docs/options.md', () => {
  const [table = ''] = readFileSync(join(root, 'docs/options.md'), 'utf8').split('| URL ');
  const rows = table.split('\n').filter(line => line.startsWith('| `'));
  const names = (text: string) => [...text.matchAll(/`([\w$]+)`/g)].map(([, name]) => name);

  it('has a row for each option, and no other', () => {
    const named = rows.flatMap(row => names(row.split('|')[1]!));
    // in the row of keepalive
    expect(rows.join()).to.include('`idlePing` (s)');
    expect([...named, 'idlePing']).to.have.members(Object.keys(optionChecks));
  });
});
