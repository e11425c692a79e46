import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import pg from 'pg';
import { outboxSchema as postgresOutbox } from '../../../../examples/recipes/postgres-outbox.js';
import { outboxSchema as sqliteOutbox } from '../../../../examples/recipes/sqlite-outbox.js';
import { startPostgres } from '../../../support/postgres.js';

/** A database that lives as long as its test, with the tables of the recipes. */
export interface TestDatabase {
  /** As the program gets it. */
  readonly address: string;
  /** Inserts a row into the outbox table. */
  send(payload: string, topic?: string): Promise<void>;
  /** Deletes the rows of a topic from the outbox table. */
  delete(topic: string): Promise<void>;
  /** Returns the payloads of the table of received messages, in the order of the rows. */
  received(): Promise<string[]>;
  /** Returns the number of rows of the outbox table that are not published. */
  waiting(): Promise<number>;
  /** Deletes all rows and sessions. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

const clear = 'DELETE FROM received; DELETE FROM outbox; DROP TABLE IF EXISTS mqtt_session';

export async function startPostgresDatabase(): Promise<TestDatabase> {
  const server = startPostgres();
  const config = { host: server.directory, user: server.user, database: 'postgres' };
  const client = new pg.Client(config);
  await client.connect();
  await client.query(`CREATE TABLE received (id bigserial PRIMARY KEY, topic text, payload bytea); ${postgresOutbox}`);
  return {
    address: JSON.stringify(config),
    send: async (payload, topic = 'out') => {
      await client.query('INSERT INTO outbox (topic, payload) VALUES ($1, $2)', [topic, Buffer.from(payload)]);
    },
    delete: async topic => {
      await client.query('DELETE FROM outbox WHERE topic = $1', [topic]);
    },
    received: async () => {
      const { rows } = await client.query<{ payload: Buffer }>('SELECT payload FROM received ORDER BY id');
      return rows.map(({ payload }) => String(payload));
    },
    waiting: async () => {
      const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM outbox WHERE NOT published');
      return Number(rows[0]!.count);
    },
    clear: async () => {
      await client.query(clear);
    },
    stop: async () => {
      await client.end();
      server.stop();
    },
  };
}

export function startSqliteDatabase(): Promise<TestDatabase> {
  const directory = mkdtempSync(join(tmpdir(), 'exactly-once-'));
  const address = join(directory, 'db');
  const db = new Database(address, { timeout: 5000 });
  db.pragma('journal_mode = WAL');
  db.exec(`CREATE TABLE received (id INTEGER PRIMARY KEY, topic TEXT, payload BLOB); ${sqliteOutbox}`);
  const insert = db.prepare(`INSERT INTO outbox (topic, payload) VALUES (?, ?)`);
  return Promise.resolve({
    address,
    send: async (payload, topic = 'out') => void insert.run(topic, Buffer.from(payload)),
    delete: async topic => void db.prepare('DELETE FROM outbox WHERE topic = ?').run(topic),
    received: async () => {
      const rows = db.prepare('SELECT payload FROM received ORDER BY id').all() as { payload: ArrayBuffer }[];
      return rows.map(({ payload }) => Buffer.from(payload).toString());
    },
    waiting: async () => {
      const { count } = db.prepare('SELECT count(*) AS count FROM outbox WHERE NOT published').get() as {
        count: number;
      };
      return count;
    },
    clear: async () => void db.exec(clear),
    stop: async () => {
      db.close();
      rmSync(directory, { recursive: true });
    },
  });
}
