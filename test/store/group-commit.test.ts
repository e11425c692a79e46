import { expect } from 'chai';
import { EMPTY, VirtualTimeScheduler, of, tap, timer } from 'rxjs';
import { Journal } from '../../src/store/journal.js';
import { SessionStore, type StoreChange, type StoredSession } from '../../src/store/index.js';
import { message } from '../protocol/support.js';
import { connected, records } from './flows.js';
import { SynchronousStore, journalConfig } from './loading.js';
import { Machine, watch } from './machine.js';

const reached = ({ reached }: { reached: string }) => reached;

/** A machine whose batches take 10 ms, and the kinds of changes of each batch. */
function start(options: Parameters<Machine['start']>[0] = {}) {
  const batches: string[] = [];
  const machine = new Machine({
    delay: () => 10,
    beforeWrite: changes => {
      // the first batch also has what the session began with
      const own = changes.filter(({ key }) => /^[mprs]/.test(key));
      if (own.length > 0) batches.push(own.map(({ type, key }) => `${type} ${key[0]}`).join(', '));
    },
  });
  const process = machine.start(options);
  process.client.connect().subscribe();
  machine.run(100);
  return { machine, process, client: process.client, batches };
}

describe('the batches of a store', () => {
  it('do not gather QoS 0 messages that are never stored, which could be very many while a batch is being written', () => {
    for (const keepsQos0 of [false, true]) {
      const journal = new Journal(
        new SynchronousStore(),
        journalConfig({ keepsQos0, tick: new VirtualTimeScheduler() }),
      );
      journal.open().subscribe();
      journal.recordOutgoing(message('a', { qos: 0 }));
      expect(journal.pendingBatch).to.equal(keepsQos0 ? 1 : 0);
    }
  });

  it('hold all changes of one turn [S172]', () => {
    const { machine, client, batches } = start();
    for (const topic of ['a', 'b', 'c']) watch(client.publish(topic, '', { qos: 1 }));
    machine.run(15);
    expect(batches).to.deep.equal(['put m, put m, put m']);
  });

  it('gather while one is being written, and follow each other in the order of events [S172]', () => {
    const { machine, client, batches } = start();
    machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
    watch(client.publish('0', '', { qos: 1 }));
    for (let i = 1; i <= 8; i++) {
      machine.run(1);
      watch(client.publish(`${i}`, '', { qos: 1 }));
    }
    machine.run(20);
    expect(batches[0]).to.equal('put m');
    expect(batches[1]!.match(/put m/g)).to.have.length(8);
    const topics = machine.store.entriesOf('me');
    const sequence = [...topics]
      .filter(([key]) => key.startsWith('m'))
      .map(([, value]) => String.fromCharCode(value[5]!));
    expect(sequence).to.deep.equal([...sequence].sort());
  });

  it('are written one at a time [S172]', () => {
    let writing = 0;
    let most = 0;
    const machine = new Machine();
    const session: StoredSession = {
      load: () => EMPTY,
      write: () => {
        most = Math.max(most, ++writing);
        return timer(10, machine.clock).pipe(tap(() => writing--));
      },
      close: () => EMPTY,
    };
    const store = new (class extends SessionStore {
      open = () => of(session);
    })();
    const { client } = connected(machine, { store });
    const results = Array.from({ length: 50 }, () => {
      machine.run(3);
      return watch(client.publish('a', '', { qos: 2 }), reached);
    });
    machine.run(1000);
    expect(results.every(([first]) => first === 'acknowledged')).to.equal(true);
    expect(most).to.equal(1);
  });

  it('are bounded by queue: what is not durable yet counts while it waits [S172]', () => {
    const { machine, client } = start({ queue: { maxMessages: 3 }, autoConnect: false });
    machine.broker.cut('me');
    machine.run(1);
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    const results = Array.from({ length: 5 }, () =>
      watch(client.publish('a', '', { qos: 1, until: 'queued' }), reached),
    );
    machine.run(100);
    expect(results.map(([first]) => first)).to.deep.equal([
      'queued',
      'queued',
      'queued',
      '!QUEUE_FULL rejected',
      '!QUEUE_FULL rejected',
    ]);
    expect(records(machine)).to.have.length(3);
  });

  it('have nothing of a message that settles before its first batch [S174]', () => {
    const { machine, client, batches } = start();
    machine.broker.cut('me');
    machine.run(1);
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    const writes = batches.length;
    client.publish('a', '', { qos: 1 }).subscribe().unsubscribe();
    machine.run(50);
    expect(batches.slice(writes)).to.deep.equal([]);
  });

  for (const qos of [1, 2] as const) {
    it(`delete a QoS ${qos} message with the batch of its settlement [S174]`, () => {
      const { machine, client, batches } = start();
      machine.broker.inject({ fault: 'delay', packet: qos === 1 ? 'puback' : 'pubcomp', from: 'broker', ms: 5 });
      watch(client.publish('a', '', { qos }));
      machine.run(100);
      expect(batches).to.deep.equal(qos === 1 ? ['put m', 'del m'] : ['put m', 'put m', 'del m']);
      expect(records(machine)).to.deep.equal([]);
    });
  }

  it('write a waiting message once, and its packet identifier in a record of its own [S174]', () => {
    const { machine, client, batches } = start();
    machine.broker.cut('me');
    machine.run(1);
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    watch(client.publish('a', new Uint8Array(1000), { qos: 1 }));
    machine.run(5000);
    expect(batches).to.deep.equal(['put m', 'put p', 'del m, del p']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('leave a small store behind after a burst [S174]', () => {
    const { machine, client } = start({ queue: { maxMessages: 20_000 } });
    const outcomes = watch(
      client.publishAll(Array.from({ length: 10_000 }, (_, i) => ({ topic: `t/${i}`, qos: (1 + (i % 2)) as 1 | 2 }))),
      ({ status }) => status,
    );
    machine.run(60_000);
    expect(outcomes.filter(each => each === 'published')).to.have.length(10_000);
    expect([...machine.store.entriesOf('me').keys()]).to.have.members(['e', 'f']);
  });
});

describe('a store in use', () => {
  it('is read once, when it is opened [S173]', () => {
    const machine = new Machine();
    let loads = 0;
    const open = machine.store.open.bind(machine.store);
    machine.store.open = clientId => {
      loads++;
      return open(clientId);
    };
    const { client } = connected(machine);
    watch(client.publish('a', '', { qos: 2 }));
    machine.run(50);
    machine.broker.cut('me');
    machine.run(5000);
    watch(client.outbox$, () => '');
    watch(client.restored$, () => '');
    watch(client.publish('b', '', { qos: 1 }));
    machine.run(50);
    expect(loads).to.equal(1);
  });

  it('does not decide what the client does: its entries may be lost while it runs [S173]', () => {
    const machine = new Machine();
    machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
    const { client } = connected(machine);
    const result = watch(client.publish('a', '', { qos: 1 }), reached);
    machine.run(50);
    machine.store.entriesOf('me').clear();
    machine.broker.cut('me');
    machine.run(5000);
    expect(result).to.deep.equal(['acknowledged', '|']);
  });

  it('gets the tag of a message with the change that adds it, and not again [S177]', () => {
    const tags: (string | undefined)[] = [];
    const machine = new Machine({
      beforeWrite: changes =>
        tags.push(...changes.filter(({ key }) => key.startsWith('m')).map(change => tagOf(change))),
    });
    const { client } = connected(machine);
    watch(client.publish('a', '', { qos: 2, tag: 'sale-4711' }));
    machine.run(100);
    expect(tags).to.deep.equal(['sale-4711', undefined, undefined]);
  });
});

const tagOf = (change: StoreChange) => (change.type === 'put' ? change.tag : undefined);
