import { writeSync } from 'node:fs';
import Database from 'libsql';
import pg from 'pg';
import { type Observable, ignoreElements, merge, tap } from 'rxjs';
import * as postgresInbox from '../../../../examples/recipes/postgres-inbox.js';
import * as postgresOutbox from '../../../../examples/recipes/postgres-outbox.js';
import { PostgresStore } from '../../../../examples/recipes/postgres-store.js';
import * as sqliteInbox from '../../../../examples/recipes/sqlite-inbox.js';
import * as sqliteOutbox from '../../../../examples/recipes/sqlite-outbox.js';
import { SqliteStore } from '../../../../examples/recipes/sqlite-store.js';
import type { StoreChange, StoredSession } from '../../../../examples/recipes/library-store.js';
import { type MqttClient, type MqttMessage, mqtt } from '../../../../examples/recipes/library.js';
import type { ProgramArguments, Step } from './killed-program.js';

// A program that is killed: it runs a recipe, and says each step that it takes.

const given = JSON.parse(process.argv[2]!) as ProgramArguments;
const { recipe, url, protocolVersion, deliverQos2, database, diesAt } = given;
const clientId = 'program';

let count = 0;
function say(step: Step): void {
  writeSync(1, step);
  if (diesAt?.step === 'any' || diesAt?.step === step) count++;
  if (count === diesAt?.count) process.kill(process.pid, 'SIGKILL');
}

/** Says when the client writes to its store. */
function observed(session: StoredSession): StoredSession {
  say('o');
  return {
    load: () => session.load(),
    close: () => session.close(),
    write: async changes => {
      say('w');
      await session.write(changes);
      say('d');
    },
  };
}

const connect = (store: PostgresStore | SqliteStore): MqttClient =>
  mqtt(url, {
    clientId,
    clean: false,
    ...(protocolVersion === 5 ? { sessionExpiry: 3600 } : {}),
    protocolVersion,
    deliverQos2,
    store,
    reconnect: { initial: 10, max: 50, jitter: 'none' },
  });

function onPostgres(): Observable<unknown> {
  const config = JSON.parse(database) as pg.ClientConfig;
  if (recipe === 'inbox') {
    class ObservedStore extends PostgresStore {
      override open = async (id: string) => observed(await super.open(id));
      override async write(id: string, changes: readonly StoreChange[], work: (db: pg.Client) => Promise<unknown>) {
        await super.write(id, changes, work);
        say('c');
      }
    }
    const store = new ObservedStore(config);
    const client = connect(store);
    const insert = async (db: pg.Client, { topic, payload }: MqttMessage) => {
      say('t');
      await db.query('INSERT INTO received (topic, payload) VALUES ($1, $2)', [topic, Buffer.from(payload)]);
      say('i');
    };
    return run(client, postgresInbox.receiveIntoPostgres({ client, clientId, store }, 'in', insert));
  }
  const store = postgresOutbox.outboxStore(config);
  const { open } = store;
  store.open = async id => observed(await open.call(store, id));
  const client = connect(store);
  return run(client, postgresOutbox.relayOutbox(client, new pg.Pool(config), 5));
}

function onSqlite(): Observable<unknown> {
  const db = new Database(database, { timeout: 5000 });
  if (recipe === 'inbox') {
    class ObservedStore extends SqliteStore {
      override open = async (id: string) => observed(await super.open(id));
      override write(id: string, changes: readonly StoreChange[], work: () => void) {
        super.write(id, changes, work);
        say('c');
      }
    }
    const store = new ObservedStore(db, database);
    const client = connect(store);
    const statement = db.prepare('INSERT INTO received (topic, payload) VALUES (?, ?)');
    const insert = ({ topic, payload }: MqttMessage) => {
      say('t');
      statement.run(topic, Buffer.from(payload));
      say('i');
    };
    return run(client, sqliteInbox.receiveIntoSqlite({ client, clientId, store }, 'in', insert));
  }
  const store = sqliteOutbox.outboxStore(db, database);
  const { open } = store;
  store.open = async id => observed(await open.call(store, id));
  const client = connect(store);
  return run(client, sqliteOutbox.relayOutbox(client, db, 5));
}

/** Says when a message is acknowledged, or a row is handed over, and when the broker has the subscription. */
const run = (client: MqttClient, recipe$: Observable<unknown>): Observable<unknown> =>
  merge(
    recipe$.pipe(tap(() => say('a'))),
    client.ack$.pipe(
      tap(({ kind }) => {
        if (kind === 'subscribe') say('s');
      }),
      ignoreElements(),
    ),
    client.connect().pipe(ignoreElements()),
  );

say('p');
(given.engine === 'postgres' ? onPostgres() : onSqlite()).subscribe();
