import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { Subject, VirtualTimeScheduler, asyncScheduler, firstValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { type Link, MqttError, type TransportOptions, webSocketTransport } from '../../src/index.js';
import { defaultTransports } from '../../src/transport/web/default.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { type Expected, type WebSocketDoor, closed, none, transportClients, webSocketDoor } from './support.js';

/** The client of the package ws is a WebSocket as the W3C has it, too. */
const transport = webSocketTransport({ WebSocket });

describeWithoutLeaks('webSocketTransport', () => {
  const clients = transportClients();
  let door: WebSocketDoor;
  let url: string;

  beforeEach(async () => {
    door = await webSocketDoor();
    url = `ws://127.0.0.1:${door.port}`;
  });
  afterEach(() => door.close());

  it('exchanges messages, with path and sub-protocol, and parts in order [MQTT-4.2.0-1]', async () => {
    const client = await clients.exchange(url, { transport });
    expect(door.requests[0]).to.include({ url: '/mqtt' });
    expect(door.requests[0]?.headers).to.include({ 'sec-websocket-protocol': 'mqtt' });
    await closed(client);
    await none(door);
  });

  it('says what it can of a failure', async () => {
    const words = /no WebSocket at 127\.0\.0\.1:\d+\/elsewhere \(close code 1006\).*does not say why.*\/mqtt/;
    await clients.fail(`${url}/elsewhere?secret`, { transport }, { phase: 'websocket', words, secrets: ['secret'] });
  });

  it('fails where the platform says "error" and no more, as for a policy of the page in Chromium', async () => {
    class Forbidden extends EventTarget {
      readonly readyState = 3;
      readonly bufferedAmount = 0;
      binaryType = '';
      send = (): void => undefined;
      close = (): void => undefined;

      constructor() {
        super();
        queueMicrotask(() => this.dispatchEvent(new Event('error')));
      }
    }
    const forbidden = webSocketTransport({ WebSocket: Forbidden });
    const words = /no WebSocket at 127\.0\.0\.1:\d+\/mqtt \(close code 1006\).*policy \(CSP\)/;
    await clients.fail(url, { transport: forbidden }, { phase: 'websocket', words });
  });

  it('is not opened by a scheme that it does not know', () =>
    clients.fail(
      url.replace('ws:', 'mqtt:'),
      { transport },
      {
        code: 'INVALID_ARGUMENT',
        phase: 'websocket',
        words: /refuses to open/,
      },
    ));

  const impossible: readonly (readonly [subject: string, TransportOptions])[] = [
    ['tls', { tls: {} }],
    ['proxy', { proxy: 'http://user:secret@proxy' }],
    ['tcp', { tcp: { noDelay: false } }],
    ['websocket.headers', { websocket: { headers: { authorization: 'secret' } } }],
  ];
  for (const [subject, options] of impossible) {
    it(`${subject} is NOT_SUPPORTED`, async () => {
      const expected: Expected = {
        code: 'NOT_SUPPORTED',
        phase: 'websocket',
        words: /cannot be set/,
        secrets: ['secret'],
      };
      expect(await clients.fail(url, { transport, ...options }, expected)).to.include({ subject });
    });
  }

  it('needs a WebSocket', async () => {
    const saved = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Object.defineProperty(globalThis, 'WebSocket', { value: undefined, configurable: true, writable: true });
    try {
      const expected: Expected = { code: 'NOT_SUPPORTED', phase: 'websocket', words: /has no WebSocket/ };
      await clients.fail(url, { transport: webSocketTransport() }, expected);
    } finally {
      if (saved) Object.defineProperty(globalThis, 'WebSocket', saved);
      else delete (globalThis as { WebSocket?: unknown }).WebSocket;
    }
  });

  it('takes the global WebSocket, which is what browsers have for ws: and wss:', async () => {
    const saved = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true });
    try {
      expect(Object.keys(defaultTransports)).to.deep.equal(['ws:', 'wss:']);
      const link$ = defaultTransports['ws:']!({ url: new URL(`${url}/mqtt`), options: {}, scheduler: asyncScheduler });
      expect(await firstValueFrom(link$)).to.include({ unsentBytes: 0 });
      await none(door);
    } finally {
      if (saved) Object.defineProperty(globalThis, 'WebSocket', saved);
      else delete (globalThis as { WebSocket?: unknown }).WebSocket;
    }
  });
});

/** A WebSocket whose other end is the test. */
class FakeWebSocket {
  static last: FakeWebSocket;
  binaryType = '';
  readyState = 0;
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  readonly #listeners = new Map<string, (event: never) => void>();

  constructor(readonly url: string) {
    FakeWebSocket.last = this;
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, listener);
  }
  send(data: Uint8Array): void {
    this.sent.push(data);
    this.bufferedAmount += data.length;
  }
  close(): void {
    this.readyState = 2;
  }
  happens(type: string, event: object = {}): void {
    if (type === 'open') this.readyState = 1;
    if (type === 'close') this.readyState = 3;
    this.#listeners.get(type)?.(event as never);
  }
}

describe('the link of webSocketTransport', () => {
  let scheduler: VirtualTimeScheduler;
  let link: Link;
  let webSocket: FakeWebSocket;
  let leave$: Subject<void>;
  const events: string[] = [];

  beforeEach(() => {
    events.length = 0;
    scheduler = new VirtualTimeScheduler();
    leave$ = new Subject();
    const open$ = webSocketTransport({ WebSocket: FakeWebSocket })({
      url: new URL('wss://broker/mqtt?key#part'),
      options: {},
      scheduler,
    });
    const subscription = open$.subscribe(opened => (link = opened));
    leave$.subscribe(() => subscription.unsubscribe());
    webSocket = FakeWebSocket.last;
    webSocket.happens('open');
    link.data$.subscribe({
      next: bytes => events.push(`data ${bytes.join()}`),
      error: (error: unknown) => events.push((error as Error).message),
      complete: () => events.push('end'),
    });
    link.drain$.subscribe(() => events.push(`drain at ${scheduler.now()}`));
  });

  it('asks for bytes, at the URL without its fragment', () => {
    expect(webSocket).to.include({ binaryType: 'arraybuffer', url: 'wss://broker/mqtt?key' });
    webSocket.happens('message', { data: Uint8Array.of(1, 2).buffer });
    expect(events).to.deep.equal(['data 1,2']);
  });

  it('takes a text frame for a protocol error [MQTT-6.0.0-1]', () => {
    webSocket.happens('message', { data: 'text' });
    expect(events).to.match(/text frame/);
  });

  it('takes every kind of bytes, also of another realm [S153]', () => {
    const kinds = `const b = Uint8Array.of(0, 1, 2, 3).buffer;
      [b.slice(1, 3), new Uint8Array(b, 1, 2), new DataView(b, 1, 2), new Int8Array(b, 1, 2)]`;
    const here = Uint8Array.of(0, 1, 2, 3).buffer;
    const all = [
      ...(runInNewContext(kinds) as unknown[]),
      Buffer.from([1, 2]),
      new DataView(here, 1, 2),
      new Uint8Array(here, 1, 2),
    ];
    for (const data of all) webSocket.happens('message', { data });
    expect(events).to.deep.equal(all.map(() => 'data 1,2'));
  });

  it('reads Blobs in their order; bytes and the end wait for them [S153]', async () => {
    const late = { size: 1, slice: () => undefined, arrayBuffer: () => new Promise(resolve => (answer = resolve)) };
    let answer: (bytes: ArrayBuffer) => void = () => undefined;
    const message = (data: unknown) => webSocket.happens('message', { data });
    message(late);
    message(Uint8Array.of(2));
    message(new Blob([Uint8Array.of(3)]));
    message(Uint8Array.of(4).buffer);
    webSocket.happens('close', { code: 1000 });
    expect(events).to.deep.equal([]);
    const ended = new Promise<void>(resolve => link.data$.subscribe({ complete: resolve }));
    answer(Uint8Array.of(1).buffer);
    await ended;
    expect(events).to.deep.equal(['data 1', 'data 2', 'data 3', 'data 4', 'end']);
  });

  describe('Blobs without arrayBuffer(), as in React Native and jsdom [S153]', () => {
    const globals = globalThis as { FileReader?: unknown };
    const blob = (...bytes: number[]) => ({ size: bytes.length, slice: () => undefined, bytes });
    const message = (data: unknown) => webSocket.happens('message', { data });
    /** Those that read, the latest last; the test says when they have read. */
    let readers: TestFileReader[];

    class TestFileReader extends EventTarget {
      result: ArrayBuffer | null = null;
      error: Error | null = null;
      #bytes: number[] = [];

      readAsArrayBuffer({ bytes }: ReturnType<typeof blob>): void {
        this.#bytes = bytes;
        readers.push(this);
      }
      succeed(): void {
        this.result = Uint8Array.from(this.#bytes).buffer;
        this.dispatchEvent(new Event('load'));
      }
      fail(error: Error | null): void {
        this.error = error;
        this.dispatchEvent(new Event('error'));
      }
    }

    let ended: Promise<unknown>;

    beforeEach(() => {
      readers = [];
      globals.FileReader = TestFileReader;
      ended = new Promise(resolve => link.data$.subscribe({ error: resolve, complete: () => resolve(undefined) }));
    });
    afterEach(() => {
      delete globals.FileReader;
    });

    it('are read by a FileReader, one after the other, in order with other frames', async () => {
      message(Uint8Array.of(1));
      message(blob(2, 3));
      message(Uint8Array.of(4));
      message(blob(5));
      message(blob());
      message(new DataView(Uint8Array.of(6).buffer));
      webSocket.happens('close', { code: 1000 });
      expect(events).to.deep.equal(['data 1']);
      for (let read = 0; read < 3; read++) {
        expect(readers).to.have.length(read + 1);
        readers[read]!.succeed();
        await new Promise(resolve => setImmediate(resolve));
      }
      expect(await ended).to.equal(undefined);
      expect(events).to.deep.equal(['data 1', 'data 2,3', 'data 4', 'data 5', 'data ', 'data 6', 'end']);
    });

    it('that cannot be read end the connection, with the cause', async () => {
      message(blob(1));
      const cause = new Error('no memory');
      readers[0]!.fail(cause);
      const error = (await ended) as MqttError;
      expect(error).to.include({ code: 'CONNECTION_CLOSED', phase: 'websocket', retryable: true, cause });
      expect(error.message).to.match(/Blob.*could not be read/);
    });

    it('are NOT_SUPPORTED where there is no FileReader either', async () => {
      delete globals.FileReader;
      message(blob(1));
      expect(await ended)
        .to.include({ code: 'NOT_SUPPORTED', subject: 'Blob' })
        .and.property('message')
        .to.match(/neither Blob\.arrayBuffer\(\) nor a FileReader.*binaryType 'arraybuffer'/);
    });

    it('are dropped with the link', async () => {
      message(blob(1));
      leave$.next();
      readers[0]!.succeed();
      await new Promise(resolve => setImmediate(resolve));
      expect(events).to.deep.equal([]);
    });
  });

  it('drops what waits for a Blob with the link, and ends where too much waits [S153]', () => {
    const never = { size: 1, slice: () => undefined, arrayBuffer: () => new Promise(() => undefined) };
    webSocket.happens('message', { data: never });
    webSocket.happens('message', { data: { ...never, size: 2 ** 30 } });
    expect(events.join()).to.match(/^more than 536870920 bytes/);
  });

  it('buffers nothing that it knows of where bufferedAmount is undefined, as in React Native', () => {
    webSocket.bufferedAmount = undefined as never;
    webSocket.send = () => undefined;
    expect(link.write(new Uint8Array(300_000))).to.equal(true);
    expect(link.unsentBytes).to.equal(0);
  });

  it('looks at what is buffered until it has gone', () => {
    expect(link.write(new Uint8Array(1000))).to.equal(true);
    expect(link.write(new Uint8Array(300_000))).to.equal(false);
    expect(link.write(new Uint8Array(1))).to.equal(false);
    expect(link.unsentBytes).to.equal(301_001);
    scheduler.schedule(() => (webSocket.bufferedAmount = 10), 70);
    scheduler.flush();
    expect(events).to.deep.equal(['drain at 80']);
    expect(scheduler.actions).to.have.length(0);
  });

  it('ends with the WebSocket, and says the reason where there is one', () => {
    webSocket.happens('error');
    webSocket.happens('close', { code: 1006, reason: '' });
    expect(events).to.deep.equal(['end']);
  });

  it('says the reason of a close where there is one', () => {
    webSocket.happens('close', { code: 1011, reason: 'out of\norder' });
    expect(events).to.deep.equal(['the broker closed the WebSocket with code 1011: out of\\norder']);
  });

  it('says the text of a normal close', () => {
    webSocket.happens('close', { code: 1000, reason: 'another tab' });
    expect(events).to.deep.equal(['the broker closed the WebSocket with code 1000: another tab']);
  });

  it('closes in the next task where something is unsent, and at once where nothing is [S170]', () => {
    link.write(new Uint8Array(300_000));
    link.end!();
    expect(webSocket.readyState).to.equal(1);
    expect(() => link.write(new Uint8Array(1))).to.throw(MqttError, 'is closing');
    scheduler.flush();
    expect(webSocket.readyState).to.equal(2);
    expect(scheduler.now()).to.equal(0);

    webSocket.readyState = 1;
    webSocket.bufferedAmount = 0;
    link.end!();
    expect(webSocket.readyState).to.equal(2);
  });

  it('closes at once when it is unsubscribed after its end, as a page that is left does [S170]', () => {
    link.write(new Uint8Array(1));
    link.end!();
    leave$.next();
    expect(webSocket.readyState).to.equal(2);
    expect(scheduler.actions).to.have.length(0);
  });

  it('leaves no timer behind, and takes nothing any more', () => {
    link.write(new Uint8Array(300_000));
    leave$.next();
    expect(webSocket.readyState).to.equal(2);
    expect(() => link.write(new Uint8Array(1)))
      .to.throw(MqttError, 'is closing')
      .with.property('code', 'CONNECTION_CLOSED');
    expect(webSocket.sent).to.have.length(1);
    scheduler.flush();
    expect(events).to.deep.equal([]);
  });
});
