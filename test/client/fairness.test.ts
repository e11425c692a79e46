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
  of,
  takeUntil,
  timer,
} from 'rxjs';
import {
  type Link,
  type MqttClient,
  type MqttOptions,
  type OutgoingMessage,
  type PublishOutcome,
  type Transport,
  mqtt,
} from '../../src/index.js';
import { peerReads } from '../codec/peer.js';
import { connack } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';

const COUNT = 20_000;
const QUEUE = { maxMessages: 2 * COUNT, maxBytes: 1e9, offlineQos0: 'queue' } as const;

/** A broker in memory that accepts, and whose link takes everything. */
function broker(scheduler: SchedulerLike = asyncScheduler) {
  const topics: string[] = [];
  const onPublish$ = new Subject<void>();
  const transport: Transport = () => {
    const toClient$ = new Subject<Uint8Array>();
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
  return { transport, topics, onPublish$ };
}

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
