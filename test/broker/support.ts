import {
  type Observable,
  ReplaySubject,
  type Subscription,
  filter,
  firstValueFrom,
  ignoreElements,
  lastValueFrom,
  take,
  toArray,
} from 'rxjs';
import {
  type ConnectionState,
  type MqttClient,
  type MqttMessage,
  type MqttOptions,
  type Packet,
  type PublishOptions,
  type TopicOptions,
  mqtt,
} from '../../src/index.js';
import { startAedes } from '../support/aedes.js';
import { describeMosquitto, startMosquitto } from '../support/mosquitto.js';
import { describePacket } from '../support/packets.js';
import { describeWithoutLeaks } from '../support/resources.js';
import { type Proxy, startProxy } from './proxy.js';

/** Attempts follow one another at once, and nothing waits for long. */
export const quick = { reconnect: { initial: 10, max: 50, jitter: 'none' }, closeTimeout: 500 } as const;

/** A broker, the wire to it, and how it is to be spoken to. */
export interface Bench {
  readonly broker: 'aedes' | 'mosquitto';
  readonly protocolVersion: 'auto' | 5 | 4 | 3;
  /** The version that they agree on. */
  readonly spoken: 5 | 4 | 3;
  readonly proxy: Proxy;
  /** Of the wire that can be cut. */
  readonly url: string;
  /** Of the broker itself. */
  readonly directUrl: string;
  /** A client of this test, closed after it; by the wire that can be cut, unless another URL is given. */
  client(options?: MqttOptions, url?: string): MqttClient;
  /** A topic, or client id, that no other test uses. */
  unique(): string;
}

type Way = Pick<Bench, 'broker' | 'protocolVersion' | 'spoken'>;

const aedesWays: readonly Way[] = [
  { broker: 'aedes', protocolVersion: 'auto', spoken: 4 },
  { broker: 'aedes', protocolVersion: 3, spoken: 3 },
];
const mosquittoWays: readonly Way[] = [
  { broker: 'mosquitto', protocolVersion: 'auto', spoken: 5 },
  { broker: 'mosquitto', protocolVersion: 5, spoken: 5 },
  { broker: 'mosquitto', protocolVersion: 4, spoken: 4 },
  { broker: 'mosquitto', protocolVersion: 3, spoken: 3 },
];

/** The same tests with every broker and every version. */
export function describeBrokers(title: string, body: (bench: Bench) => void): void {
  describe(title, () => {
    for (const way of aedesWays) describeBench(way, body);
    describeMosquitto('mosquitto', () => {
      for (const way of mosquittoWays) describeBench(way, body);
    });
  });
}

/** Tests that need mosquitto, in one version. */
export function describeOnMosquitto(title: string, version: 5 | 4 | 3, body: (bench: Bench) => void): void {
  describeMosquitto(title, () =>
    describeBench({ broker: 'mosquitto', protocolVersion: version, spoken: version }, body),
  );
}

function describeBench(way: Way, body: (bench: Bench) => void): void {
  describeWithoutLeaks(`${way.broker}, protocolVersion ${way.protocolVersion}`, () => {
    let server: { port: number; url: string; close(): Promise<void> };
    let proxy: Proxy;
    const clients = closedAfterEach(way);

    before('start the broker', async () => {
      server = await start[way.broker]();
      proxy = await startProxy(server.port);
    });
    after('stop the broker', async () => {
      await proxy.stop();
      await server.close();
    });
    afterEach('mend the wire', async () => {
      proxy.cutAfter();
      await proxy.start();
    });

    body({
      ...way,
      get proxy() {
        return proxy;
      },
      get url() {
        return proxy.url;
      },
      get directUrl() {
        return server.url;
      },
      client: (options, url = proxy.url) => clients(url, options),
      unique,
    });
  });
}

const start = {
  aedes: () => startAedes(),
  mosquitto: async () => {
    // with a window of 20, mosquitto 2.0.11 forgets the QoS 2 messages that wait for it on a connection of 3.x
    const { port, url, stop } = await startMosquitto({
      config: ['max_inflight_messages 1000', 'set_tcp_nodelay true'],
    });
    return { port, url, close: stop };
  },
};

/** Makes clients that are closed after the test which made them. */
export function closedAfterEach(
  defaults: Pick<MqttOptions, 'protocolVersion'> = {},
): (url: Parameters<typeof mqtt>[0], options?: MqttOptions) => MqttClient {
  let clients: MqttClient[] = [];
  afterEach('close the clients', async () => {
    const open = clients;
    clients = [];
    await Promise.all(open.map(closed));
  });
  return (url, options) => {
    const client = mqtt(url, { ...quick, protocolVersion: defaults.protocolVersion ?? 'auto', ...options });
    clients.push(client);
    return client;
  };
}

let count = 0;
export const unique = (): string => `t${++count}x${Date.now().toString(36)}`;

export const connected = (client: MqttClient) => firstValueFrom(client.connect());

export const closed = (client: MqttClient): Promise<undefined> =>
  lastValueFrom(client.disconnect(), { defaultValue: undefined });

type Status = ConnectionState['status'];

/** The state, as soon as the client is in it. */
export const inState = <S extends Status>(client: MqttClient, status: S) =>
  firstValueFrom(
    client.connection$.pipe(
      filter((state): state is Extract<ConnectionState, { status: S }> => state.status === status),
    ),
  );

/** Publishes, and waits for the result. */
export const published = (client: MqttClient, topic: string, payload?: string | Uint8Array, options?: PublishOptions) =>
  firstValueFrom(client.publish(topic, payload, options));

export interface Inbox {
  /** The first messages, when so many have come. */
  first(count: number): Promise<MqttMessage[]>;
  /** What came before the message with this text, when that has come. */
  before(text: string): Promise<MqttMessage[]>;
  /** All that came until now. */
  readonly messages: readonly MqttMessage[];
  readonly ended: Promise<undefined>;
  readonly subscription: Subscription;
}

/** Subscribes without waiting for anything. */
export function listen(client: MqttClient, filters: string | readonly string[], options?: TopicOptions): Inbox {
  const replay$ = new ReplaySubject<MqttMessage>();
  const messages: MqttMessage[] = [];
  replay$.subscribe({ next: message => messages.push(message), error: () => undefined });
  const subscription = client.topic$(filters, options).subscribe(replay$);
  const ended = lastValueFrom(replay$.pipe(ignoreElements()), { defaultValue: undefined });
  ended.catch(() => undefined); // who is interested awaits it
  return {
    messages,
    subscription,
    first: wanted => firstValueFrom(replay$.pipe(take(wanted), toArray())),
    before: async text => {
      await firstValueFrom(replay$.pipe(filter(message => message.text() === text)));
      return messages.slice(
        0,
        messages.findIndex(message => message.text() === text),
      );
    },
    ended,
  };
}

/** Subscribes, and waits until the broker has acknowledged it. */
export async function subscribed(
  client: MqttClient,
  filters: string | readonly string[],
  options?: TopicOptions,
): Promise<Inbox> {
  const granted = settled(client, 'subscribe', [filters].flat()[0]!);
  const inbox = listen(client, filters, options);
  await granted;
  return inbox;
}

/** The next SUBACK or UNSUBACK for a filter. */
export const settled = (client: MqttClient, kind: 'subscribe' | 'unsubscribe', topicFilter: string) =>
  firstValueFrom(client.ack$.pipe(filter(ack => ack.kind === kind && ack.filters.includes(topicFilter))));

/** The packets that pass from now on, in words: `> PUBLISH q1 #1 t` went out, `< PUBACK #1` came in. */
export function watch(client: MqttClient): {
  readonly lines: readonly string[];
  sent(command: Packet['cmd']): string[];
} {
  const lines: string[] = [];
  client.packet$.subscribe(({ direction, packet }) =>
    lines.push(`${direction === 'sent' ? '>' : '<'} ${describePacket(packet)}`),
  );
  return {
    lines,
    sent: command =>
      lines.filter(line => line.startsWith(`> ${command.toUpperCase()}`)).map(line => line.slice('> '.length)),
  };
}

/** The error with which a stream ends. */
export async function failure(stream$: Observable<unknown>): Promise<unknown> {
  try {
    await lastValueFrom(stream$, { defaultValue: undefined });
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

export const texts = (messages: readonly MqttMessage[]): string[] => messages.map(message => message.text());
