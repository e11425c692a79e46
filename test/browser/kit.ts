import {
  Subject,
  concatMap,
  filter,
  firstValueFrom,
  from,
  fromEvent,
  lastValueFrom,
  map,
  startWith,
  take,
  toArray,
} from 'rxjs';
import {
  type ConnectionState,
  type MqttClient,
  MqttError,
  type MqttOptions,
  type QoS,
  mqtt,
  received,
} from '../../src/index.js';

/** What came and how it was sent, as `2 hello 2` and `2`, for each QoS. */
export interface Exchanged {
  readonly version: number;
  readonly came: readonly string[];
  readonly sent: readonly QoS[];
}

let client: MqttClient;
const journal: string[] = [];
const entry$ = new Subject<void>();

function note(entry: string): void {
  journal.push(entry);
  entry$.next();
}

const inWords = (state: ConnectionState) =>
  'error' in state && state.error ? `${state.status} ${state.error.code}` : state.status;

/** What tests have a page or a worker do. Arguments and results go through structured cloning. */
export const kit = {
  /** Connects, sends itself a message of each QoS, and leaves. */
  async exchange(url: string, options?: MqttOptions): Promise<Exchanged> {
    const own = mqtt(url, options);
    const came$ = own.topic$('kit/#', { qos: 2 }).pipe(
      take(3),
      map(message => `${message.qos} ${message.text()}`),
      toArray(),
    );
    const sent$ = from([0, 1, 2] as const).pipe(
      concatMap(qos => own.publish(`kit/${qos}`, `hello ${qos}`, { qos })),
      map(({ qos }) => qos),
      toArray(),
    );
    const [came, sent] = await Promise.all([firstValueFrom(came$), firstValueFrom(sent$)]);
    const { connection } = own;
    await lastValueFrom(own.disconnect(), { defaultValue: undefined });
    return { version: connection.status === 'connected' ? connection.limits.protocolVersion : 0, came, sent };
  },

  /** The code, phase and words of the error with which an attempt fails. */
  async failure(url: string): Promise<string> {
    try {
      await firstValueFrom(mqtt(url, { reconnect: false }).connect());
    } catch (error) {
      if (MqttError.is(error)) return `${error.code} ${error.phase}: ${error.message}`;
      throw error;
    }
    throw new Error('it was no failure');
  },

  /** A client that stays: the journal tells its states, and the texts that come for `news`. */
  watch(url: string, options?: MqttOptions): void {
    client = mqtt(url, options);
    client.connection$.subscribe(state => note(inWords(state)));
    client.topic$('news', { qos: 1 }).subscribe(message => note(message.text()));
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

  /** Resolves after so many more answers to PINGREQ. */
  async pongs(count: number): Promise<void> {
    await lastValueFrom(client.packet$.pipe(received('pingresp'), take(count)));
  },

  /** Publishes to `news` with QoS 1. */
  async say(text: string): Promise<void> {
    await firstValueFrom(client.publish('news', text, { qos: 1 }));
  },

  async becomes(visibility: DocumentVisibilityState): Promise<void> {
    await firstValueFrom(
      fromEvent(document, 'visibilitychange').pipe(
        startWith(undefined),
        filter(() => document.visibilityState === visibility),
      ),
    );
  },

  journal: (): readonly string[] => journal,
};

export type Kit = typeof kit;
