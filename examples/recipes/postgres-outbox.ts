import type pg from 'pg';
import type { Observable } from 'rxjs';
import type { MqttClient } from './library.js';
import { PostgresStore } from './postgres-store.js';
import { type OutboxRow, relayOutbox } from './relay-outbox.js';

/** Your program inserts rows in its own transactions. */
export const outboxSchema = `CREATE TABLE IF NOT EXISTS outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL, payload bytea NOT NULL,
  published boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (id) WHERE NOT published`;

/** The store of the client that publishes the rows, and only rows. */
export function outboxStore(config: pg.ClientConfig): PostgresStore {
  return new PostgresStore(config, {
    onStored: (db, id) => db.query('UPDATE outbox SET published = true WHERE id = $1', [id]),
  });
}

export function relayPostgresOutbox(client: MqttClient, db: pg.Pool, every?: number): Observable<OutboxRow> {
  const select = 'SELECT id, topic, payload FROM outbox WHERE NOT published ORDER BY id LIMIT 100';
  return relayOutbox(client, async () => (await db.query<OutboxRow>(select)).rows, every);
}
