import type pg from 'pg';
import { type Observable, concat, concatMap, defer, ignoreElements, repeat } from 'rxjs';
import type { MqttClient, PublishResult } from './library.js';
import { PostgresStore } from './postgres-store.js';

/** Your program inserts rows in its own transactions. */
export const outboxSchema = `CREATE TABLE IF NOT EXISTS outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL, payload bytea NOT NULL,
  handed_over boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (id) WHERE NOT handed_over`;

interface Row {
  readonly id: string;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** The store of the client: the session gets a message in the transaction that marks its row. */
export function outboxStore(config: pg.ClientConfig): PostgresStore {
  return new PostgresStore(config, {
    onStored: (db, id) => db.query('UPDATE outbox SET handed_over = true WHERE id = $1', [id]),
  });
}

/** Hands the rows over to the session, in order, and looks for new ones `every` so many ms. Errors if that fails: subscribe again. */
export function relayOutbox(client: MqttClient, db: pg.Pool, every = 1000): Observable<PublishResult> {
  const rows$ = defer(() =>
    db.query<Row>('SELECT id, topic, payload FROM outbox WHERE NOT handed_over ORDER BY id LIMIT 100'),
  );
  const handOver$ = rows$.pipe(
    concatMap(({ rows }) => rows),
    // The next row waits until this one is durable, so that an error changes no order.
    concatMap(({ id, topic, payload }) => client.publish(topic, payload, { qos: 2, tag: id, until: 'queued' })),
  );
  // The rows are read after the store is open: until then, a transaction of a dead process can still be about to mark one.
  return concat(client.restored$.pipe(ignoreElements()), handOver$.pipe(repeat({ delay: every })));
}
