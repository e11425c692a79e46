import { writeHeapSnapshot } from 'node:v8';
import { type Contestant, type HoldTask, type Task, latch } from './contestant.js';
import { contestants } from './contestants/index.js';
import { HoldMeter } from './hold-meter.js';

/** What a contestant's process is asked to do. Each order is answered by one measurement. */
export type Order =
  | { readonly order: 'start'; readonly task: Task }
  | { readonly order: 'publish'; readonly topic: string; readonly count: number }
  /** Answered when `count` messages are there. */
  | { readonly order: 'receive'; readonly count: number }
  /** `count` round trips to its own subscription, one after the other. */
  | { readonly order: 'roundTrips'; readonly count: number }
  /** Connects and disconnects, `count` times. */
  | { readonly order: 'connects'; readonly count: number; readonly task: Task }
  /** Queues `count` messages without a connection. */
  | { readonly order: 'queue'; readonly count: number }
  /** Connects `count` further clients with one subscription each, `task.window` of them at a time. */
  | { readonly order: 'clients'; readonly count: number; readonly task: Task }
  /** Writes a heap snapshot to the file `path`. */
  | { readonly order: 'snapshot'; readonly path: string }
  /** Long work on a connection of its own. Its longest hold of the event loop is the only one of the `times`. */
  | { readonly order: 'hold'; readonly hold: HoldTask; readonly task: Task }
  | { readonly order: 'stop' };

export interface Measurement {
  /** µs of this process, user and system. */
  readonly cpu: number;
  /** ms */
  readonly wall: number;
  /** ms each, where single times are asked for. */
  readonly times: readonly number[];
  /** bytes by which the heap grew, where that is asked for. */
  readonly heap: number;
  /** bytes by which the memory of buffers grew, where that is asked for. It is not in `heap`. */
  readonly buffers?: number;
}

/** Measures from `begin()` to `end()`. */
class Meter {
  #cpu = process.cpuUsage();
  #wall = performance.now();

  begin(): void {
    this.#cpu = process.cpuUsage();
    this.#wall = performance.now();
  }

  end(times: readonly number[] = [], heap = 0): Measurement {
    const { user, system } = process.cpuUsage(this.#cpu);
    return { cpu: user + system, wall: performance.now() - this.#wall, times, heap };
  }
}

const contestant: Contestant = await contestants[process.argv[2]!]!();
const meter = new Meter();
let missing = 0;
let arrived = latch();
const received = () => {
  if (--missing === 0) arrived.open();
};
const expect = (count: number) => {
  missing = count;
  arrived = latch();
};

function settledMemory() {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage();
}

function settledHeap(): number {
  const { heapUsed, external } = settledMemory();
  return heapUsed + external;
}

/** ms for the clients of one order. */
const TIMEOUT = 300_000;

let addedClients = 0;

async function addClients(task: Task, count: number): Promise<void> {
  if (contestant.addClient === undefined) throw new Error(`'${process.argv[2]}' has no further clients`);
  const end = addedClients + count;
  const one = async () => {
    while (addedClients < end) await contestant.addClient!({ ...task, clientId: `${task.clientId}-${addedClients++}` });
  };
  const tooLong = setTimeout(() => {
    throw new Error(`not all of ${count} clients are connected after ${TIMEOUT} ms`);
  }, TIMEOUT);
  await Promise.all(Array.from({ length: task.window }, one));
  clearTimeout(tooLong);
}

async function obey(order: Order): Promise<Measurement> {
  switch (order.order) {
    case 'start':
      meter.begin();
      await contestant.start(order.task, received);
      return meter.end();
    case 'publish':
      meter.begin();
      await contestant.publish(order.topic, order.count);
      return meter.end();
    case 'receive':
      expect(order.count);
      meter.begin();
      await arrived.opened;
      return meter.end();
    case 'roundTrips': {
      const times: number[] = [];
      meter.begin();
      for (let i = 0; i < order.count; i++) {
        expect(1);
        const before = performance.now();
        void contestant.publish('bench/echo', 1);
        await arrived.opened;
        times.push(performance.now() - before);
      }
      return meter.end(times);
    }
    case 'connects': {
      const times: number[] = [];
      const heap = settledHeap();
      meter.begin();
      for (let i = 0; i < order.count; i++) {
        const before = performance.now();
        await contestant.start(order.task, received);
        times.push(performance.now() - before);
        await contestant.stop();
      }
      return meter.end(times, settledHeap() - heap);
    }
    case 'queue': {
      const heap = settledHeap();
      meter.begin();
      await contestant.queue?.(order.count);
      return meter.end([], settledHeap() - heap);
    }
    case 'clients': {
      const before = settledMemory();
      meter.begin();
      await addClients(order.task, order.count);
      const measured = meter.end();
      // What the last acknowledgements have scheduled runs before the garbage is collected.
      await new Promise(resolve => setImmediate(resolve));
      const after = settledMemory();
      return { ...measured, heap: after.heapUsed - before.heapUsed, buffers: after.external - before.external };
    }
    case 'snapshot':
      writeHeapSnapshot(order.path);
      return meter.end();
    case 'hold': {
      meter.begin();
      return meter.end([await contestant.hold!(order.hold, order.task, new HoldMeter())]);
    }
    case 'stop':
      await contestant.stop();
      return meter.end();
  }
}

process.on('message', (order: Order) => void obey(order).then(measurement => process.send?.(measurement)));
process.on('disconnect', () => process.exit());
process.send?.('ready');
