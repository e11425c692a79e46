import { writeSync } from 'node:fs';
import Database from 'libsql';
import pg from 'pg';
import { type Observable, merge, tap } from 'rxjs';
import type { StoredSession } from '../../../../examples/recipes/library-store.js';
import { type MqttClient, MqttError, type MqttMessage, mqtt } from '../../../../examples/recipes/library.js';
import { receiveIntoPostgres } from '../../../../examples/recipes/postgres-inbox.js';
import {
  outboxStore as postgresOutboxStore,
  relayPostgresOutbox,
} from '../../../../examples/recipes/postgres-outbox.js';
import { PostgresStore } from '../../../../examples/recipes/postgres-store.js';
import { reopenOnError } from '../../../../examples/recipes/reopen-on-error.js';
import { receiveIntoSqlite } from '../../../../examples/recipes/sqlite-inbox.js';
import { relaySqliteOutbox, outboxStore as sqliteOutboxStore } from '../../../../examples/recipes/sqlite-outbox.js';
import { SqliteStore } from '../../../../examples/recipes/sqlite-store.js';
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

/** Makes the client, and says when it has opened its store and when it writes. */
function createClient(store: PostgresStore | SqliteStore): MqttClient {
  const { open } = store;
  store.open = async id => {
    const session: StoredSession = await open.call(store, id);
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
  };
  return mqtt(url, {
    clientId,
    clean: false,
    protocolVersion,
    deliverQos2,
    store,
    reconnect: { initial: 10, max: 50, jitter: 'none' },
  });
}

function onPostgres(): Observable<unknown> {
  const config = JSON.parse(database) as pg.ClientConfig;
  if (recipe === 'inbox') {
    class ObservedStore extends PostgresStore {
      override async runWithReceipt(...args: Parameters<PostgresStore['runWithReceipt']>) {
        await super.runWithReceipt(...args);
        say('c');
      }
    }
    const store = new ObservedStore(config);
    const client = createClient(store);
    const insert = async (db: pg.Client, { topic, payload }: MqttMessage) => {
      say('t');
      await db.query('INSERT INTO received (topic, payload) VALUES ($1, $2)', [topic, Buffer.from(payload)]);
      say('i');
    };
    return run(client, receiveIntoPostgres({ client, clientId, store }, 'in', insert));
  }
  const client = createClient(postgresOutboxStore(config));
  return run(client, relayPostgresOutbox(client, new pg.Pool(config), 5));
}

function onSqlite(): Observable<unknown> {
  const db = new Database(database, { timeout: 5000 });
  if (recipe === 'inbox') {
    class ObservedStore extends SqliteStore {
      override runWithReceipt(...args: Parameters<SqliteStore['runWithReceipt']>) {
        super.runWithReceipt(...args);
        say('c');
      }
    }
    const store = new ObservedStore(db, database);
    const client = createClient(store);
    const statement = db.prepare('INSERT INTO received (topic, payload) VALUES (?, ?)');
    const insert = ({ topic, payload }: MqttMessage) => {
      say('t');
      statement.run(topic, Buffer.from(payload));
      say('i');
    };
    return run(client, receiveIntoSqlite({ client, clientId, store }, 'in', insert));
  }
  const client = createClient(sqliteOutboxStore(db, database));
  return run(client, relaySqliteOutbox(client, db, 5));
}

/** Says when a message is acknowledged, or a row is stored as a message, and when the broker has the subscription. */
const run = (client: MqttClient, recipe$: Observable<unknown>): Observable<unknown> =>
  merge(
    client.ack$.pipe(
      tap(({ kind }) => {
        if (kind === 'subscribe') say('s');
      }),
    ),
    reopenOnError(
      client,
      recipe$.pipe(
        tap(() => say('a')),
        tap({ error: report }),
      ),
      20,
    ),
  );

/** Prints an error, unless PostgreSQL is still ending the session of the process before. */
function report(error: MqttError): void {
  if (![error, error.cause].some(each => MqttError.is(each, 'STORE_IN_USE'))) console.error(error);
}

say('p');
(given.engine === 'postgres' ? onPostgres() : onSqlite()).subscribe();
