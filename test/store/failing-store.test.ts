import { expect } from 'chai';
import { EMPTY, NEVER, type ObservableInput, first, of, throwError } from 'rxjs';
import type { MqttError, MqttOptions, MqttWarning } from '../../src/index.js';
import { SessionStore, type StoreChange, type StoredSession } from '../../src/store/index.js';
import { acks, connected, received, records } from './flows.js';
import { Machine, watch } from './machine.js';

const reached = ({ reached }: { reached: string }) => reached;
const full = new Error('the disk is full');

/** A machine whose disk is full for batches with certain changes while `fails` is true. */
function start(options: MqttOptions = {}, matches: (change: StoreChange) => boolean = () => true) {
  const disk = { isFull: false, delay: 2, batches: [] as number[] };
  const machine = new Machine({
    delay: () => disk.delay,
    beforeWrite: changes => {
      disk.batches.push(changes.length);
      if (disk.isFull && changes.some(matches)) throw full;
    },
  });
  const process = connected(machine, options);
  const warnings: MqttWarning[] = [];
  process.client.warning$.subscribe(warning => warnings.push(warning));
  return { machine, process, client: process.client, disk, warnings };
}

describe('a store that fails to write', () => {
  for (const qos of [1, 2] as const) {
    it(`rejects a QoS ${qos} message with its cause, and does not send it [S179]`, () => {
      const { machine, process, disk, warnings } = start();
      disk.isFull = true;
      const packets = received(machine);
      const settled = acks(process);
      let error: MqttError | undefined;
      process.client
        .publish('a', 'x', { qos, tag: 't' })
        .subscribe({ error: (thrown: unknown) => (error = thrown as MqttError) });
      const queued = watch(process.client.publish('b', 'x', { qos, until: 'queued' }), reached);
      machine.run(100);
      expect(error).to.include({ code: 'STORE_FAILED', delivery: 'rejected', retryable: true, cause: full });
      expect(queued).to.deep.equal(['!STORE_FAILED rejected']);
      expect(settled).to.deep.equal(['a rejected STORE_FAILED t', 'b rejected STORE_FAILED']);
      expect(packets).to.deep.equal([]);
      expect(warnings.map(({ code }) => code)).to.deep.equal(['STORE_FAILED']);
    });
  }

  it('lets QoS 0 go on [S179]', () => {
    for (const offlineQos0 of ['queue', 'refuse'] as const) {
      const { machine, client, disk } = start({ queue: { offlineQos0 } });
      disk.isFull = true;
      const result = watch(client.publish('q0', 'x'), reached);
      machine.run(10);
      expect(result).to.deep.equal(['acknowledged', '|']);
    }
  });

  it('settles a QoS 0 message once that it rejects while it waits to leave the store [S179]', () => {
    const { machine, process, disk } = start({ queue: { offlineQos0: 'queue' } });
    machine.broker.cut('me');
    machine.run(5);
    const settled = acks(process);
    disk.isFull = true;
    disk.delay = 50;
    const result = watch(process.client.publish('a', 'x'), reached);
    // the connection is there before the batch with the message has failed
    process.client.reconnect().subscribe();
    machine.run(60);
    expect(result).to.deep.equal(['!STORE_FAILED rejected']);
    machine.broker.cut('me');
    disk.isFull = false;
    const packets = received(machine);
    machine.run(5000);
    expect(settled).to.deep.equal(['a rejected STORE_FAILED']);
    expect(packets.filter(packet => packet.startsWith('publish'))).to.deep.equal([]);
  });

  it('rejects messages without a try once 1,000 changes wait for it, until it works again [S179]', () => {
    const { machine, client, disk } = start();
    const largest = () => Math.max(...disk.batches);
    disk.isFull = true;
    const outcomes = new Map<string, number>();
    const publish = (topic: string) =>
      client.publish(topic, 'x', { qos: 1 }).subscribe({
        next: () => outcomes.set('delivered', (outcomes.get('delivered') ?? 0) + 1),
        error: (error: unknown) => {
          const { code, delivery } = error as MqttError;
          outcomes.set(`${code} ${delivery}`, (outcomes.get(`${code} ${delivery}`) ?? 0) + 1);
        },
      });
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 100; j++) publish(`a/${i}/${j}`);
      machine.run(3);
    }
    machine.run(1100);
    expect(outcomes).to.deep.equal(new Map([['STORE_FAILED rejected', 3000]]));
    disk.isFull = false;
    machine.run(2000);
    expect(largest()).to.be.below(2500);
    expect(records(machine)).to.deep.equal([]);
    outcomes.clear();
    publish('b');
    machine.run(100);
    expect(outcomes).to.deep.equal(new Map([['delivered', 1]]));
  });

  for (const offlineQos0 of ['queue', 'refuse'] as const)
    it(`does not count QoS 0 messages that it lets go on, offlineQos0 '${offlineQos0}' [S179]`, () => {
      const { machine, client, disk } = start({ queue: { offlineQos0 } });
      disk.isFull = true;
      watch(client.publish('a', 'x', { qos: 1 }), reached);
      machine.run(10);
      for (let i = 0; i < 15; i++) {
        for (let j = 0; j < 100; j++) watch(client.publish('q0', 'x'), reached);
        machine.run(3);
      }
      disk.isFull = false;
      const result = watch(client.publish('a', 'x', { qos: 1 }), reached);
      machine.run(100);
      expect(result).to.deep.equal(['acknowledged', '|']);
      expect(records(machine)).to.deep.equal([]);
    });

  it('counts QoS 0 messages that it has to store first [S179]', () => {
    const { machine, client, disk } = start({ queue: { offlineQos0: 'queue', maxMessages: 10_000 } });
    machine.broker.cut('me');
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    machine.run(5);
    disk.isFull = true;
    const outcomes: string[][] = [];
    for (let i = 0; i < 30; i++) {
      for (let j = 0; j < 100; j++) outcomes.push(watch(client.publish('q0', 'x'), reached));
      machine.run(5);
    }
    expect(outcomes.flat()).to.deep.equal(outcomes.map(() => '!STORE_FAILED rejected'));
    expect(Math.max(...disk.batches)).to.be.below(2500);
  });

  it('gives publishAll a rejection as a value [S179]', () => {
    const { machine, client, disk } = start();
    disk.isFull = true;
    const outcomes = watch(client.publishAll([{ topic: 'a', qos: 1 }]), ({ status }) => status);
    machine.run(10);
    expect(outcomes).to.deep.equal(['rejected', '|']);
  });

  it('warns once until the next success, and again after it [S179]', () => {
    const { machine, client, disk, warnings } = start();
    for (let round = 1; round <= 2; round++) {
      disk.isFull = true;
      for (let i = 0; i < 3; i++) {
        watch(client.publish('a', 'x', { qos: 1 }), reached);
        machine.run(1500);
      }
      expect(warnings).to.have.length(round);
      disk.isFull = false;
      const result = watch(client.publish('a', 'x', { qos: 1 }), reached);
      machine.run(1500);
      expect(result).to.deep.equal(['acknowledged', '|']);
    }
    expect(records(client && machine)).to.deep.equal([]);
    expect(warnings[0]!.message).to.contain('the disk is full').and.to.contain('until it works again');
  });

  it('tries again after a second, without a new message [S179]', () => {
    const { machine, client, disk } = start();
    machine.broker.cut('me');
    machine.run(1);
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    const result = watch(client.publish('a', 'x', { qos: 1 }), reached);
    machine.run(20);
    disk.isFull = true; // the packet identifier cannot be stored
    machine.run(5000);
    expect(result).to.deep.equal([]);
    disk.isFull = false;
    machine.run(1100);
    expect(result).to.deep.equal(['acknowledged', '|']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('settles a message that expires while its packet identifier cannot be stored, and does not send it [S39]', () => {
    const { machine, process, client, disk } = start();
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    machine.broker.cut('me');
    machine.run(1);
    const properties = { messageExpiryInterval: 3 };
    const result = watch(client.publish('a', 'x', { qos: 2, properties }), reached);
    const settled = acks(process);
    const packets = received(machine);
    machine.run(20);
    disk.isFull = true;
    machine.run(4000);
    expect(client.connection.status).to.equal('connected');
    disk.isFull = false;
    machine.run(5000);
    expect(packets.filter(each => each.startsWith('publish'))).to.deep.equal([]);
    expect(settled).to.deep.equal(['a rejected MESSAGE_EXPIRED']);
    expect(result).to.deep.equal(['!MESSAGE_EXPIRED rejected']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('does not send a message that expires after the connection has ended on which it was held back [S39]', () => {
    const { machine, process, client, disk } = start();
    disk.delay = 50;
    const properties = { messageExpiryInterval: 3 };
    const result = watch(client.publish('a', 'x', { qos: 1, properties }), reached);
    const settled = acks(process);
    const packets = received(machine);
    machine.run(10);
    machine.broker.inject({ fault: 'unreachable', times: 3 });
    machine.broker.cut('me');
    machine.run(20_000);
    expect(client.connection.status).to.equal('connected');
    expect(packets.filter(each => each.startsWith('publish'))).to.deep.equal([]);
    expect(settled).to.deep.equal(['a rejected MESSAGE_EXPIRED']);
    expect(result).to.deep.equal(['!MESSAGE_EXPIRED rejected']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('sends what waits for the place of a message that it rejects [S179]', () => {
    const { machine, client, disk } = start({ maxInFlight: 1 });
    disk.delay = 10;
    disk.isFull = true;
    const first = watch(client.publish('a', 'x', { qos: 1 }), reached);
    machine.run(5);
    const second = watch(client.publish('b', 'x', { qos: 1 }), reached);
    machine.run(10);
    disk.isFull = false;
    machine.run(5000);
    expect(first).to.deep.equal(['!STORE_FAILED rejected']);
    expect(second).to.deep.equal(['acknowledged', '|']);
  });

  for (const [stage, packet, held] of [
    ['its packet identifier', 'publish', 'publish a #1'],
    ['its release', 'pubrel', 'pubrel #1'],
  ] as const) {
    it(`holds a message back that it has, and not yet ${stage} [S179]`, () => {
      let isFull = false;
      const machine = new Machine({
        beforeWrite: changes => {
          if (isFull && changes.some(({ type, key }) => type === 'put' && /^[mp]/.test(key))) throw full;
        },
      });
      machine.broker.inject({ fault: 'unreachable', times: 1 });
      const process = machine.start();
      const result = watch(process.client.publish('a', 'x', { qos: 2 }), reached);
      machine.run(20);
      const packets = received(machine);
      if (packet === 'publish') isFull = true;
      else
        machine.broker.packet$.pipe(first(({ packet: { cmd } }) => cmd === 'publish')).subscribe(() => (isFull = true));
      machine.run(3000);
      expect(packets.some(each => each.startsWith(packet))).to.equal(false);
      process.kill();
      expect(records(machine)).to.have.length(packet === 'publish' ? 1 : 2);
      isFull = false;
      const next = machine.start();
      const settled = acks(next);
      next.client.connect().subscribe();
      machine.run(1000);
      expect(packets.find(each => each.startsWith(packet))?.replace(' dup', '')).to.equal(held);
      expect(settled).to.deep.equal(['a delivered']);
      expect(result).to.deep.equal([]);
    });
  }

  it('keeps a message that it cannot delete, and deletes it later [S179]', () => {
    const { machine, client, disk } = start({}, ({ type }) => type === 'del');
    disk.isFull = true;
    const result = watch(client.publish('a', 'x', { qos: 1 }), reached);
    machine.run(100);
    expect(result).to.deep.equal(['acknowledged', '|']);
    expect(records(machine)).to.have.length(1);
    disk.isFull = false;
    machine.run(1500);
    expect(records(machine)).to.deep.equal([]);
  });

  it('does not acknowledge a QoS 2 message whose receipt it cannot write [S179]', () => {
    const { machine, client, disk } = start();
    const got = watch(client.topic$('t', { qos: 2 }), ({ topic }) => topic);
    machine.run(50);
    disk.isFull = true;
    const packets = received(machine);
    machine.broker.publish('t', 'x', { qos: 2 });
    machine.run(3000);
    expect([got, packets]).to.deep.equal([['t'], []]);
    disk.isFull = false;
    machine.run(2000);
    expect(packets).to.deep.equal(['pubrec #1', 'pubcomp #1']);
    expect(got).to.deep.equal(['t']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('rejects what it could not write before, and keeps what it has, when the client closes [S179]', () => {
    const { machine, client, disk } = start();
    machine.broker.cut('me');
    machine.run(1);
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    const durable = watch(client.publish('durable', 'x', { qos: 1 }), reached);
    machine.run(20);
    disk.isFull = true;
    const last = watch(client.publish('last', 'x', { qos: 1 }), reached);
    const end = watch(client.disconnect());
    machine.run(20_000);
    expect(end).to.deep.equal(['|']);
    expect(durable).to.deep.equal(['!CLIENT_CLOSED stored']);
    expect(last[0]).to.be.oneOf(['!STORE_FAILED rejected', '!CLIENT_CLOSED indeterminate']);
    expect(records(machine)).to.have.length(1);
  });

  it('is written once more when the client closes, then given up with a warning [S179]', () => {
    for (const failures of [1, 2]) {
      let left = 0;
      let batches = 0;
      const machine = new Machine({
        beforeWrite: () => {
          batches++;
          if (left-- > 0) throw full;
        },
      });
      const { client } = connected(machine);
      const warnings = watch(client.warning$, ({ code, message }) => `${code} ${message}`);
      machine.broker.cut('me');
      machine.run(1);
      machine.broker.inject({ fault: 'unreachable', times: 100 });
      machine.run(20);
      left = failures;
      batches = 0;
      // the batch is being written when the client closes
      watch(client.publish('a', 'x', { qos: 1 }), reached);
      machine.run(1);
      const end = watch(client.disconnect());
      machine.run(100);
      expect(end).to.deep.equal(['|']);
      expect(batches).to.equal(2);
      expect(records(machine)).to.have.length(failures === 1 ? 1 : 0);
      expect(warnings.filter(each => each.includes('the store cannot write'))).to.have.length(failures === 1 ? 0 : 1);
    }
  });

  it('has written a random client id and the number of the session with its next success [S179]', () => {
    let isFull = true;
    const machine = new Machine({
      beforeWrite: () => {
        if (isFull) throw full;
      },
    });
    const { client } = connected(machine, { clientId: undefined as never });
    machine.run(1500);
    expect([...machine.store.entriesOf('').keys()]).to.deep.equal([]);
    isFull = false;
    machine.run(1500);
    expect([...machine.store.entriesOf('').keys()].sort()).to.deep.equal(['c', 'e', 'f']);
    expect(client.connection.status).to.equal('connected');
  });

  it('does not make the number of a session go back [S176]', () => {
    const machine = new Machine();
    const { client } = connected(machine);
    const numbers: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      machine.run(2000);
      numbers.push(machine.store.entriesOf('me').get('e')?.at(-1));
      machine.replaceBroker();
    }
    expect(numbers).to.deep.equal([1, 2, 3]);
    expect(client.connection.status).to.not.equal('closed');
  });

  const odd: Readonly<Record<string, () => ObservableInput<unknown>>> = {
    throws: () => {
      throw full;
    },
    'returns nothing': () => undefined as unknown as ObservableInput<unknown>,
    'errors with nothing': () => throwError(() => undefined),
  };
  for (const [name, write] of Object.entries(odd)) {
    it(`is one whose write() ${name} [S179]`, async () => {
      const machine = new Machine();
      const session: StoredSession = { load: () => EMPTY, write, close: () => EMPTY };
      const store = new (class extends SessionStore {
        open = () => of(session);
      })();
      const { client } = connected(machine, { store });
      const warnings = watch(client.warning$, ({ code }) => code);
      const result = watch(client.publish('a', '', { qos: 1 }), reached);
      for (let i = 0; i < 3; i++) {
        machine.run(10);
        await Promise.resolve();
      }
      machine.run(10);
      expect(result).to.deep.equal(['!STORE_FAILED rejected']);
      expect(warnings.every(each => each === 'STORE_FAILED')).to.equal(true);
    });
  }

  it('is not one whose write() emits before it completes', () => {
    const machine = new Machine();
    const session: StoredSession = { load: () => EMPTY, write: () => of(1, 2, 3), close: () => EMPTY };
    const store = new (class extends SessionStore {
      open = () => of(session);
    })();
    const { client } = connected(machine, { store });
    const packets = received(machine);
    const result = watch(client.publish('a', '', { qos: 1 }), reached);
    machine.run(50);
    expect(result).to.deep.equal(['acknowledged', '|']);
    expect(packets).to.deep.equal(['publish a #1']);
  });

  it('sends nothing of QoS 1 and 2 while its write() does not answer, and closes all the same [S179]', () => {
    const machine = new Machine();
    const session: StoredSession = { load: () => EMPTY, write: () => NEVER, close: () => EMPTY };
    const store = new (class extends SessionStore {
      open = () => of(session);
    })();
    const { client } = connected(machine, { store, ackTimeout: 1000 });
    const packets = received(machine);
    const result = watch(client.publish('a', '', { qos: 1, timeout: 60_000 }), reached);
    machine.run(100_000);
    expect(packets.filter(each => each.startsWith('pub'))).to.deep.equal([]);
    expect(result).to.deep.equal(['!PUBLISH_TIMEOUT indeterminate']);
    const end = watch(client.disconnect());
    machine.run(11_000);
    expect(end).to.deep.equal(['|']);
  });
});
