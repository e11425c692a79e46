import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { Observable, Subject, type Subscriber, defer, from, map, of, take } from 'rxjs';
import {
  type AckableMessage,
  type MqttClient,
  MqttError,
  type MqttMessage,
  type MqttOptions,
  type OutgoingMessage,
  mqtt,
  toAsyncIterable,
  toReadableStream,
  toWritableStream,
} from '../../../src/index.js';
import { type VirtualBrokerOptions, virtualBroker } from '../../../src/testing/index.js';

let client: MqttClient;
const connect = (options: MqttOptions = {}, broker: VirtualBrokerOptions = {}): MqttClient =>
  (client = mqtt('mqtt://h', { transport: virtualBroker(broker).transport, ...options }));
afterEach(() => client?.close());

const outgoing = (count: number): OutgoingMessage[] =>
  Array.from({ length: count }, (_, i) => ({ topic: 't', payload: `${i + 1}`, qos: 1 }));

/** Resolves with the texts of so many messages, from now on. */
async function textsOf(message$: Observable<MqttMessage>, count: number): Promise<string[]> {
  const texts: string[] = [];
  return new Promise((resolve, reject) => {
    message$.pipe(take(count)).subscribe({
      next: message => texts.push(message.text()),
      error: reject,
      complete: () => resolve(texts),
    });
  });
}

async function failureOf(promise: Promise<unknown>): Promise<MqttError> {
  return promise.then(
    () => expect.fail('did not fail'),
    (error: unknown) => error as MqttError,
  );
}

describe('toReadableStream()', () => {
  /** A stream that nothing has subscribed yet, and its subscriber when there is one. */
  const observed = () => {
    let subscribed!: (subscriber: Subscriber<number>) => void;
    const subscriber = new Promise<Subscriber<number>>(resolve => (subscribed = resolve));
    return { source$: new Observable<number>(each => subscribed(each)), subscriber };
  };

  it('reads the values one by one, not ahead, and closes with the stream [S206]', async () => {
    let emitted = 0;
    const values = toReadableStream(
      defer(() => {
        emitted++;
        return of(1);
      }),
    );
    await new Promise<void>(resolve => setImmediate(resolve));
    expect(emitted).to.equal(0);
    const reader = values.getReader();
    expect(await reader.read()).to.deep.equal({ done: false, value: 1 });
    expect(await reader.read()).to.deep.equal({ done: true, value: undefined });
  });

  it('errors as the stream does, and cancel() unsubscribes [S206]', async () => {
    const failing = observed();
    const failed = failureOf(toReadableStream(failing.source$).getReader().read());
    (await failing.subscriber).error(new RangeError('no'));
    expect(await failed).to.be.instanceOf(RangeError);
    const left = observed();
    const reader = toReadableStream(left.source$).getReader();
    void reader.read();
    const subscriber = await left.subscriber;
    expect(subscriber.closed).to.equal(false);
    await reader.cancel();
    expect(subscriber.closed).to.equal(true);
  });

  it("acknowledges a message of ack: 'manual' when the sink has written it [S206]", async () => {
    connect({ clean: false, clientId: 'c' });
    const messages: AckableMessage[] = [];
    const written: unknown[] = [];
    const stream = toReadableStream(client.topic$('t', { ack: 'manual' }));
    const sink = new WritableStream<AckableMessage>({
      write: async message => {
        messages.push(message);
        await Promise.resolve();
        written.push(message.acknowledged);
        if (messages.length === 3) throw new RangeError('enough');
      },
    });
    const piped = failureOf(stream.pipeTo(sink));
    client.publishAll(outgoing(3)).subscribe();
    expect(await piped).to.be.instanceOf(RangeError);
    expect(written).to.deep.equal([false, false, false]);
    expect(messages.map(({ acknowledged }) => acknowledged)).to.deep.equal([true, true, false]);
  });

  it('says when the platform has none', () => {
    const { ReadableStream: original } = globalThis;
    try {
      Object.assign(globalThis, { ReadableStream: undefined });
      expect(() => toReadableStream(new Subject()))
        .to.throw(MqttError)
        .with.property('code', 'NOT_SUPPORTED');
    } finally {
      Object.assign(globalThis, { ReadableStream: original });
    }
  });
});

describe('toWritableStream()', () => {
  it('publishes what is piped to it, in order, and closes when all has settled [S206]', async () => {
    connect();
    const texts = textsOf(client.topic$('t'), 50);
    await toReadableStream(from(outgoing(50)), { buffer: Infinity }).pipeTo(toWritableStream(client));
    expect(await texts).to.deep.equal(outgoing(50).map(({ payload }) => payload));
  });

  it('takes messages only as fast as the broker acknowledges them [S206]', async () => {
    connect({ autoConnect: false });
    let read = 0;
    const source = new ReadableStream<OutgoingMessage>(
      {
        pull(controller) {
          controller.enqueue({ topic: 't', payload: `${++read}`, qos: 1 });
          if (read === 100) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const piped = source.pipeTo(toWritableStream(client, { concurrency: 5 }));
    const states: number[] = [];
    while (states.length < 50) {
      await new Promise<void>(resolve => setImmediate(resolve));
      states.push(read);
    }
    expect(read).to.be.lessThan(10);
    client.connect().subscribe();
    await piped;
    expect(read).to.equal(100);
  });

  it('errors with the first message that is not delivered [S206]', async () => {
    connect();
    const writer = toWritableStream(client).getWriter();
    const written = writer.write({ topic: 'a/+', payload: '' });
    const closed = failureOf(writer.closed);
    await written.catch(() => undefined);
    const error = await closed;
    expect(`${error.code} ${error.delivery}`).to.equal('INVALID_ARGUMENT rejected');
    expect(await failureOf(writer.write({ topic: 't' }))).to.equal(error);
  });

  it('with onOutcome it goes on, and a function that throws ends it [S206]', async () => {
    connect();
    const statuses: string[] = [];
    const writer = toWritableStream(client, { onOutcome: ({ status }) => void statuses.push(status) }).getWriter();
    void writer.write({ topic: 'a/+' });
    void writer.write({ topic: 't', qos: 1 });
    await writer.close();
    expect(statuses).to.deep.equal(['rejected', 'published']);
    const failing = toWritableStream(client, {
      onOutcome: () => {
        throw new RangeError('no');
      },
    }).getWriter();
    const closed = failureOf(failing.closed);
    void failing.write({ topic: 't' });
    expect(await closed).to.be.instanceOf(RangeError);
  });

  it('errors when the client is closed, also while it closes [S206]', async () => {
    connect();
    const writer = toWritableStream(client).getWriter();
    const closed = failureOf(writer.closed);
    await writer.write({ topic: 't', qos: 1 });
    client.close();
    expect((await closed).code).to.equal('CLIENT_CLOSED');
    expect((await failureOf(toWritableStream(client).getWriter().closed)).code).to.equal('CLIENT_CLOSED');
  });

  it('abort() withdraws what is not sent [S206]', async () => {
    connect({ autoConnect: false });
    const writer = toWritableStream(client).getWriter();
    await writer.write({ topic: 't', qos: 1, tag: 'x' });
    const entries: number[] = [];
    client.outbox$.subscribe(outbox => entries.push(outbox.length));
    expect(entries.at(-1)).to.equal(1);
    const closed = failureOf(writer.closed);
    await writer.abort(new RangeError('no'));
    await closed;
    client.outbox$.pipe(take(1)).subscribe(outbox => entries.push(outbox.length));
    expect(entries.at(-1)).to.equal(0);
  });
});

describe('streams of Node', () => {
  it('read by Readable.from() of toAsyncIterable(), or Readable.fromWeb() [S206]', async () => {
    connect();
    const texts: string[] = [];
    const text$ = client.topic$('t').pipe(
      take(3),
      map(message => message.text()),
    );
    const sink = new Writable({
      objectMode: true,
      write: (text: string, _encoding, done) => {
        texts.push(text);
        done();
      },
    });
    const piped = pipeline(Readable.from(toAsyncIterable(text$)), sink);
    client.publishAll(outgoing(3)).subscribe();
    await piped;
    expect(texts).to.deep.equal(['1', '2', '3']);
    const web = Readable.fromWeb(toReadableStream(from([4, 5])) as never, { objectMode: true });
    expect(await web.toArray()).to.deep.equal([4, 5]);
  });

  it('are published by publishAll(), or by Writable.fromWeb() [S206]', async () => {
    connect();
    const texts = textsOf(client.topic$('t'), 6);
    const published = client.publishAll(Readable.from(outgoing(3)));
    await new Promise<void>((resolve, reject) => {
      published.subscribe({ error: reject, complete: resolve });
    });
    await pipeline(
      Readable.from(outgoing(3)),
      Writable.fromWeb(toWritableStream(client) as never, { objectMode: true }),
    );
    expect(await texts).to.deep.equal(['1', '2', '3', '1', '2', '3']);
  });
});
