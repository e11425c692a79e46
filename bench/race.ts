import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idleClients, manyConnects } from './clients/many-clients.js';
import { type Task, topicOf } from './contestant.js';
import { startLibmosquitto } from './libmosquitto/index.js';
import { type Peer, type Runner, startContestant } from './processes.js';
import type { Scenario } from './scenarios.js';
import { median, percentile } from './statistics.js';
import { bundleSizes, packageCounts } from './weight/weigh.js';
import type { Measurement } from './worker.js';

/** Messages on their way at once. */
const WINDOW = 1000;
/** Messages of the load beside a round trip: so many every 5 ms. */
const LOAD = 100;

export interface Result {
  readonly scenario: string;
  readonly unit: string;
  /** By contestant; the value that is compared, and what else was seen. */
  readonly values: Readonly<
    Record<string, { readonly value: number; readonly also?: Readonly<Record<string, number>> }>
  >;
}

interface Entry {
  readonly runner: Runner;
  readonly task: Task;
}

const start = (name: string): Promise<Runner | undefined> =>
  name === 'libmosquitto' ? startLibmosquitto() : startContestant(name);

/** All contestants of a scenario, in turn, round by round, so that what the machine does meanwhile meets all of them. */
export async function race(scenario: Scenario, peer: Peer, rounds: number): Promise<Result> {
  switch (scenario.kind) {
    case 'connect':
    case 'hold':
      return oneByOne(scenario, peer, rounds);
    case 'manyConnects':
      return manyConnects(scenario, scenario.isLong === true ? Math.min(rounds, 3) : rounds);
    case 'idleClients':
      return idleClients(scenario, peer);
    case 'bundle':
      return bundleSizes(scenario);
    case 'packages':
      return packageCounts(scenario);
    default:
      return interleaved(scenario, peer, rounds);
  }
}

async function interleaved(scenario: Scenario, peer: Peer, rounds: number): Promise<Result> {
  const runners = await Promise.all(scenario.contestants.map(start));
  const folder = scenario.hasStore === true ? await mkdtemp(join(tmpdir(), 'bench-store-')) : undefined;
  const entries: Entry[] = runners
    .filter(runner => runner !== undefined)
    .map(runner => {
      const task = taskOf(scenario, peer, runner.name);
      return { runner, task: folder === undefined ? task : { ...task, store: join(folder, runner.name) } };
    });
  try {
    const seen = new Map<string, Measurement[]>(entries.map(({ runner }) => [runner.name, []]));
    if (needsConnection(scenario)) for (const { runner, task } of entries) await runner.run({ order: 'start', task });
    // the first rounds are for the compiler
    const warmUp = scenario.kind === 'queue' ? 0 : 2;
    for (let round = -warmUp; round < (scenario.kind === 'queue' ? 1 : rounds); round++) {
      for (const entry of entries) {
        const measured = await measure(scenario, entry, peer);
        if (round >= 0) seen.get(entry.runner.name)!.push(measured);
      }
    }
    return summary(scenario, seen);
  } finally {
    for (const { runner } of entries) runner.end();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Each in a process of its own, which has loaded its library. */
async function oneByOne(scenario: Scenario, peer: Peer, rounds: number): Promise<Result> {
  const seen = new Map<string, Measurement[]>(scenario.contestants.map(name => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of scenario.contestants) {
      const runner = await startContestant(name);
      const task = taskOf(scenario, peer, name);
      const { hold: what, count } = scenario;
      const order = what
        ? ({ order: 'hold', hold: { what, count }, task } as const)
        : ({ order: 'start', task } as const);
      seen.get(name)!.push(await runner.run(order));
      runner.end();
    }
  }
  return summary(scenario, seen);
}

const needsConnection = ({ kind }: Scenario) => kind !== 'reconnect' && kind !== 'queue';

function taskOf({ kind, version, qos, size, filters }: Scenario, { port }: Peer, name: string): Task {
  const echo = kind === 'roundTrip' || kind === 'loadedRoundTrip';
  return {
    port,
    version,
    qos,
    size,
    window: WINDOW,
    filters: echo ? ['bench/echo'] : Array.from({ length: filters }, (_, i) => topicOf(i)),
    // with a session, which a hold may need, each is a client of its own
    clientId: kind === 'hold' ? `bench-${name}-${randomUUID()}` : `bench-${name}`,
  };
}

async function measure(scenario: Scenario, { runner, task }: Entry, peer: Peer): Promise<Measurement> {
  const { kind, qos, size, filters } = scenario;
  const count = scenario.fewer?.[runner.name] ?? scenario.count;
  const { clientId } = task;
  switch (kind) {
    case 'publish':
      return runner.run({ order: 'publish', topic: topicOf(0), count });
    case 'receive':
    case 'dispatch': {
      const measured = runner.run({ order: 'receive', count });
      await peer.feed({ clientId, qos, size, count, window: WINDOW, topics: filters, pause: 0 });
      return measured;
    }
    case 'roundTrip':
      return runner.run({ order: 'roundTrips', count });
    case 'loadedRoundTrip': {
      const fed = peer.feed({ clientId, qos: 0, size, count: Infinity, window: LOAD, topics: 1, pause: 5 });
      const measured = await runner.run({ order: 'roundTrips', count });
      peer.quiet(clientId);
      await fed;
      return measured;
    }
    case 'reconnect':
      return runner.run({ order: 'connects', count, task });
    case 'queue':
      return runner.run({ order: 'queue', count });
    default:
      throw new Error(`'${kind}' is not measured in one process round by round`);
  }
}

function summary({ name, kind, count, size }: Scenario, seen: ReadonlyMap<string, readonly Measurement[]>): Result {
  const cpu = (measured: readonly Measurement[]) => median(measured.map(one => one.cpu / count));
  const times = (measured: readonly Measurement[]) => measured.flatMap(one => one.times).map(ms => ms * 1000);
  const of = (
    unit: string,
    value: (measured: readonly Measurement[]) => number,
    also?: (measured: readonly Measurement[]) => Record<string, number>,
  ): Result => ({
    scenario: name,
    unit,
    values: Object.fromEntries(
      [...seen].map(([who, measured]) => [who, { value: value(measured), ...(also && { also: also(measured) }) }]),
    ),
  });
  switch (kind) {
    case 'publish':
    case 'receive':
    case 'dispatch':
      return of('µs of CPU a message', cpu, measured => ({
        'messages a second': median(measured.map(one => (count / one.wall) * 1000)),
      }));
    case 'roundTrip':
    case 'loadedRoundTrip':
      return of(
        'µs, median',
        measured => percentile(times(measured), 50),
        measured => ({
          'p99 µs': percentile(times(measured), 99),
        }),
      );
    case 'connect':
      return of(
        'ms',
        measured => median(measured.map(one => one.wall)),
        measured => ({
          'CPU ms': median(measured.map(one => one.cpu / 1000)),
        }),
      );
    case 'reconnect':
      return of('µs of CPU each', cpu, measured => ({
        'heap bytes each, at the end': Math.max(0, measured.at(-1)!.heap / count),
      }));
    case 'hold':
      return of('ms, longest hold', measured => median(measured.flatMap(one => one.times)));
    case 'queue':
      return of(`bytes beside the ${size} of the payload`, measured => measured[0]!.heap / count);
    default:
      throw new Error(`'${kind}' has a summary of its own`);
  }
}
