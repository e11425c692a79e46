import { expect } from 'chai';
import {
  NEVER,
  type SchedulerLike,
  Subject,
  VirtualTimeScheduler,
  asyncScheduler,
  concat,
  firstValueFrom,
  from,
  lastValueFrom,
  noop,
  of,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import {
  type Link,
  type MqttClient,
  type MqttError,
  type MqttOptions,
  type OutgoingMessage,
  type PublishOutcome,
  type Transport,
  mqtt,
} from '../../src/index.js';
import { peerReads } from '../codec/peer.js';
import { connack, publish } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';

const COUNT = 20_000;
const QUEUE = { maxMessages: 2 * COUNT, maxBytes: 1e9, offlineQos0: 'queue' } as const;

/** A broker in memory that accepts, and whose link takes everything. */
function broker(scheduler: SchedulerLike = asyncScheduler) {
  const topics: string[] = [];
  const onPublish$ = new Subject<void>();
  let toClient$ = new Subject<Uint8Array>();
  const transport: Transport = () => {
    toClient$ = new Subject<Uint8Array>();
    const link: Link = {
      data$: toClient$,
      drain$: NEVER,
      write: chunk => {
        for (const packet of peerReads(5, chunk)) {
          if (packet.cmd === 'connect')
            scheduler.schedule(() => toClient$.next(serverBytes(connack({ sessionPresent: !packet.clean }), 5)));
          if (packet.cmd !== 'publish') continue;
          topics.push(packet.topic);
          onPublish$.next();
        }
        return true;
      },
      end: () => toClient$.complete(),
    };
    return concat(of(link), NEVER);
  };
  const send = (names: readonly number[]) =>
    toClient$.next(
      Buffer.concat(names.map(name => serverBytes({ ...publish(`${name}`), payload: Uint8Array.of(1) }, 5))),
    );
  return { transport, topics, onPublish$, send };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const nextTurn = () => new Promise(resolve => setImmediate(resolve));

function* messages(count: number, state = { taken: 0, returned: false }): Generator<OutgoingMessage> {
  try {
    for (let i = 0; i < count; i++) {
      state.taken++;
      yield { topic: `${i}`, payload: '' };
    }
  } finally {
    state.returned = true;
  }
}

async function* asyncMessages(count: number, state?: { taken: number; returned: boolean }) {
  yield* messages(count, state);
}

const connected = (client: MqttClient) =>
  new Promise<void>((resolve, reject) => client.connect().subscribe({ complete: resolve, error: reject }));

describe('long work yields the event loop', () => {
  const clients: MqttClient[] = [];
  const open = (transport: Transport, options: MqttOptions = {}): MqttClient => {
    const client = mqtt('mqtt://broker', { transport, protocolVersion: 5, queue: QUEUE, reconnect: false, ...options });
    clients.push(client);
    return client;
  };

  // each look at the clock takes 0.5 ms, so that a slice is about 10 looks on any machine
  beforeEach(() => {
    let now = performance.now();
    Object.defineProperty(performance, 'now', { configurable: true, value: () => (now += 0.5) });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    delete (performance as Partial<Performance>).now;
  });

  for (const [name, source] of Object.entries({ iterable: messages, 'asynchronous iterable': asyncMessages }))
    describe(`publishAll() of an ${name}`, () => {
      it('serves timers before its source has ended, and unsubscribing stops the source [S190]', async () => {
        const { transport } = broker();
        const client = open(transport);
        await connected(client);
        const state = { taken: 0, returned: false };
        await new Promise<void>(resolve => {
          const subscription = client.publishAll(source(3_000_000, state)).subscribe();
          setTimeout(() => {
            subscription.unsubscribe();
            resolve();
          }, 20);
        });
        expect(state.taken).to.be.within(127, 2_999_999);
        await nextTurn();
        const { taken } = state;
        await nextTurn();
        await nextTurn();
        expect(state).to.deep.equal({ taken, returned: true });
      });

      it('keeps the order [S190]', async () => {
        const { transport, topics } = broker();
        const client = open(transport);
        await connected(client);
        const outcomes: string[] = [];
        await new Promise<void>((resolve, reject) =>
          client.publishAll(source(COUNT)).subscribe({
            next: ({ message }: PublishOutcome) => outcomes.push(message.topic),
            complete: resolve,
            error: reject,
          }),
        );
        const expected = Array.from({ length: COUNT }, (_, i) => `${i}`);
        expect(topics).to.deep.equal(expected);
        expect(outcomes).to.deep.equal(expected);
      });

      it('ends when the client is disconnected between two slices', async () => {
        const { transport, topics } = broker();
        const client = open(transport);
        await connected(client);
        const state = { taken: 0, returned: false };
        let settled = 0;
        const ended = new Promise<void>((resolve, reject) =>
          client.publishAll(source(3_000_000, state)).subscribe({
            next: () => settled++,
            complete: resolve,
            error: reject,
          }),
        );
        setTimeout(() => client.close(), 20);
        await ended;
        expect(state.taken).to.be.below(3_000_000);
        expect(settled).to.be.within(topics.length, state.taken);
      });
    });

  it('publishAll() reads what an Observable has emitted at once in slices, in order [S190]', async () => {
    const { transport, topics, onPublish$ } = broker();
    const client = open(transport);
    const outcomes: string[] = [];
    const nextTurn$ = firstValueFrom(onPublish$).then(nextTurn);
    // it is buffered, because the first connection is not there yet
    const messages$ = from(messages(COUNT));
    const completed = new Promise<void>((resolve, reject) =>
      messages$.pipe(client.publishAll()).subscribe({
        next: ({ message }) => outcomes.push(message.topic),
        complete: resolve,
        error: reject,
      }),
    );
    await nextTurn$;
    expect(topics).to.have.length.within(127, COUNT - 1);
    await completed;
    expect(topics).to.deep.equal(Array.from({ length: COUNT }, (_, i) => `${i}`));
    expect(outcomes).to.have.length(COUNT);
  });

  describe('closing a client with many messages', () => {
    const queued = (options: MqttOptions = {}, count = COUNT) => {
      const { transport, topics } = broker(options.scheduler);
      const client = open(transport, { autoConnect: false, ...options });
      const rejected: string[] = [];
      const subscriptions = numbers(count).map(i =>
        client.publish(`${i}`, '', { qos: 1 }).subscribe({
          error: (error: unknown) => {
            const { code, delivery, subject } = error as MqttError;
            rejected.push(`${code} ${delivery} ${subject}`);
          },
        }),
      );
      const states: string[] = [];
      client.connection$.subscribe({
        next: ({ status }) => states.push(`${status} ${rejected.length}`),
        complete: () => states.push(`completed ${rejected.length}`),
      });
      return { client, topics, rejected, subscriptions, states };
    };
    const expected = numbers(COUNT).map(i => `CLIENT_CLOSED rejected ${i}`);
    const completed = (client: MqttClient) =>
      new Promise<void>((resolve, reject) => client.disconnect().subscribe({ complete: resolve, error: reject }));

    it('rejects them in slices, in order, each once, and is closed after the last one [S183]', async () => {
      const { client, rejected, states } = queued();
      const done = completed(client);
      const seen = [rejected.length];
      while (client.connection.status !== 'closed') {
        await nextTurn();
        seen.push(rejected.length);
      }
      await done;
      expect(new Set(seen)).to.have.property('size').above(5);
      expect(rejected).to.deep.equal(expected);
      expect(states).to.deep.equal(['idle 0', 'disconnecting 0', `closed ${COUNT}`, `completed ${COUNT}`]);
    });

    it('rejects a thousand in the same turn [S183]', () => {
      const { client, rejected, states } = queued({}, 1000);
      client.close();
      expect(rejected).to.deep.equal(expected.slice(0, 1000));
      expect(states).to.deep.equal(['idle 0', 'disconnecting 0', 'closed 0', 'completed 1000']);
    });

    it('takes no new message meanwhile; connect() opens the client when it is closed [S183]', async () => {
      const { client, topics, rejected } = queued();
      client.close();
      const refused: unknown[] = [];
      client.publish('meanwhile', '').subscribe({ error: (error: unknown) => refused.push(error) });
      expect(refused).to.have.length(1);
      expect(refused[0]).to.include({ code: 'CLIENT_CLOSED', delivery: 'rejected' });
      await connected(client);
      expect(rejected).to.deep.equal(expected);
      await new Promise<void>((resolve, reject) =>
        client.publish('new', '').subscribe({ complete: resolve, error: reject }),
      );
      expect(topics).to.deep.equal(['new']);
    });

    it('calls nobody who has unsubscribed between two slices', async () => {
      const { client, rejected, subscriptions } = queued();
      const done = completed(client);
      const before = rejected.length;
      expect(before).to.be.within(127, COUNT - 1);
      for (const subscription of subscriptions) subscription.unsubscribe();
      await done;
      expect(rejected).to.have.length(before);
    });

    it('does the same when the reconnect strategy gives up [S183]', async () => {
      const transport: Transport = () => throwError(() => new Error('no link'));
      const client = open(transport, { autoConnect: false });
      const rejected: string[] = [];
      for (const i of numbers(COUNT))
        client.publish(`${i}`, '', { qos: 1 }).subscribe({
          error: (error: unknown) => rejected.push(`${(error as MqttError).delivery} ${(error as MqttError).subject}`),
        });
      const states: string[] = [];
      const closed = lastValueFrom(
        client.connection$.pipe(tap(({ status }) => states.push(`${status} ${rejected.length}`))),
      );
      client.connect().subscribe({ error: noop });
      const last = await closed;
      expect(last).to.have.nested.property('error.code', 'TRANSPORT_ERROR');
      expect(states).to.deep.equal(['idle 0', 'connecting 0', 'disconnecting 0', `closed ${COUNT}`]);
      expect(rejected).to.deep.equal(numbers(COUNT).map(i => `rejected ${i}`));
    });

    it('settles what is in flight as indeterminate, and no message times out meanwhile', () => {
      const scheduler = new VirtualTimeScheduler();
      const { transport } = broker(scheduler);
      const client = open(transport, { scheduler });
      const settled: string[] = [];
      const observer = (i: number) => ({
        error: (error: unknown) => {
          const { code, delivery } = error as MqttError;
          settled.push(`${code} ${delivery} ${i}`);
        },
      });
      client.connect().subscribe();
      scheduler.maxFrames = 10;
      scheduler.flush();
      expect(client.connection.status).to.equal('connected');
      // the broker in memory acknowledges nothing
      for (const i of numbers(COUNT))
        client.publish('t', '', { qos: 1, ...(i === COUNT - 1 && { timeout: 1 }) }).subscribe(observer(i));
      let isClosed = false;
      client.connection$.subscribe({ complete: () => (isClosed = true) });
      client.close();
      scheduler.maxFrames = 100;
      scheduler.flush();
      expect(isClosed).to.equal(true);
      expect(settled).to.deep.equal(numbers(COUNT).map(i => `CLIENT_CLOSED indeterminate ${i}`));
    });

    it('on virtual time settles 16,384 of them in a ms [S183]', () => {
      const scheduler = new VirtualTimeScheduler();
      const { client, rejected, states } = queued({ scheduler });
      client.close();
      expect(rejected).to.have.length(16_384);
      expect(states.at(-1)).to.equal('disconnecting 0');
      scheduler.flush();
      expect(scheduler.now()).to.equal(1);
      expect(rejected).to.deep.equal(expected);
      expect(states.slice(-2)).to.deep.equal([`closed ${COUNT}`, `completed ${COUNT}`]);
    });
  });

  it('a client with many streams ends them in slices, and is closed after the last one [S183]', async () => {
    const client = open(broker().transport, { autoConnect: false });
    let ended = 0;
    for (const i of numbers(COUNT)) client.topic$(`${i}`).subscribe({ complete: () => ended++ });
    const states: string[] = [];
    client.connection$.subscribe(({ status }) => states.push(`${status} ${ended}`));
    client.close();
    expect(ended).to.be.within(127, COUNT - 1);
    let late = 'open';
    client.topic$('late').subscribe({ complete: () => (late = client.connection.status) });
    while (client.connection.status !== 'closed') await nextTurn();
    expect(states).to.deep.equal(['idle 0', 'disconnecting 0', `closed ${COUNT}`]);
    expect(late).to.equal('closed');
  });

  describe('messages that wait for a connection', () => {
    it('are sent in slices, in order, and before what is published meanwhile [S184]', async () => {
      const { transport, topics } = broker();
      const client = open(transport, { autoConnect: false });
      let settled = 0;
      for (const i of numbers(COUNT)) client.publish(`${i}`, '').subscribe({ complete: () => settled++ });
      await connected(client);
      const seen = new Set([topics.length]);
      expect(topics).to.have.length.below(COUNT);
      client.publish('new', '').subscribe({ complete: () => settled++ });
      while (settled <= COUNT) {
        await nextTurn();
        seen.add(topics.length);
      }
      expect(seen).to.have.property('size').above(5);
      expect(topics).to.deep.equal([...numbers(COUNT).map(String), 'new']);
    });

    it('are rejected when the client is disconnected between two slices', async () => {
      const { transport, topics, onPublish$ } = broker();
      const client = open(transport, { autoConnect: false });
      const outcomes: string[] = [];
      for (const i of numbers(COUNT))
        client.publish(`${i}`, '').subscribe({
          complete: () => outcomes.push('published'),
          error: (error: unknown) => outcomes.push((error as MqttError).code),
        });
      const firstSlice = firstValueFrom(onPublish$);
      await connected(client);
      await firstSlice;
      expect(topics).to.have.length.within(127, COUNT - 1);
      await new Promise<void>((resolve, reject) => client.disconnect().subscribe({ complete: resolve, error: reject }));
      const sent = topics.length;
      expect(outcomes.filter(outcome => outcome === 'published')).to.have.length(sent);
      expect(outcomes.filter(outcome => outcome === 'CLIENT_CLOSED')).to.have.length(COUNT - sent);
    });
  });

  describe('latest of many topics', () => {
    /** A stream that has stored them, and a late subscriber that gets its first slice. */
    const stored = async (ended: (how: string) => void = noop) => {
      const { transport, send } = broker();
      const client = open(transport);
      const message$ = client.topic$('#', { latest: { max: COUNT + 1 } });
      let missing = COUNT;
      const arrived = new Promise<void>(resolve => {
        message$.subscribe(() => {
          if (--missing === 0) resolve();
        });
      });
      await connected(client);
      send(numbers(COUNT));
      await arrived;
      const topics: string[] = [];
      const subscription = message$.subscribe({
        next: ({ topic }) => topics.push(topic),
        complete: () => ended('completed'),
      });
      expect(topics).to.have.length.within(127, COUNT - 1);
      return { client, send, topics, subscription };
    };

    it('are replayed in slices, in order, and before what arrives meanwhile [S185]', async () => {
      const { topics, send } = await stored();
      send([COUNT]);
      const seen = new Set([topics.length]);
      while (topics.length <= COUNT) {
        await nextTurn();
        seen.add(topics.length);
      }
      expect(seen).to.have.property('size').above(5);
      expect(topics).to.deep.equal(numbers(COUNT + 1).map(String));
    });

    it('are replayed to the last one before the stream completes [S185]', async () => {
      const ends: string[] = [];
      const { client, topics } = await stored(how => ends.push(how));
      client.close();
      expect(ends).to.deep.equal([]);
      while (ends.length === 0) await nextTurn();
      expect(topics).to.deep.equal(numbers(COUNT).map(String));
    });

    it('are not replayed any more after unsubscribing between two slices', async () => {
      const { topics, subscription } = await stored();
      const before = topics.length;
      subscription.unsubscribe();
      await nextTurn();
      await nextTurn();
      expect(topics).to.have.length(before);
    });
  });

  it('on virtual time a slice is a number of batches, and takes 1 ms [S191]', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.maxFrames = 10;
    const { transport } = broker(scheduler);
    const client = open(transport, { scheduler });
    const state = { taken: 0, returned: false };
    client
      .publishAll(messages(Infinity, state))
      .pipe(takeUntil(timer(2, scheduler)))
      .subscribe();
    scheduler.flush();
    expect(state.returned).to.equal(true);
    // 1,000 messages are published at a time, and 128 batches are a slice
    expect(state.taken).to.be.within(2 * 127_000, 2 * 129_000);
  });
});
