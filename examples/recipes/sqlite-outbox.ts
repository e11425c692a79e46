import type Database from 'libsql';
import { type Observable, concat, concatMap, defer, ignoreElements, repeat } from 'rxjs';
import type { MqttClient, PublishResult } from './library.js';
import { SqliteStore } from './sqlite-store.js';

/** Your program inserts rows in its own transactions. */
export const outboxSchema = `CREATE TABLE IF NOT EXISTS outbox (
  id INTEGER PRIMARY KEY, topic TEXT NOT NULL, payload BLOB NOT NULL, handed_over INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (id) WHERE NOT handed_over`;

interface Row {
  readonly id: number;
  readonly topic: string;
  readonly payload: ArrayBuffer;
}

/** The store of the client: the session gets a message in the transaction that marks its row. */
export function outboxStore(db: Database.Database, path: string): SqliteStore {
  db.exec(outboxSchema);
  const mark = db.prepare('UPDATE outbox SET handed_over = 1 WHERE id = ?');
  return new SqliteStore(db, path, { onStored: id => void mark.run(Number(id)) });
}

/** Hands the rows over to the session, in order, and looks for new ones `every` so many ms. Errors if that fails: subscribe again. */
export function relayOutbox(client: MqttClient, db: Database.Database, every = 1000): Observable<PublishResult> {
  const select = db.prepare('SELECT id, topic, payload FROM outbox WHERE NOT handed_over ORDER BY id LIMIT 100');
  const handOver$ = defer(() => select.all() as Row[]).pipe(
    // The next row waits until this one is durable, so that an error changes no order.
    concatMap(({ id, topic, payload }) => client.publish(topic, payload, { qos: 2, tag: String(id), until: 'queued' })),
  );
  return concat(client.restored$.pipe(ignoreElements()), handOver$.pipe(repeat({ delay: every })));
}
