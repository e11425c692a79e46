import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type HeapSnapshot, heapGrowth, heapTable } from '../../bench/clients/heap-table.js';

/** Each node: kind, name, id, bytes. */
const snapshotOf = (...nodes: readonly (readonly [0 | 1, number, number, number])[]): HeapSnapshot => ({
  snapshot: {
    meta: { node_fields: ['type', 'name', 'id', 'self_size'], node_types: [['object', 'string'], 'string'] },
  },
  nodes: nodes.flat(),
  strings: ['Kept', 'Added', '', 'text', 'other text'],
});

describe('the heap table of the bench', () => {
  const before = snapshotOf([0, 0, 1, 40], [1, 3, 3, 16]);
  const after = snapshotOf([0, 0, 1, 40], [1, 3, 3, 16], [1, 4, 5, 24], [0, 1, 7, 100], [0, 1, 9, 100], [0, 2, 11, 8]);

  it('counts what has been added, by constructor, the largest first', () => {
    expect(heapGrowth(before, after)).to.deep.equal([
      { kind: 'object', name: 'Added', count: 2, bytes: 200 },
      { kind: 'string', name: '', count: 1, bytes: 24 },
      { kind: 'object', name: '(unnamed)', count: 1, bytes: 8 },
      { kind: 'object', name: 'Kept', count: 0, bytes: 0 },
    ]);
  });

  it('prints the largest for one client, and the sum of all', () => {
    const lines = heapTable(heapGrowth(before, after), 2, 1).split('\n');
    expect(lines.map(line => line.trim().split(/\s+/))).to.deep.equal([
      ['bytes', 'objects', 'kind', 'name'],
      ['100', '1', 'object', 'Added'],
      ['116', 'all'],
    ]);
  });

  it('reads the snapshots of this version of Node', function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), 'heap-table-'));
    try {
      const program = `const { writeHeapSnapshot } = require('node:v8');
        class OneOfTheBench { number = 1; }
        writeHeapSnapshot('before');
        globalThis.held = Array.from({ length: 100 }, () => new OneOfTheBench());
        writeHeapSnapshot('after');`;
      // A process of its own has a heap that is small, whatever ran before.
      execFileSync(process.execPath, ['-e', program], { cwd: folder });
      const [earlier, later] = ['before', 'after'].map(
        name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as HeapSnapshot,
      );
      const found = heapGrowth(earlier!, later!).find(({ name }) => name === 'OneOfTheBench');
      expect(found).to.include({ kind: 'object', count: 100 });
      expect(found!.bytes).to.be.at.least(1600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
