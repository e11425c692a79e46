import type pg from 'pg';
import type { Observable } from 'rxjs';
import { type AckableMessage, type MqttClient, json } from '../library.js';
import { type BatchOptions, writeBatches } from './batches.js';

/** A message can come twice, so a reading has a key: the second one is not inserted. */
export const readingSchema = `CREATE TABLE IF NOT EXISTS reading (
  sensor text, at timestamptz, celsius double precision NOT NULL, PRIMARY KEY (sensor, at)
)`;

interface Reading {
  readonly at: string;
  readonly celsius: number;
}

/** A message that the database would refuse must not be in a batch: it would fail again and again. */
const reading = json((value): Reading => {
  const { at, celsius } = value as Partial<Reading>;
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) throw new TypeError('at is an ISO date');
  if (typeof celsius !== 'number') throw new TypeError('celsius is a number');
  return { at: new Date(at).toISOString(), celsius };
});

/** Inserts `{ at, celsius }` of `sensors/<sensor>/reading`. Emits how many rows of each batch are new. */
export function readingsIntoPostgres(client: MqttClient, db: pg.Pool, options?: BatchOptions): Observable<number> {
  return writeBatches(client, 'sensors/+sensor/reading', reading, batch => insert(db, batch), options);
}

/** One statement is one transaction. If you need several, take a connection from the pool, and write BEGIN and COMMIT. */
async function insert(db: pg.Pool, batch: readonly AckableMessage<Reading>[]): Promise<number> {
  const { rowCount } = await db.query(
    `INSERT INTO reading SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::float8[]) ON CONFLICT DO NOTHING`,
    [
      batch.map(({ params }) => params.sensor),
      batch.map(({ value }) => value.at),
      batch.map(({ value }) => value.celsius),
    ],
  );
  return rowCount ?? 0;
}
