import type { QoS } from '../src/index.js';
import type { HoldTask, Version } from './contestant.js';

/** One row of the table. */
export interface Scenario {
  readonly name: string;
  readonly kind:
    | 'publish'
    | 'receive'
    | 'dispatch'
    | 'roundTrip'
    | 'loadedRoundTrip'
    | 'connect'
    | 'reconnect'
    | 'manyConnects'
    | 'idleClients'
    | 'queue'
    | 'bundle'
    | 'packages'
    | 'hold';
  readonly version: Version;
  readonly qos: QoS;
  /** bytes of a payload */
  readonly size: number;
  readonly filters: number;
  /** Messages, or clients, of one round. */
  readonly count: number;
  /** The same for the slow, which would take minutes. */
  readonly fewer?: Readonly<Record<string, number>>;
  /** Whether a round takes long: there are at most 3 then, and --quick has none. */
  readonly isLong?: boolean;
  /** Of the kind `hold`: what holds the event loop. */
  readonly hold?: HoldTask['what'];
  readonly contestants: readonly string[];
  /** Whether each client keeps its session on the disk. */
  readonly hasStore?: boolean;
  /** What is aimed at: MQTT.js over ours, at least, and over `publishAll`, if that differs; and ours in the unit of the row, at most. */
  readonly goal?: { readonly ratio?: number; readonly streamed?: number; readonly most?: number };
}

const all = ['rxjs-mqtt', 'publishAll', 'MQTT.js', 'libmosquitto', 'mqtt-packet', 'minimum'];
const receivers = all.filter(name => name !== 'publishAll');
const pair = ['rxjs-mqtt', 'MQTT.js'];

const goals: Readonly<Record<string, number>> = {
  'publish 0 64': 6,
  'publish 1 64': 12,
  'publish 2 64': 20,
  'receive 0 64': 7,
  'receive 1 64': 12,
  'receive 2 64': 15,
  'publish 0 1024': 4,
  'publish 1 1024': 8,
  'publish 2 1024': 10,
  'receive 0 1024': 4,
  'receive 1 1024': 5,
  'receive 2 1024': 8,
};

function traffic(kind: 'publish' | 'receive', qos: QoS, size: number): Scenario {
  const unit = size === 64 ? '64 B' : '1 KiB';
  return {
    name: `${kind} QoS ${qos}, ${unit}`,
    kind,
    // in 3.1.1 this library has no more than 16 messages of QoS 2 on their way, for brokers drop what is above their bound
    version: kind === 'publish' && qos === 2 ? 5 : 4,
    qos,
    size,
    filters: kind === 'publish' ? 0 : 1,
    count: 10_000,
    contestants: kind === 'publish' ? all : receivers,
    goal: {
      ratio: goals[`${kind} ${qos} ${size}`]!,
      ...(kind === 'publish' && qos === 1 && size === 64 ? { streamed: 15 } : {}),
    },
  };
}

/** The session is in LevelDB: `classic-level` without `sync`, and `mqtt-level-store`. */
const withStore = (qos: QoS, most: number): Scenario => ({
  ...traffic('publish', qos, 64),
  name: `publish with a store QoS ${qos}, 64 B`,
  contestants: pair,
  hasStore: true,
  goal: { ratio: 15, most },
});

const dispatch = (filters: number, goal?: number): Scenario => ({
  name: `dispatch to ${filters.toLocaleString('en')} topic streams`,
  kind: 'dispatch',
  version: 4,
  qos: 0,
  size: 64,
  filters,
  count: filters > 1000 ? 2_000 : 10_000,
  contestants: pair,
  ...(goal === undefined ? {} : { goal: { most: goal } }),
});

const single = (name: string, kind: Scenario['kind'], count: number, goal: Scenario['goal'] = {}): Scenario => ({
  name,
  kind,
  version: 4,
  qos: 1,
  size: 64,
  filters: 0,
  count,
  contestants: pair,
  goal,
});

/** Clients that connect to mosquitto, and clients that wait for messages. */
const manyClients = (count: number, isLong: boolean): Scenario[] => {
  const clients = `${count.toLocaleString('en')} clients`;
  return [
    { ...single(`connect and subscribe ${clients}`, 'manyConnects', count, { ratio: 1 }), filters: 1, isLong },
    { ...single(`memory of ${clients} that are idle`, 'idleClients', count, { most: 16_000 }), filters: 1, isLong },
  ];
};

/** The most ms for which the event loop should be held on a quiet machine. */
const LONGEST_HOLD = 25;

const hold = (name: string, what: HoldTask['what'], count: number): Scenario => ({
  ...single(`fairness, ${name}`, 'hold', count, { most: LONGEST_HOLD }),
  hold: what,
  contestants: what === 'latest' ? ['rxjs-mqtt'] : pair,
});

export const scenarios: readonly Scenario[] = [
  ...([64, 1024] as const).flatMap(size =>
    (['publish', 'receive'] as const).flatMap(kind => ([0, 1, 2] as const).map(qos => traffic(kind, qos, size))),
  ),
  { ...traffic('publish', 2, 64), name: 'publish QoS 2, 64 B, MQTT 3.1.1', version: 4, goal: { ratio: 10 } },
  withStore(1, 6),
  withStore(2, 9),
  dispatch(1),
  dispatch(100),
  dispatch(10_000, 5),
  {
    ...single('round trip, one at a time', 'roundTrip', 1000),
    fewer: { 'MQTT.js': 100 },
    contestants: [...pair, 'mqtt-packet', 'minimum'],
  },
  { ...single('round trip, under load', 'loadedRoundTrip', 1000), fewer: { 'MQTT.js': 100 }, contestants: pair },
  single('first connect of a process', 'connect', 1),
  single('connect and disconnect again', 'reconnect', 700, { ratio: 1 / 1.5 }),
  ...manyClients(1_000, false),
  ...manyClients(10_000, true),
  {
    ...single('memory of a waiting message', 'queue', 100_000, { ratio: 1, most: 284 }),
    contestants: ['rxjs-mqtt', 'publishAll', 'MQTT.js'],
  },
  single('browser bundle of { mqtt }', 'bundle', 1, { most: 45 }),
  single('installation', 'packages', 1, { most: 2 }),
  hold('publishing 500,000 messages of a generator', 'publishAll', 500_000),
  hold('sending 100,000 queued messages', 'queued', 100_000),
  hold('resending 65,000 messages', 'resend', 65_000),
  hold('subscribing 100,000 filters', 'subscribe', 100_000),
  hold('closing with 100,000 queued messages', 'close', 100_000),
  hold('receiving 200,000 messages that wait', 'receive', 200_000),
  hold('replaying the latest of 100,000 topics', 'latest', 100_000),
];
