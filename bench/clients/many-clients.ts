import type { BrokerKind } from '../../test/support/brokers/broker.js';
import { mosquitto } from '../../test/support/brokers/mosquitto.js';
import { startMosquitto } from '../../test/support/mosquitto.js';
import { type Task, topicOf } from '../contestant.js';
import { type Peer, pinPeer, startContestant } from '../processes.js';
import type { Result } from '../race.js';
import type { Scenario } from '../scenarios.js';
import { median } from '../statistics.js';
import type { Measurement } from '../worker.js';
import { allowedClients } from './open-file-limit.js';

/** Clients that are connecting at once. */
const CONNECTING = 50;
/** Clients that connect before the heap is measured, so that it has the compiled code. */
export const WARM_UP = 50;

/** Why a scenario cannot run here, if it cannot. */
export function reasonToLeaveOut({ kind }: Scenario, broker: BrokerKind = mosquitto): string | undefined {
  return kind === 'manyConnects' && !broker.isInstalled() ? broker.missing : undefined;
}

/** Connects many clients to mosquitto. In each round, each contestant has a process of its own that has loaded its library, and a broker. */
export async function manyConnects(scenario: Scenario, rounds: number): Promise<Result> {
  const count = allowedClients(scenario.count);
  const seen = measurementsOf(scenario);
  for (let round = 0; round < rounds; round++) {
    for (const [name, measured] of seen) {
      const broker = await startMosquitto({ isLogged: false });
      const runner = await startContestant(name);
      try {
        pinPeer(broker.pid());
        const task = taskOf(scenario, broker.port, name);
        measured.push(await runner.run({ order: 'clients', task, count }));
      } finally {
        runner.end();
        await broker.stop();
      }
    }
  }
  return resultOf(scenario, seen, 'µs of CPU each', measured => ({
    value: median(measured.map(({ cpu }) => cpu / count)),
    also: {
      'clients a second': median(measured.map(({ wall }) => (count / wall) * 1000)),
      ...whereFewer(scenario, count),
    },
  }));
}

/** Connects many clients to the peer, and measures what they hold while they are idle. */
export async function idleClients(scenario: Scenario, peer: Peer): Promise<Result> {
  const count = allowedClients(scenario.count + WARM_UP) - WARM_UP;
  const seen = measurementsOf(scenario);
  for (const [name, measured] of seen) {
    const runner = await startContestant(name);
    const task = taskOf(scenario, peer.port, name);
    try {
      await runner.run({ order: 'clients', task, count: WARM_UP });
      measured.push(await runner.run({ order: 'clients', task, count }));
    } finally {
      runner.end();
    }
  }
  return resultOf(scenario, seen, 'bytes of heap each', ([measured]) => ({
    value: measured!.heap / count,
    also: { 'bytes of buffers': Math.max(0, measured!.buffers! / count), ...whereFewer(scenario, count) },
  }));
}

export function taskOf({ version, qos }: Pick<Scenario, 'version' | 'qos'>, port: number, name: string): Task {
  const filters = [topicOf(0)];
  return { port, version, qos, size: 0, window: CONNECTING, filters, clientId: `bench-${name}` };
}

const measurementsOf = ({ contestants }: Scenario) =>
  new Map<string, Measurement[]>(contestants.map(name => [name, []]));

/** The machine may allow fewer clients than the scenario has. */
const whereFewer = (scenario: Scenario, count: number) =>
  count < scenario.count ? { 'clients, as many as this machine allows': count } : {};

function resultOf(
  { name: scenario }: Scenario,
  seen: ReadonlyMap<string, readonly Measurement[]>,
  unit: string,
  value: (measured: readonly Measurement[]) => Result['values'][string],
): Result {
  return { scenario, unit, values: Object.fromEntries([...seen].map(([name, measured]) => [name, value(measured)])) };
}
