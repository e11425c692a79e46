import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import Database from 'libsql';
import { from, lastValueFrom } from 'rxjs';
import { SqliteStore } from '../../../examples/recipes/sqlite-store.js';
import { sessionStoreTests } from '../../../src/testing/index.js';
import { countAssertion } from '../../support/assertions.js';

describe('the recipe of a store in SQLite', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'sqlite-store-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  const path = () => join(directory, 'db');
  const openDatabase = () => {
    const db = new Database(path());
    db.pragma('journal_mode = WAL');
    return db;
  };

  for (const { name, run } of sessionStoreTests(() => new SqliteStore(openDatabase(), path()))) {
    it(name, () => {
      countAssertion();
      return run();
    });
  }

  it('keeps its files beside the database', async () => {
    const session = await new SqliteStore(openDatabase(), path()).open('a');
    expect(readdirSync(directory).filter(name => /^db-owner-[0-9a-f]{16}$/.test(name))).to.have.length(1);
    await session.close();
  });

  it('marks the row of an outbox table in the same transaction', async () => {
    const db = openDatabase();
    db.exec('CREATE TABLE outbox (tag TEXT PRIMARY KEY, stored INTEGER NOT NULL DEFAULT 0)');
    db.exec(`INSERT INTO outbox (tag) VALUES ('sale-1'), ('sale-2')`);
    const mark = db.prepare('UPDATE outbox SET stored = 1 WHERE tag = ?');
    const onStored = (tag: string) => {
      if (mark.run(tag).changes === 0) throw new Error(`There is no row of ${tag}`);
    };
    const session = await new SqliteStore(db, path(), { onStored }).open('outbox');
    await session.write([{ type: 'put', key: 'q1', value: new Uint8Array(1), tag: 'sale-1' }]);
    const second = { type: 'put', key: 'q2', value: new Uint8Array(1), tag: 'sale-2' } as const;
    const unknown = { ...second, key: 'q3', tag: 'sale-3' };
    const error = await lastValueFrom(from(session.write([second, unknown]))).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'STORE_FAILED' });
    expect(db.prepare('SELECT * FROM outbox ORDER BY tag').all()).to.deep.equal([
      { tag: 'sale-1', stored: 1 },
      { tag: 'sale-2', stored: 0 },
    ]);
    await session.close();
  });
});
