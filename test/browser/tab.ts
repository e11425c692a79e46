import { BrowserLevel } from 'browser-level';
import { Subject, filter, firstValueFrom, lastValueFrom, startWith } from 'rxjs';
import { type MqttClient, MqttError, type QoS } from '../../src/index.js';
import { sharedMqtt } from '../../src/shared/index.js';
import { type SharedConfig, createClient, toQuery } from './tab-client.js';

export type Variant = 'worker' | 'leader';

let client: MqttClient;
let group: string;
let isPublishing = false;
const journal: string[] = [];
const received: string[] = [];
const entry$ = new Subject<void>();
const settled: string[] = [];
let unsettled = 0;

function note(entry: string): void {
  journal.push(entry);
  entry$.next();
}

/** The console tells it to the test, also when the page dies next. */
function publish(text: string, qos: QoS): Promise<void> {
  unsettled++;
  return lastValueFrom(client.publish('out', text, { qos })).then(
    () => {
      settled.push(text);
      console.log(`settled ${text}`);
      unsettled--;
      entry$.next();
    },
    (error: unknown) => {
      unsettled--;
      note(`failed ${text} ${MqttError.is(error) ? `${error.code} ${error.message}` : String(error)}`);
    },
  );
}

async function until(isTrue: () => boolean): Promise<void> {
  await firstValueFrom(entry$.pipe(startWith(undefined), filter(isTrue)));
}

/** The timers of a worker are not throttled in a page that is not shown. */
const ticker = () => new Worker(URL.createObjectURL(new Blob(['setInterval(() => postMessage(0), 40)'])));

/** What tests have the page `/tab` do: a client that it shares with other tabs. */
const tab = {
  /** Makes the client, and resolves when it is connected and subscribed to `in`. */
  async open(variant: Variant, config: SharedConfig): Promise<void> {
    ({ group } = config);
    client = sharedMqtt({
      name: group,
      ...(variant === 'worker'
        ? { worker: () => new SharedWorker(`/tab-worker.js${toQuery(config)}`, group) }
        : { client: () => createClient(config) }),
    });
    client.connection$.subscribe(state =>
      note('error' in state && state.error ? `${state.status} ${state.error.code}` : state.status),
    );
    const granted$ = new Subject<unknown>();
    const granted = firstValueFrom(granted$);
    client.topic$('in', { qos: 1, subscribeObserver: granted$ }).subscribe(message => {
      received.push(message.text());
      note(`received ${message.text()}`);
    });
    await granted;
  },

  /** Publishes numbered messages to `out`, and resolves when they have settled. */
  async publish(prefix: string, count: number, qos: QoS): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, i) => publish(`${prefix}-${i}`, qos)));
  },

  /** Publishes numbered messages to `out`, every 40 ms, with at most 10 on their way, until `stop()` or the end of the page. */
  publishForever(prefix: string, qos: QoS): void {
    isPublishing = true;
    let count = 0;
    ticker().onmessage = () => {
      if (isPublishing && unsettled < 10) void publish(`${prefix}-${count++}`, qos);
    };
  },

  /** Resolves with the messages that have settled, when all have. */
  async stop(): Promise<readonly string[]> {
    isPublishing = false;
    await until(() => unsettled === 0);
    return settled;
  },

  /** Resolves when the store of the shared client holds so many messages. */
  async stored(count: number): Promise<void> {
    const db = new BrowserLevel('tabs');
    const base = `rxjs-mqtt!${group}!m`;
    for (let stored = 0; stored < count;) {
      stored = (await db.keys().all()).filter(key => key.startsWith(base)).length;
      await new Promise(resolve => setTimeout(resolve));
    }
    await db.close();
  },

  /** Resolves when no tab or worker holds the locks that are held now. */
  async locksReleased(): Promise<void> {
    const { held = [] } = await navigator.locks.query();
    for (const { name } of held) await navigator.locks.request(name!, () => undefined);
  },

  /** The code and words of the error with which a worker does not start. */
  async failure(script: string): Promise<string> {
    client = sharedMqtt({ worker: () => new SharedWorker(script) });
    client.connect().subscribe({ error: () => undefined });
    const state = await firstValueFrom(client.connection$.pipe(filter(({ status }) => status === 'reconnecting')));
    client.close();
    return 'error' in state && state.error ? `${state.error.code}: ${state.error.message}` : state.status;
  },

  /** Resolves as soon as the journal holds these entries in this order, whatever is between them. */
  async reached(...entries: string[]): Promise<void> {
    await until(() => journal.reduce((n, entry) => (entry === entries[n] ? n + 1 : n), 0) >= entries.length);
  },

  received: (): readonly string[] => received,

  journal: (): readonly string[] => journal,

  async leave(): Promise<void> {
    await lastValueFrom(client.disconnect(), { defaultValue: undefined });
  },

  close(): void {
    isPublishing = false;
    client.close();
  },

  /** Whether this page leads its group. Its own locks are those of the client that holds a lock that only this page knows. */
  async isLeading(): Promise<boolean> {
    const own = `own ${Math.random()}`;
    const ids = await navigator.locks.request(own, async () => {
      const { held = [] } = await navigator.locks.query();
      return [own, `rxjs-mqtt:${group}`].map(name => held.find(lock => lock.name === name)?.clientId);
    });
    return ids[0] === ids[1];
  },
};

export type Tab = typeof tab;

Object.assign(globalThis, { tab });
