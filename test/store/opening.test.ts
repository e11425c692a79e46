import { expect } from 'chai';
import { EMPTY, NEVER, type Observable, type SchedulerLike, map, of, switchMap, throwError, timer } from 'rxjs';
import { SessionStore, type StoredSession } from '../../src/store/index.js';
import type { MqttError, OutboxEntry, Restored } from '../../src/index.js';
import { acks, connected, keys, received, records } from './flows.js';
import { Machine, type Process, watch } from './machine.js';

const shownEntry = ({ topic, qos, retain, bytes, tag, stage }: OutboxEntry) =>
  `${topic} ${qos}${retain ? ' retain' : ''} ${bytes} ${tag} ${stage}`;
const outbox = ({ client }: Process) => watch(client.outbox$, entries => entries.map(shownEntry).join(', '));
const restored = ({ client }: Process) =>
  watch(client.restored$, ({ clientId, waiting, inFlight, received, entries }: Restored) =>
    [clientId, waiting, inFlight, received, ...entries.map(shownEntry)].join(' | '),
  );
const code = ({ reached }: { reached: string }) => reached;

describe('a stored session when it is opened', () => {
  it('emits once what it is, to each subscriber, and needs no connection [S178]', () => {
    const machine = new Machine();
    const first = connected(machine, { topicAliases: false });
    machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
    machine.broker.inject({ fault: 'drop', packet: 'pubcomp', from: 'broker' });
    watch(first.client.publish('sent', 'x', { qos: 1, tag: 'a' }));
    watch(first.client.publish('released', 'x', { qos: 2, tag: 'b', retain: true }));
    machine.run(50);
    machine.broker.cut('me');
    machine.run(1);
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    watch(first.client.publish('waiting', 'xyz', { qos: 1 }));
    machine.run(50);
    first.kill();
    const second = machine.start({ autoConnect: false });
    const seen = restored(second);
    expect(seen).to.deep.equal([]);
    machine.run(50);
    const all = [
      ' | 1 | 2 | 0 | sent 1 5 a sent | released 2 retain 0 b received | waiting 1 10 undefined waiting',
      '|',
    ];
    expect(seen).to.deep.equal(all);
    expect(restored(second)).to.deep.equal(all);
    expect(second.client.connection.status).to.equal('idle');
  });

  it('settles on ack$ what an earlier process had published, of each stage, in its order [S178]', () => {
    const machine = new Machine();
    const first = connected(machine);
    machine.broker.inject({ fault: 'drop', packet: 'puback', from: 'broker' });
    machine.broker.inject({ fault: 'drop', packet: 'pubcomp', from: 'broker' });
    watch(first.client.publish('sent', 'x', { qos: 1, tag: 'a' }));
    watch(first.client.publish('released', 'x', { qos: 2, tag: 'b' }));
    machine.run(50);
    machine.broker.cut('me');
    machine.run(1);
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    watch(first.client.publish('waiting', 'x', { qos: 1, tag: 'c' }));
    machine.run(50);
    first.kill();
    const packets = received(machine);
    const second = machine.start();
    const settled = acks(second);
    const results = watch(
      second.client.publish('new', 'x', { qos: 1, tag: 'd' }),
      ({ reached, tag }) => `${reached} ${tag}`,
    );
    machine.run(3000);
    expect(settled).to.have.members([
      'sent delivered a',
      'released delivered b',
      'waiting delivered c',
      'new delivered d',
    ]);
    expect(packets.filter(each => /publish|pubrel/.test(each))).to.deep.equal([
      'publish sent #1 dup',
      'pubrel #2',
      'publish waiting #3',
      'publish new #4',
    ]);
    expect(results).to.deep.equal(['acknowledged d', '|']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('has nothing to emit without a store [S178]', () => {
    const machine = new Machine();
    const { store: _, ...options } = { store: undefined };
    const { client } = machine.start({ ...options, store: undefined as never });
    expect(watch(client.restored$)).to.deep.equal(['|']);
  });

  it('errors restored$ once the client is closed [S178]', () => {
    const machine = new Machine();
    const process = connected(machine);
    watch(process.client.disconnect());
    machine.run(100);
    expect(restored(process)).to.deep.equal(['!CLIENT_CLOSED']);
  });

  for (const autoConnect of [true, false]) {
    it(`puts messages that were published before behind those of the store, with autoConnect ${autoConnect} [S178]`, () => {
      const machine = new Machine();
      machine.broker.inject({ fault: 'unreachable', times: 100 });
      const first = machine.start();
      watch(first.client.publish('old', '', { qos: 1 }));
      machine.run(50);
      first.kill();
      const second = machine.start({ autoConnect });
      const seen = outbox(second);
      watch(second.client.publish('new', '', { qos: 1 }));
      machine.run(3);
      if (!autoConnect) expect(machine.broker.sessions).to.deep.equal([]);
      expect(seen[0]).to.equal('');
      machine.run(2);
      expect(seen.at(-1)!.replaceAll(/ 1 \d undefined \w+/g, '')).to.equal('old, new');
      machine.run(5);
      second.kill();
      const third = machine.start();
      expect(third.client.connection.status).to.equal('idle');
      const again = restored(third);
      machine.run(50);
      expect(again[0]!.replaceAll(/ 1 \d undefined \w+/g, '')).to.equal(' | 2 | 0 | 0 | old | new');
    });
  }
});

describe('outbox$', () => {
  it('emits the messages that have not settled, once for each turn in which they change [S178]', () => {
    const machine = new Machine();
    const process = connected(machine);
    const seen = outbox(process);
    watch(process.client.publish('a', 'x', { qos: 2, tag: 't' }));
    watch(process.client.publish('b', 'x', { qos: 1, retain: true }));
    machine.run(100);
    expect(seen).to.deep.equal(['', 'a 2 2 t sent, b 1 retain 2 undefined sent', 'a 2 0 t received', '']);
  });

  it('has no effect on what is stored while it comes and goes', () => {
    const machine = new Machine();
    const process = connected(machine);
    const subscription = process.client.outbox$.subscribe();
    watch(process.client.publish('a', 'x', { qos: 1 }));
    subscription.unsubscribe();
    machine.broker.inject({ fault: 'drop', packet: 'puback' });
    machine.run(20);
    expect(records(machine)).to.have.length(1);
  });
});

describe('discard()', () => {
  const start = (drop: 'puback' | 'pubrec' | 'pubcomp' | undefined, qos: 1 | 2) => {
    const machine = new Machine();
    const process = connected(machine);
    if (drop === undefined) {
      machine.broker.cut('me');
      machine.run(1);
      machine.broker.inject({ fault: 'unreachable', times: 1000 });
    } else machine.broker.inject({ fault: 'drop', packet: drop, from: 'broker' });
    const result = watch(process.client.publish('a', 'x', { qos, tag: 't' }), code);
    const settled = acks(process);
    machine.run(50);
    let entry: OutboxEntry | undefined;
    process.client.outbox$.subscribe(([first]) => (entry = first));
    return { machine, process, result, settled, entry: entry! };
  };

  it('rejects a message that waits, also in the store [S178]', () => {
    const { machine, process, result, settled, entry } = start(undefined, 2);
    expect(records(machine)).to.have.length(1);
    expect(process.client.discard(entry)).to.equal(true);
    expect(process.client.discard(entry)).to.equal(false);
    expect(result).to.deep.equal(['!MESSAGE_DISCARDED rejected']);
    expect(settled).to.deep.equal(['a rejected MESSAGE_DISCARDED t']);
    machine.run(50);
    expect(records(machine)).to.deep.equal([]);
  });

  it('has a message that was sent not sent again, also by the next process [S178]', () => {
    const { machine, process, entry } = start('puback', 1);
    expect(process.client.discard(entry)).to.equal(true);
    machine.run(50);
    process.kill();
    const packets = received(machine);
    const second = machine.start();
    const settled = acks(second);
    second.client.connect().subscribe();
    machine.run(100);
    expect(settled).to.deep.equal(['a indeterminate DELIVERY_GIVEN_UP t']);
    expect(packets).to.deep.equal(['connect']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('keeps the identifier of a QoS 2 message that was sent out of use, over a restart [S178]', () => {
    const { machine, process, entry } = start('pubrec', 2);
    expect(process.client.discard(entry)).to.equal(true);
    machine.run(50);
    process.kill();
    for (let i = 0; i < 2; i++) {
      const next = machine.start();
      next.client.connect().subscribe();
      const packets = received(machine);
      watch(next.client.publish('b', 'x', { qos: 2 }));
      machine.run(100);
      expect(packets.filter(each => each.startsWith('publish'))).to.deep.equal(['publish b #2']);
      expect(keys(machine)).to.include('s');
      next.kill();
    }
  });

  it('leaves a QoS 2 message to the broker that has received it [S178]', () => {
    const { machine, process, result, entry } = start('pubcomp', 2);
    expect(process.client.discard(entry)).to.equal(false);
    machine.broker.cut('me');
    machine.run(5000);
    expect(result).to.deep.equal(['acknowledged', '|']);
  });

  it('takes an entry of restored$ [S178]', () => {
    const { machine, process } = start(undefined, 1);
    process.kill();
    const second = machine.start({ autoConnect: false });
    const settled = acks(second);
    second.client.restored$.subscribe(({ entries }) => expect(second.client.discard(entries[0]!)).to.equal(true));
    machine.run(100);
    expect(settled).to.deep.equal(['a rejected MESSAGE_DISCARDED t']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('returns false for what has settled, and after the client is closed [S178]', () => {
    const { machine, process, entry } = start('puback', 1);
    machine.broker.cut('me');
    machine.run(5000);
    expect(process.client.discard(entry)).to.equal(false);
    const waiting = start(undefined, 1);
    watch(waiting.process.client.disconnect());
    waiting.machine.run(100);
    expect(waiting.process.client.discard(waiting.entry)).to.equal(false);
  });

  it('throws for any other object [S178]', () => {
    const { process, entry } = start(undefined, 1);
    for (const foreign of [{}, { ...entry }, null, 'a'] as never[])
      expect(() => process.client.discard(foreign)).to.throw(
        /discard\(\) takes an entry of 'outbox\$' or 'restored\$'/,
      );
  });
});

describe('a client with a store when it closes', () => {
  it('leaves its messages in the store, and goes on with them when it connects again [S119]', () => {
    const machine = new Machine();
    const process = connected(machine);
    machine.broker.inject({ fault: 'drop', packet: 'puback' });
    const sent = watch(process.client.publish('sent', 'x', { qos: 1 }), code);
    machine.run(50);
    machine.broker.cut('me');
    machine.broker.inject({ fault: 'unreachable', times: 1 });
    const waiting = watch(process.client.publish('waiting', 'x', { qos: 2 }), code);
    machine.run(50);
    const settled = acks(process);
    watch(process.client.disconnect());
    machine.run(50);
    expect([...sent, ...waiting]).to.deep.equal(['!CLIENT_CLOSED stored', '!CLIENT_CLOSED stored']);
    expect(records(machine)).to.have.length(2);
    process.client.connect().subscribe();
    machine.run(3000);
    expect(settled).to.deep.equal(['sent delivered', 'waiting delivered']);
    expect(records(machine)).to.deep.equal([]);
  });

  it('writes what it has accepted in the last turn [S119]', () => {
    const machine = new Machine();
    const process = connected(machine);
    machine.broker.cut('me');
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    machine.run(1);
    const result = watch(process.client.publish('a', 'x', { qos: 1 }), code);
    const ended = watch(process.client.disconnect());
    machine.run(50);
    expect(ended).to.deep.equal(['|']);
    expect(result[0]).to.match(/^!CLIENT_CLOSED (stored|indeterminate)$/);
    expect(records(machine)).to.have.length(1);
  });

  it('settles what no store keeps as rejected, on ack$ too [S119]', () => {
    const machine = new Machine();
    machine.broker.inject({ fault: 'unreachable', times: 100 });
    const process = machine.start();
    const settled = acks(process);
    const result = watch(process.client.publish('q0', 'x'), code);
    watch(process.client.disconnect());
    machine.run(50);
    expect(result).to.deep.equal(['!CLIENT_CLOSED rejected']);
    expect(settled).to.deep.equal(['q0 rejected CLIENT_CLOSED']);
  });

  it('opens the store again after it was closed while it opened [S119]', () => {
    const machine = new Machine({ delay: () => 10 });
    const process = machine.start();
    const states = watch(process.client.connection$, ({ status }) => status);
    process.client.connect().subscribe({ error: () => undefined });
    machine.run(5);
    watch(process.client.disconnect());
    machine.run(1);
    const connack = watch(process.client.connect(), () => 'connack');
    machine.run(200);
    expect(connack).to.deep.equal(['connack', '|']);
    expect(states.at(-1)).to.equal('|');
  });

  it('frees the session for another owner, also if it was closed while it opened [S119]', () => {
    const machine = new Machine({ delay: () => 10 });
    for (const ms of [0, 5, 15, 25, 100]) {
      const process = machine.start();
      watch(process.client.connect());
      machine.run(ms);
      const end = watch(process.client.disconnect());
      machine.run(200);
      expect(end).to.deep.equal(['|']);
    }
    expect(connected(machine).client.connection.status).to.equal('connected');
  });

  it('closes after 10 s if the store does not [S119]', () => {
    const machine = new Machine();
    const session: StoredSession = { load: () => EMPTY, write: () => EMPTY, close: () => NEVER };
    const store = new (class extends SessionStore {
      open = () => of(session);
    })();
    const process = connected(machine, { store });
    const end = watch(process.client.disconnect());
    machine.run(9_000);
    expect(end).to.deep.equal([]);
    machine.run(2_000);
    expect(end).to.deep.equal(['|']);
  });
});

describe('a store that cannot be opened', () => {
  let clock: SchedulerLike;
  /** A store that opens like this, after 1 ms. */
  const failing = (open: () => Observable<StoredSession>) =>
    new (class extends SessionStore {
      open = () => timer(1, clock).pipe(switchMap(open));
    })();
  const session = (parts: Partial<StoredSession> = {}): StoredSession => ({
    load: () => EMPTY,
    write: () => EMPTY,
    close: () => EMPTY,
    ...parts,
  });

  const cases: Readonly<Record<string, [code: string, store: SessionStore]>> = {
    'its open() errors': ['STORE_FAILED', failing(() => throwError(() => new Error('no disk')))],
    'its open() completes without a session': ['STORE_FAILED', failing(() => EMPTY)],
    'its open() gives nothing that can be loaded': ['STORE_FAILED', failing(() => of({} as StoredSession))],
    'its load() throws': [
      'STORE_FAILED',
      failing(() =>
        of(
          session({
            load: () => {
              throw new Error('no disk');
            },
          }),
        ),
      ),
    ],
    'its load() errors': ['STORE_FAILED', failing(() => of(session({ load: () => throwError(() => new Error('x')) })))],
    'its load() gives no list': ['STORE_FAILED', failing(() => of(session({ load: () => of(5 as unknown as []) })))],
    'its load() gives an entry without bytes': [
      'STORE_UNREADABLE',
      failing(() => of(session({ load: () => of([{ key: 'f', value: new Uint8Array() }]) }))),
    ],
  };

  for (const [name, [code, store]] of Object.entries(cases)) {
    it(`closes the client with ${code}: ${name} [S99]`, () => {
      const machine = new Machine();
      clock = machine.clock;
      const process = machine.start({ store });
      const states = watch(process.client.connection$, state =>
        state.status === 'closed' ? `closed ${state.error?.code}` : state.status,
      );
      const published = watch(process.client.publish('a', '', { qos: 1 }));
      const queued = watch(process.client.publish('b', '', { qos: 1, until: 'queued' }));
      const subscribed = watch(process.client.topic$('t'), () => '');
      const connack = watch(process.client.connect(), () => '');
      const found = restored(process);
      machine.run(100);
      expect(states).to.deep.equal(['idle', `closed ${code}`, '|']);
      expect([published, queued]).to.deep.equal([['!CLIENT_CLOSED rejected'], ['!CLIENT_CLOSED rejected']]);
      expect([subscribed, connack, found]).to.deep.equal([[`!${code}`], [`!${code}`], [`!${code}`]]);
      expect(machine.broker.sessions).to.deep.equal([]);
    });
  }

  it('has the cause, closes a session that it cannot read, and can be tried again [S99]', () => {
    const machine = new Machine();
    clock = machine.clock;
    let closed = 0;
    let isBroken = true;
    const cause = new Error('no disk');
    const store = failing(() =>
      of(
        session({
          load: () => (isBroken ? throwError(() => cause) : EMPTY),
          close: () => {
            closed++;
            return EMPTY;
          },
        }),
      ),
    );
    const process = machine.start({ store });
    let error: MqttError | undefined;
    process.client.restored$.subscribe({ error: (thrown: unknown) => (error = thrown as MqttError) });
    machine.run(10);
    expect(error).to.include({ code: 'STORE_FAILED', retryable: true, cause });
    expect(error!.message).to.equal('the store cannot be opened: no disk');
    expect(closed).to.equal(1);
    isBroken = false;
    const connack = watch(process.client.connect(), () => 'connack');
    machine.run(100);
    expect(connack).to.deep.equal(['connack', '|']);
  });

  it('closes the client in the same turn if its open() throws [S99]', () => {
    const machine = new Machine();
    const store = new (class extends SessionStore {
      open = (): Observable<StoredSession> => {
        throw new Error('no disk');
      };
    })();
    const process = machine.start({ store });
    expect(restored(process)).to.deep.equal(['!STORE_FAILED']);
    expect(process.client.connection.status).to.equal('closed');
  });

  it('takes the first session of an open() that emits twice', () => {
    const machine = new Machine();
    clock = machine.clock;
    let closed = 0;
    const close = () => {
      closed++;
      return EMPTY;
    };
    const store = failing(() => of(session({ close }), session({ close })));
    expect(connected(machine, { store }).client.connection.status).to.equal('connected');
    expect(closed).to.equal(0);
  });

  it('keeps the client waiting while its open() does not answer, and disconnect() ends that [S99]', () => {
    const machine = new Machine();
    clock = machine.clock;
    const process = machine.start({ store: failing(() => NEVER) });
    const published = watch(process.client.publish('a', '', { qos: 1, timeout: 50 }));
    machine.run(1000);
    expect(published).to.deep.equal(['!PUBLISH_TIMEOUT rejected']);
    const end = watch(process.client.disconnect());
    machine.run(11_000);
    expect(end).to.deep.equal(['|']);
  });

  it('is closed if its open() answers after the client has closed', () => {
    const machine = new Machine();
    clock = machine.clock;
    let closed = 0;
    const close = () => {
      closed++;
      return EMPTY;
    };
    const store = failing(() => timer(100, machine.clock).pipe(map(() => session({ close }))));
    const process = machine.start({ store });
    watch(process.client.connect(), () => '');
    machine.run(10);
    watch(process.client.disconnect());
    machine.run(20_000);
    expect(closed).to.equal(1);
  });

  it('is STORE_IN_USE for the second of two clients, at once [S99]', () => {
    const machine = new Machine();
    clock = machine.clock;
    connected(machine);
    const second = machine.start();
    const found = restored(second);
    machine.run(3);
    expect(found).to.deep.equal(['!STORE_IN_USE']);
    expect(second.client.connection).to.deep.include({ status: 'closed' });
  });
});
