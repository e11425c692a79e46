import { once } from 'node:events';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { Window } from 'happy-dom';
import { type WebSocketTransportOptions, webSocketTransport } from '../../src/index.js';
import { closed, connected, published, subscribed, unique } from '../broker/support.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { type WebSocketDoor, none, transportClients, webSocketDoor } from './support.js';

type WebSocketClass = NonNullable<WebSocketTransportOptions['WebSocket']>;

/** What is used of the window of a document that is no browser's. */
interface DomWindow {
  readonly WebSocket: WebSocketClass;
  readonly FileReader: typeof FileReader;
  /** Runs a script in the realm of the window. */
  eval(script: string): unknown;
  close(): void;
}

const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
  JSDOM: new (html: string, options: object) => { readonly window: DomWindow };
};

const url = 'http://localhost/';
const windows: Readonly<Record<string, () => DomWindow>> = {
  jsdom: () => new JSDOM('', { url, runScripts: 'outside-only' }).window,
  'happy-dom': () => new Window({ url }) as unknown as DomWindow,
};

/** Publishers of the same bytes, 0 to 255: of this realm, of a part of a buffer, of Node and of the realm of a window. */
function payloads(window: DomWindow): Uint8Array[] {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const foreign = window.eval('Uint8Array.from({ length: 256 }, (_, i) => i)') as Uint8Array;
  return [bytes, Uint8Array.of(9, ...bytes, 9).subarray(1, 257), Buffer.from(bytes), foreign];
}

for (const [name, makeWindow] of Object.entries(windows)) {
  describeWithoutLeaks(`the WebSocket of ${name}`, () => {
    const clients = transportClients();
    let door: WebSocketDoor;
    let window: DomWindow;
    let address: string;

    beforeEach(async () => {
      door = await webSocketDoor();
      address = `ws://127.0.0.1:${door.port}`;
      window = makeWindow();
    });
    afterEach(() => {
      window.close();
      return door.close();
    });

    async function exchangeBytes(WebSocket: WebSocketClass): Promise<void> {
      const client = clients(address, { transport: webSocketTransport({ WebSocket }) });
      await connected(client);
      const topic = unique();
      const inbox = await subscribed(client, topic, { qos: 1 });
      const long = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
      const sent = [...payloads(window), new Uint8Array(), long];
      for (const payload of sent) await published(client, topic, payload, { qos: 1 });
      await published(client, topic, 'tèxt', { qos: 1 });
      const received = await inbox.first(sent.length + 1);
      for (const [i, payload] of sent.entries())
        expect(Buffer.compare(received[i]!.payload, payload), `payload ${i}`).to.equal(0);
      expect(received.at(-1)!.text()).to.equal('tèxt');
      await closed(client);
      await none(door);
    }

    it('exchanges bytes of every kind [S153]', () => exchangeBytes(window.WebSocket));

    it('exchanges them where it keeps giving Blobs [S153]', async () => {
      class BlobsOnly extends window.WebSocket {
        override get binaryType(): string {
          return 'blob';
        }
        override set binaryType(_: string) {
          // it stays what it is
        }
      }
      // with jsdom as the environment of tests, its FileReader is the global one
      Object.assign(globalThis, { FileReader: window.FileReader });
      try {
        await exchangeBytes(BlobsOnly);
      } finally {
        delete (globalThis as { FileReader?: unknown }).FileReader;
      }
    });

    for (const turn of ['of a task', 'of a promise']) {
      it(`sends DISCONNECT before it closes, in a turn ${turn}, so that no will is published [S170]`, async () => {
        const topics: string[] = [];
        door.broker.on('publish', ({ topic }) => topics.push(topic));
        const will = { topic: 'gone', payload: 'x' };
        const transport = webSocketTransport({ WebSocket: window.WebSocket });
        const client = clients(address, { transport, will });
        await connected(client);
        if (turn === 'of a task') await new Promise(resolve => setTimeout(resolve));
        const gone = once(door.broker, 'clientDisconnect');
        await closed(client);
        await gone;
        expect(topics).not.to.include('gone');
      });
    }

    it('gives up an attempt, and leaves nothing open', async () => {
      const transport = webSocketTransport({ WebSocket: window.WebSocket });
      clients(address, { transport })
        .connect()
        .subscribe({ error: () => undefined })
        .unsubscribe();
      await none(door);
    });

    it('says what it can of a failure', () => {
      const transport = webSocketTransport({ WebSocket: window.WebSocket });
      const words = /no WebSocket at 127\.0\.0\.1:\d+\/elsewhere \(close code 1006\)/;
      return clients.fail(`${address}/elsewhere`, { transport }, { phase: 'websocket', words });
    });
  });
}
