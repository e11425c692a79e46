import { BrowserLevel } from 'browser-level';
import { Subject, filter, firstValueFrom, lastValueFrom, startWith } from 'rxjs';
import { type ConnectionState, type MqttClient, MqttError, type QoS, mqtt } from '../../src/index.js';
import { levelStore } from '../../src/store/index.js';

let client: MqttClient;
let id: string;
const journal: string[] = [];
const entry$ = new Subject<void>();

/** Adds an entry to the journal. The console tells it to the test, also when the page dies next. */
function note(entry: string): void {
  journal.push(entry);
  console.log(entry);
  entry$.next();
}

const inWords = (state: ConnectionState) =>
  'error' in state && state.error ? `${state.status} ${state.error.code}` : state.status;

/** What tests have the page `/outbox` do: a client with its session in IndexedDB. */
const outbox = {
  /** Makes the client. The journal has its states, and the messages that come for `in`. */
  start(url: string, clientId: string): void {
    id = clientId;
    client = mqtt(url, {
      clientId,
      clean: false,
      store: levelStore(new BrowserLevel('outbox')),
      reconnect: { initial: 50, max: 200 },
      quiet: true,
    });
    client.connection$.subscribe(state => note(inWords(state)));
    client.topic$('in', { qos: 2 }).subscribe({
      next: message => note(`received ${message.text()}`),
      error: () => undefined,
    });
  },

  /** Publishes to `out`, and notes when the message is durable. */
  publish(name: string, qos: QoS): void {
    client.publish('out', name, { qos, until: 'queued', tag: name }).subscribe({
      next: () => note(`durable ${name}`),
      error: (error: unknown) => note(`failed ${name} ${MqttError.is(error) ? error.code : String(error)}`),
    });
  },

  /** Publishes to `out`, and notes when the broker has acknowledged it. */
  deliver(name: string, qos: QoS): void {
    client.publish('out', name, { qos, tag: name }).subscribe({
      next: () => note(`delivered ${name}`),
      error: (error: unknown) =>
        note(`failed ${name} ${MqttError.is(error) ? `${error.code} ${error.delivery}` : String(error)}`),
    });
  },

  /** Publishes messages of QoS 1 and 2 to `out` until the page dies. */
  publishForever(prefix: string): void {
    let count = 0;
    setInterval(() => {
      for (let i = 0; i < 5; i++) outbox.publish(`${prefix}-${count++}`, count % 2 === 0 ? 2 : 1);
    }, 4);
  },

  /** Resolves as soon as the journal holds these entries in this order, whatever is between them. */
  async reached(...entries: string[]): Promise<void> {
    const isReached = () => journal.reduce((n, entry) => (entry === entries[n] ? n + 1 : n), 0) >= entries.length;
    await firstValueFrom(
      entry$.pipe(
        startWith(undefined),
        filter(() => isReached()),
      ),
    );
  },

  /** Resolves when all messages have settled. */
  async drained(): Promise<void> {
    await firstValueFrom(client.outbox$.pipe(filter(entries => entries.length === 0)));
  },

  /**
   * Resolves when the store is not being written. IndexedDB reads after what is being written, and tells the writer first. A page that is
   * left while it writes is not kept by Chromium.
   */
  async quiet(): Promise<void> {
    const db = new BrowserLevel('outbox');
    let last: string | undefined;
    for (let next = ''; next !== last;) {
      last = next;
      next = JSON.stringify(await db.iterator({ valueEncoding: 'hex' }).all());
      await new Promise(resolve => setTimeout(resolve));
    }
    await db.close();
  },

  /** Closes the client. Resolves with the keys of messages, positions and receipts that are left in the store. */
  async left(): Promise<readonly string[]> {
    await lastValueFrom(client.disconnect(), { defaultValue: undefined });
    const db = new BrowserLevel('outbox');
    const keys = await db.keys().all();
    await db.close();
    const base = `rxjs-mqtt!${id}!`;
    return keys.filter(key => key.startsWith(base)).filter(key => /^[mprs]/.test(key.slice(base.length)));
  },

  journal: (): readonly string[] => journal,

  /** Has no wait for a lock end by itself, so that only the answer of its owner ends it. */
  waitForever(): void {
    AbortSignal.timeout = () => new AbortController().signal;
  },
};

export type Outbox = typeof outbox;

Object.assign(globalThis, { outbox });
