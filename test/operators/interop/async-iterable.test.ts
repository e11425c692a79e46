import { expect } from 'chai';
import { NEVER, Observable, Subject, concat, from, of, throwError } from 'rxjs';
import {
  type AckableMessage,
  type AsyncIterableOptions,
  type MqttClient,
  MqttError,
  mqtt,
  toAsyncIterable,
} from '../../../src/index.js';
import { type VirtualBroker, virtualBroker } from '../../../src/testing/index.js';

const read = <T>(source$: Observable<T>, options?: AsyncIterableOptions) =>
  toAsyncIterable(source$, options)[Symbol.asyncIterator]();

async function failureOf(promise: Promise<unknown>): Promise<MqttError> {
  return promise.then(
    () => expect.fail('did not fail'),
    (error: unknown) => error as MqttError,
  );
}

describe('toAsyncIterable()', () => {
  it('gives the values in order, and ends with the stream', async () => {
    const got: number[] = [];
    for await (const value of toAsyncIterable(from([1, 2, 3]))) got.push(value);
    expect(got).to.deep.equal([1, 2, 3]);
  });

  it('throws the error of the stream after the values before it, once', async () => {
    const loop = read(
      concat(
        of(1),
        throwError(() => new RangeError('no')),
      ),
    );
    expect(await loop.next()).to.deep.equal({ done: false, value: 1 });
    expect(await failureOf(loop.next())).to.be.instanceOf(RangeError);
    expect(await loop.next()).to.deep.equal({ done: true, value: undefined });
  });

  it('subscribes at the first step, once for each loop, and unsubscribes at a break', async () => {
    const counts = { subscribed: 0, unsubscribed: 0 };
    const values = toAsyncIterable(
      new Observable<number>(subscriber => {
        counts.subscribed++;
        subscriber.next(1);
        return () => counts.unsubscribed++;
      }),
    );
    const unused = values[Symbol.asyncIterator]();
    expect(counts.subscribed).to.equal(0);
    for (let i = 1; i <= 2; i++) {
      for await (const value of values) {
        expect(value).to.equal(1);
        break;
      }
      expect(counts).to.deep.equal({ subscribed: i, unsubscribed: i });
    }
    await unused.return?.();
    expect(await unused.next()).to.deep.equal({ done: true, value: undefined });
    expect(counts.subscribed).to.equal(2);
  });

  it('answers steps that are asked for ahead, and all of them at the end', async () => {
    const source$ = new Subject<number>();
    const loop = read(source$);
    const steps = [loop.next(), loop.next(), loop.next(), loop.next()];
    source$.next(1);
    source$.next(2);
    source$.error(new RangeError('no'));
    expect(await steps[0]).to.deep.equal({ done: false, value: 1 });
    expect(await steps[1]).to.deep.equal({ done: false, value: 2 });
    expect(await failureOf(steps[2]!)).to.be.instanceOf(RangeError);
    expect(await steps[3]).to.deep.equal({ done: true, value: undefined });
  });

  const overflowing = async (overflow?: 'error' | 'dropOldest' | 'dropNewest') => {
    const source$ = new Subject<number>();
    const loop = read(source$, { buffer: 2, ...(overflow && { overflow }) });
    const first = loop.next();
    for (const value of [1, 2, 3, 4, 5]) source$.next(value);
    source$.complete();
    const got: unknown[] = [(await first).value];
    for (;;) {
      const step = await loop.next().catch((error: unknown) => error as MqttError);
      if (step instanceof MqttError) got.push(`${step.code} ${step.subject}`);
      else if (step.done === true) return { got, observed: source$.observed };
      else got.push(step.value);
    }
  };

  it("'error', the default: gives what waited, then RECEIVE_OVERFLOW [S205]", async () => {
    const expected = { got: [1, 2, 3, 'RECEIVE_OVERFLOW buffer'], observed: false };
    expect(await overflowing()).to.deep.equal(expected);
    expect(await overflowing('error')).to.deep.equal(expected);
  });

  it("'dropOldest' and 'dropNewest' drop that value [S205]", async () => {
    expect((await overflowing('dropOldest')).got).to.deep.equal([1, 4, 5]);
    expect((await overflowing('dropNewest')).got).to.deep.equal([1, 2, 3]);
  });

  it("'pause' is refused for values that nobody acknowledges [S205]", async () => {
    const error = await failureOf(read(of(1), { overflow: 'pause' }).next());
    expect(`${error.code} ${error.subject}`).to.equal('INVALID_ARGUMENT overflow');
  });

  it('a source that emits synchronously without an end is unsubscribed at an overflow', async () => {
    let emitted = 0;
    const endless$ = new Observable<number>(subscriber => {
      while (!subscriber.closed) subscriber.next(emitted++);
    });
    const loop = read(endless$, { buffer: 10 });
    expect((await loop.next()).value).to.equal(0);
    expect(emitted).to.be.lessThan(20);
  });

  it('its signal ends the loop with ABORTED, and drops what waits [S204]', async () => {
    const controller = new AbortController();
    const loop = read(concat(of(1, 2), NEVER), { signal: controller.signal });
    expect((await loop.next()).value).to.equal(1);
    controller.abort(new RangeError('enough'));
    const error = await failureOf(loop.next());
    expect(error.code).to.equal('ABORTED');
    expect(error.cause).to.be.instanceOf(RangeError);
  });

  for (const [options, subject] of [
    [{ buffer: -1 }, 'buffer'],
    [{ buffer: 1.5 }, 'buffer'],
    [{ overflow: 'drop' }, 'overflow'],
  ] as const)
    it(`refuses ${JSON.stringify(options)} at the call`, () => {
      expect(() => toAsyncIterable(NEVER, options as never))
        .to.throw(MqttError)
        .with.property('subject', subject);
    });
});

describe("toAsyncIterable() of ack: 'manual'", () => {
  let broker: VirtualBroker;
  let client: MqttClient;
  let acks: number[];
  const message$ = () => client.topic$('t', { ack: 'manual', buffer: { size: 4 } });

  beforeEach(() => {
    broker = virtualBroker();
    client = mqtt('mqtt://h', { transport: broker.transport, clean: false, clientId: 'c' });
    acks = [];
    client.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'sent' && packet.cmd === 'puback') acks.push(packet.packetId);
    });
  });
  afterEach(() => client.close());

  /** Publishes by the client itself, after its subscription. */
  const publishTo = (loop: AsyncIterator<AckableMessage>, count: number): Promise<IteratorResult<AckableMessage>> => {
    const first = loop.next();
    for (let i = 1; i <= count; i++) client.publish('t', `${i}`, { qos: 1 }).subscribe();
    return first;
  };

  it('the end of the body acknowledges [S205]', async () => {
    const loop = read(message$());
    const { value: first } = await publishTo(loop, 2);
    expect(first.acknowledged).to.equal(false);
    const { value: second } = await loop.next();
    expect(second.text()).to.equal('2');
    expect([first.acknowledged, second.acknowledged]).to.deep.equal([true, false]);
    await loop.return?.();
  });

  it('a break, a return or an exception leaves the message, and those that wait [S205]', async () => {
    const loop = read(message$());
    const { value: first } = await publishTo(loop, 2);
    await loop.return?.();
    expect([first.acknowledged, first.stale]).to.deep.equal([false, true]);
    const again = read(message$());
    expect((await again.next()).value.text()).to.equal('1');
    expect((await again.next()).value.text()).to.equal('2');
    await again.return?.();
  });

  it('what the body has answered itself stays so, also before a break [S205]', async () => {
    const loop = read(message$());
    const { value: first } = await publishTo(loop, 1);
    expect(first.ack()).to.equal(true);
    await loop.return?.();
    expect([first.acknowledged, first.stale]).to.deep.equal([true, false]);
  });

  it('acknowledge: false leaves it to you [S205]', async () => {
    const loop = read(message$(), { acknowledge: false });
    const { value: first } = await publishTo(loop, 2);
    const { value: second } = await loop.next();
    expect([first.acknowledged, second.acknowledged]).to.deep.equal([false, false]);
    expect([second.ack(), first.ack()]).to.deep.equal([true, true]);
    await loop.return?.();
  });

  it('more messages than the buffers pause reading, and none is lost [S205]', async () => {
    const loop = read(message$(), { buffer: 1 });
    const got = [(await publishTo(loop, 40)).value.text()];
    while (got.length < 40) got.push((await loop.next()).value.text());
    expect(got).to.deep.equal(Array.from({ length: 40 }, (_, i) => `${i + 1}`));
    await loop.return?.();
    expect(acks).to.have.length(39);
  });

  it('with an overflow that drops, a dropped message is acknowledged [S205]', async () => {
    const acked: number[] = [];
    const message = (n: number) => ({ n, stale: false, ack: () => acked.push(n), leave: () => true });
    const loop = read(of(message(1), message(2), message(3)), { buffer: 1, overflow: 'dropNewest' });
    expect((await loop.next()).value.n).to.equal(1);
    expect(acked).to.deep.equal([3]);
    expect((await loop.next()).value.n).to.equal(2);
    expect(acked).to.deep.equal([3, 1]);
  });
});
