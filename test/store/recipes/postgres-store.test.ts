import { expect } from 'chai';
import pg from 'pg';
import { from, lastValueFrom } from 'rxjs';
import { PostgresStore } from '../../../examples/recipes/postgres-store.js';
import { sessionStoreTests } from '../../../src/testing/index.js';
import { countAssertion } from '../../support/assertions.js';
import { describePostgres, startPostgres, type Postgres } from '../../support/postgres.js';

describePostgres('the recipe of a store in PostgreSQL', function () {
  let server: Postgres;
  before(function () {
    this.timeout(60_000);
    server = startPostgres();
  });
  after(() => server.stop());

  let stores = 0;
  const config = (application_name: string) => ({
    host: server.directory,
    user: server.user,
    database: 'postgres',
    application_name,
  });
  /** Runs as an administrator. */
  const query = async (text: string, values: unknown[] = []) => {
    const client = new pg.Client(config('administrator'));
    await client.connect();
    const { rows } = await client.query(text, values);
    await client.end();
    return rows as unknown[];
  };

  const names = new Map<unknown, string>();
  const tests = sessionStoreTests(
    () => {
      const name = `store-${stores++}`;
      const store = new PostgresStore(config(name));
      names.set(store, name);
      return store;
    },
    {
      // The server ends the session of a dead process in the same way.
      crash: async store => {
        const end = 'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1';
        await query(end, [names.get(store)]);
      },
    },
  );
  for (const { name, run } of tests) {
    it(name, () => {
      countAssertion();
      return run();
    });
  }

  it('marks the row of an outbox table in the same transaction', async () => {
    await query('CREATE TABLE outbox (tag text PRIMARY KEY, stored boolean NOT NULL DEFAULT false)');
    await query(`INSERT INTO outbox VALUES ('sale-1'), ('sale-2')`);
    const store = new PostgresStore(config('outbox'), {
      onStored: async (client, tag) => {
        const { rowCount } = await client.query('UPDATE outbox SET stored = true WHERE tag = $1', [tag]);
        if (rowCount === 0) throw new Error(`There is no row of ${tag}`);
      },
    });
    const session = await store.open('outbox');
    await session.write([{ type: 'put', key: 'q1', value: new Uint8Array(1), tag: 'sale-1' }]);
    const second = { type: 'put', key: 'q2', value: new Uint8Array(1), tag: 'sale-2' } as const;
    const unknown = { ...second, key: 'q3', tag: 'sale-3' };
    const error = await lastValueFrom(from(session.write([second, unknown]))).catch((thrown: unknown) => thrown);
    expect(error).to.include({ code: 'STORE_FAILED' });
    expect(await query('SELECT * FROM outbox ORDER BY tag')).to.deep.equal([
      { tag: 'sale-1', stored: true },
      { tag: 'sale-2', stored: false },
    ]);
    await session.close();
  });
});
