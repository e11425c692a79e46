import type Database from 'libsql';
import { type Observable, of } from 'rxjs';
import type { MqttClient } from './library.js';
import { type OutboxRow, relayOutbox } from './relay-outbox.js';
import { SqliteStore } from './sqlite-store.js';

/** Your program inserts rows in its own transactions. */
export const outboxSchema = `CREATE TABLE IF NOT EXISTS outbox (
  id INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL, published INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (id) WHERE NOT published`;

/** The store of the client that publishes the rows, and only rows. */
export function outboxStore(db: Database.Database, path: string): SqliteStore {
  const mark = db.prepare('UPDATE outbox SET published = 1 WHERE id = ?');
  return new SqliteStore(db, path, { onStored: id => void mark.run(Number(id)) });
}

export function relaySqliteOutbox(client: MqttClient, db: Database.Database, every?: number): Observable<OutboxRow> {
  const select = db.prepare('SELECT id, topic, payload FROM outbox WHERE NOT published ORDER BY id LIMIT 100');
  return relayOutbox(client, () => of(select.all() as OutboxRow[]), every);
}
