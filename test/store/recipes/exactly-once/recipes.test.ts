import { expect } from 'chai';
import Database from 'libsql';
import pg from 'pg';
import {
  type Observable,
  ReplaySubject,
  Subject,
  defer,
  filter,
  firstValueFrom,
  lastValueFrom,
  of,
  take,
  toArray,
} from 'rxjs';
import { receiveIntoPostgres } from '../../../../examples/recipes/postgres-inbox.js';
import {
  outboxStore as postgresOutboxStore,
  relayPostgresOutbox,
} from '../../../../examples/recipes/postgres-outbox.js';
import type { PostgresStore } from '../../../../examples/recipes/postgres-store.js';
import { type OutboxRow, relayOutbox } from '../../../../examples/recipes/relay-outbox.js';
import { reopenOnError } from '../../../../examples/recipes/reopen-on-error.js';
import { receiveIntoSqlite } from '../../../../examples/recipes/sqlite-inbox.js';
import { relaySqliteOutbox, outboxStore as sqliteOutboxStore } from '../../../../examples/recipes/sqlite-outbox.js';
import type { MqttClient, MqttMessage, MqttOptions } from '../../../../src/index.js';
import { seeded } from '../../../broker/seeded.js';
import { closed, closedAfterEach, connected, failure, inState, settled } from '../../../broker/support.js';
import { type Proxy, startProxy } from '../../../broker/proxy.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../../../support/mosquitto.js';
import { describePostgres } from '../../../support/postgres.js';
import { type TestDatabase, startPostgresDatabase, startSqliteDatabase } from './databases.js';
import { until } from './until.js';
import { Machine } from '../../machine.js';

/** Runs in the transaction of a message, before its row is inserted. */
type BeforeRow = (db?: pg.Client) => unknown;

/** One program that uses the recipes of a database. */
interface Program {
  readonly options: MqttOptions;
  receive(client: MqttClient, beforeRow?: BeforeRow): Observable<MqttMessage>;
  relay(client: MqttClient): Observable<OutboxRow>;
  stop(): Promise<void>;
}

const clientId = 'program';

function sqliteProgram(address: string): Program {
  const db = new Database(address);
  const store = sqliteOutboxStore(db, address);
  const insert = db.prepare('INSERT INTO received (topic, payload) VALUES (?, ?)');
  return {
    options: { store },
    receive: (client, beforeRow) =>
      receiveIntoSqlite({ client, clientId, store }, 'in', ({ topic, payload }) => {
        beforeRow?.();
        insert.run(topic, Buffer.from(payload));
      }),
    relay: client => relaySqliteOutbox(client, db, 1),
    stop: () => Promise.resolve(),
  };
}

function postgresProgram(address: string): Program {
  const config = JSON.parse(address) as pg.ClientConfig;
  const pool = new pg.Pool(config);
  const store = postgresOutboxStore(config);
  return {
    options: { store },
    receive: (client, beforeRow) =>
      receiveIntoPostgres({ client, clientId, store }, 'in', async (db, { topic, payload }) => {
        await beforeRow?.(db);
        await db.query('INSERT INTO received (topic, payload) VALUES ($1, $2)', [topic, Buffer.from(payload)]);
      }),
    relay: client => relayPostgresOutbox(client, pool, 1),
    stop: () => pool.end(),
  };
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

const engines = {
  sqlite: { start: startSqliteDatabase, createProgram: sqliteProgram },
  postgres: { start: startPostgresDatabase, createProgram: postgresProgram },
};

function describeRecipes(engine: keyof typeof engines): void {
  const { start, createProgram } = engines[engine];
  let database: TestDatabase;
  let broker: Mosquitto;
  let proxy: Proxy;
  let program: Program;
  let client: MqttClient;
  let other: MqttClient;
  const createClient = closedAfterEach();

  before(async function () {
    this.timeout(60_000);
    database = await start();
  });
  after(() => database.stop());
  beforeEach(async () => {
    await database.clear();
    broker = await startMosquitto({ config: ['max_queued_messages 0'] });
    other = createClient(broker.url);
    proxy = await startProxy(broker.port);
    program = createProgram(database.address);
    client = createClient(proxy.url, { clientId, clean: false, queue: { maxMessages: 20 }, ...program.options });
  });
  afterEach(async () => {
    await Promise.all([client, other].map(closed));
    await program.stop();
    await proxy.stop();
    await broker.stop();
  });

  const send = (payload: string, qos: 1 | 2 = 2) => lastValueFrom(other.publish('in', payload, { qos }));
  /** Resolves when the client has received so many messages. */
  const received = (count: number, beforeRow?: BeforeRow) =>
    firstValueFrom(program.receive(client, beforeRow).pipe(take(count), toArray()));
  /** Subscribes to what the relay publishes. `texts` has the first so many. */
  const published = async (count: number) => {
    const messages = firstValueFrom(other.topic$('out', { qos: 2 }).pipe(take(count), toArray()));
    await settled(other, 'subscribe', 'out');
    return { texts: async () => (await messages).map(message => message.text()) };
  };
  /** Waits until messages that come too often would have come, too. */
  const nothingMore = async () => {
    await closed(client);
    await connected(client);
    const last = received(1);
    await send('last');
    await last;
  };

  it('receives what was published after an error, and has each row once', async () => {
    const error = failure(
      program.receive(client, () => {
        throw new Error('no');
      }),
    );
    await settled(client, 'subscribe', 'in');
    await send('0');
    expect(await error).to.include({ message: 'no' });
    await send('1');
    expect(await database.received()).to.deep.equal([]);
    await received(2);
    await nothingMore();
    expect(await database.received()).to.deep.equal(['0', '1', 'last']);
  });

  it('receives messages of QoS 1, too', async () => {
    const both = received(2);
    await settled(client, 'subscribe', 'in');
    await send('0', 1);
    await send('1', 2);
    await both;
    await nothingMore();
    expect(await database.received()).to.deep.equal(['0', '1', 'last']);
  });

  it('goes on by itself when the session was locked, and when transactions failed', async () => {
    const owner = createClient(broker.url, { clientId, clean: false, ...createProgram(database.address).options });
    await lastValueFrom(owner.restored$);
    let failures = 0;
    const failing = () => {
      if (failures++ < 2) throw new Error('no');
    };
    const locked = firstValueFrom(client.connection$.pipe(filter(({ status }) => status === 'closed')));
    const rows$ = reopenOnError(client, program.receive(client, failing), 1);
    const both = firstValueFrom(rows$.pipe(take(2), toArray()));
    expect(await locked).to.have.nested.property('error.code', 'STORE_IN_USE');
    await closed(owner);
    await settled(client, 'subscribe', 'in');
    await send('0');
    await send('1');
    await both;
    await nothingMore();
    expect(await database.received()).to.deep.equal(['0', '1', 'last']);
    expect(failures).to.be.above(2);
  });

  it('completes when the client is disconnected', async () => {
    const recipes: Observable<unknown>[] = [program.receive(client), program.relay(client)];
    const ended = recipes.map(recipe$ => lastValueFrom(reopenOnError(client, recipe$, 1), { defaultValue: undefined }));
    await settled(client, 'subscribe', 'in');
    await closed(client);
    expect(await Promise.all(ended)).to.deep.equal([undefined, undefined]);
  });

  it('publishes more rows than the queue has room for, after the broker was away', async () => {
    const all = await published(60);
    await proxy.stop();
    for (const payload of numbers(60)) await database.send(payload);
    const relayed = firstValueFrom(program.relay(client).pipe(take(60), toArray()));
    await inState(client, 'reconnecting');
    await proxy.start();
    expect(await relayed).to.have.length(60);
    expect(await all.texts()).to.deep.equal(numbers(60));
  });

  it('publishes each row once, though the relay is unsubscribed at any moment', async () => {
    const all = await published(41);
    for (const payload of numbers(40)) await database.send(payload);
    const random = seeded(1);
    const relay$ = program.relay(client);
    while ((await database.waiting()) > 0) {
      const relaying = relay$.subscribe();
      for (let turns = random() * 30; turns > 0; turns--) await new Promise(setImmediate);
      relaying.unsubscribe();
    }
    await database.send('last');
    const relaying = relay$.subscribe();
    expect(await all.texts()).to.deep.equal([...numbers(40), 'last']);
    relaying.unsubscribe();
  });

  it('stops at a row that cannot be published, and goes on when that is corrected', async () => {
    const all = await published(2);
    await database.send('0');
    await database.send('1', 'a/#');
    await database.send('2');
    const relay$ = program.relay(client);
    expect(await failure(relay$)).to.include({ code: 'INVALID_ARGUMENT', subject: 'a/#' });
    expect(await failure(relay$)).to.include({ code: 'INVALID_ARGUMENT', subject: 'a/#' });
    expect(await database.waiting()).to.equal(2);
    await database.delete('a/#');
    const relaying = relay$.subscribe();
    expect(await all.texts()).to.deep.equal(['0', '2']);
    relaying.unsubscribe();
  });

  if (engine === 'postgres') {
    /** A transaction that has begun and waits. */
    const heldTransaction = () => {
      const begun$ = new ReplaySubject<void>(1);
      const end$ = new Subject<never>();
      const beforeRow = () => {
        begun$.next();
        return lastValueFrom(end$, { defaultValue: undefined });
      };
      return { beforeRow, begun: () => firstValueFrom(begun$), end: () => end$.complete() };
    };

    it('has one row of a message whose stream was left in the middle of its transaction', async () => {
      const { beforeRow, begun, end } = heldTransaction();
      const stream = program.receive(client, beforeRow).subscribe();
      await settled(client, 'subscribe', 'in');
      await send('0');
      await begun();
      stream.unsubscribe();
      const again = received(1);
      end();
      await again;
      await nothingMore();
      expect(await database.received()).to.deep.equal(['0', 'last']);
    });

    it('finishes its transaction when the client is closed, and begins no other one', async () => {
      const { beforeRow, begun, end } = heldTransaction();
      const ended = lastValueFrom(program.receive(client, beforeRow).pipe(toArray()));
      await settled(client, 'subscribe', 'in');
      await Promise.all(numbers(5).map(payload => send(payload)));
      await begun();
      const closing = closed(client);
      end();
      await closing;
      expect(await ended).to.deep.equal([]);
      expect(await database.received()).to.deep.equal(['0']);
      await connected(client);
      await received(4);
      await nothingMore();
      expect(await database.received()).to.deep.equal([...numbers(5), 'last']);
    });

    it('writes no row of a message that became stale while it waited, because its session is lost', async () => {
      const { beforeRow, begun, end } = heldTransaction();
      const written = lastValueFrom(program.receive(client, beforeRow).pipe(toArray()));
      await settled(client, 'subscribe', 'in');
      await send('0');
      await send('1');
      await begun();
      const subscribedAgain = settled(client, 'subscribe', 'in');
      await broker.kill();
      await broker.restart();
      await subscribedAgain;
      end();
      // the row of a message that comes now is behind that of the stale one
      await send('2');
      await until(async () => (await database.received()).includes('2'));
      await closed(client);
      expect((await written).map(message => message.text()))
        .to.include('0')
        .and.not.to.include('1');
      await nothingMore();
      expect(await database.received()).to.deep.equal(['0', '2', 'last']);
    });

    it('does not acknowledge a message if a query has failed whose error was caught', async () => {
      const store = program.options.store as PostgresStore;
      const careless$ = receiveIntoPostgres({ client, clientId, store }, 'in', db =>
        db.query('SELECT 1 / 0').catch(() => undefined),
      );
      const error = failure(careless$);
      await settled(client, 'subscribe', 'in');
      await send('0');
      expect(await error).to.include({ message: 'a query in the transaction has failed' });
      await received(1);
      await nothingMore();
      expect(await database.received()).to.deep.equal(['0', 'last']);
    });

    it('goes on when the client is connected again, after the connection to the database was lost', async () => {
      const losing = program.receive(client, db => db!.query('SELECT pg_terminate_backend(pg_backend_pid())'));
      const error = failure(losing);
      await settled(client, 'subscribe', 'in');
      await send('0');
      expect(await error).to.be.an('error');
      // another owner may have the session now
      expect(await failure(program.receive(client))).to.be.an('error');
      expect(await database.received()).to.deep.equal([]);
      await closed(client);
      await connected(client);
      await received(1);
      await nothingMore();
      expect(await database.received()).to.deep.equal(['0', 'last']);
    });
  }
}

describe('the relay of an outbox', () => {
  it('reads no row before the store is open, because an earlier process could still mark it', () => {
    const machine = new Machine({ delay: () => 10 });
    let reads = 0;
    const rows$ = defer(() => (reads++, of([])));
    const relaying = relayOutbox(machine.start().client, () => rows$).subscribe();
    machine.run(5);
    expect(reads).to.equal(0);
    machine.run(100);
    expect(reads).to.equal(1);
    relaying.unsubscribe();
  });
});

describeMosquitto('the recipes of exactly once', () => {
  describe('SQLite', () => describeRecipes('sqlite'));
  describePostgres('PostgreSQL', () => describeRecipes('postgres'));
});
