import { seeded } from '../broker/seeded.js';
import { type Setting, World } from './world.js';

/** One step of a run: after so many ms, something happens. It has a seed of its own, so that the other steps are the same without it. */
interface Step {
  readonly kind: keyof typeof kinds;
  readonly after: number;
  readonly seed: number;
}

export interface Run {
  readonly seed: number;
  readonly setting: Setting;
  readonly steps: readonly Step[];
}

export interface Failure extends Run {
  readonly problems: readonly string[];
  /** What happened, in the order of time. */
  readonly trace: readonly string[];
}

type Choose = (n: number) => number;

const packets = ['puback', 'pubrec', 'pubrel', 'pubcomp', 'publish', 'any'] as const;

/** What can happen, with its weight. */
const kinds = {
  publish: [9, (world: World, choose: Choose) => world.publish(choose(2) === 0 ? 1 : 2)],
  publishToProgram: [4, (world: World) => world.publishToProgram()],
  cut: [2, (world: World) => world.cut()],
  fault: [
    3,
    (world: World, choose: Choose) =>
      world.machine.broker.inject({
        fault: choose(3) === 0 ? 'halfOpen' : 'cut',
        packet: packets[choose(packets.length)]!,
        from: choose(2) === 0 ? 'client' : 'broker',
      }),
  ],
  unreachable: [
    1,
    (world: World, choose: Choose) => world.machine.broker.inject({ fault: 'unreachable', times: 1 + choose(3) }),
  ],
  crash: [2, (world: World, choose: Choose) => world.crash(choose(2) === 0)],
  reopen: [1, (world: World, choose: Choose) => world.reopen(choose(60))],
  failStore: [1, (world: World, choose: Choose) => world.failStore(choose(400))],
} as const satisfies Record<string, readonly [weight: number, run: (world: World, choose: Choose) => void]>;

const STEPS = 60;

/** Makes the run of a seed. */
export function runOf(seed: number): Run {
  const choose = choosing(seeded(seed));
  const lots = Object.entries(kinds).flatMap(([kind, [weight]]) => Array<string>(weight).fill(kind)) as Step['kind'][];
  const setting: Setting = {
    version: choose(2) === 0 ? 5 : 4,
    deliverQos2: choose(2) === 0 ? 'publish' : 'release',
    manual: choose(2) === 0,
    receiveMaximum: choose(2) === 0 ? 65_535 : 2,
  };
  const steps = Array.from({ length: STEPS }, () => ({
    kind: lots[choose(lots.length)]!,
    after: choose(40),
    seed: choose(2 ** 31),
  }));
  return { seed, setting, steps };
}

/** Runs it, and returns what is wrong in the end; undefined if nothing is. */
export function failureOf(run: Run): Failure | undefined {
  const world = new World(run.setting, seeded(run.seed));
  let problems: string[];
  try {
    for (const { kind, after, seed } of run.steps) {
      world.machine.run(after);
      kinds[kind][1](world, choosing(seeded(seed)));
    }
    world.settle();
    ({ problems } = world);
  } catch (error) {
    problems = [String(error)];
  }
  return problems.length === 0 ? undefined : { ...run, problems, trace: world.trace };
}

/** Leaves out steps while the run still fails. */
export function shrink(failure: Failure): Failure {
  let smallest = failure;
  for (let size = Math.ceil(smallest.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.steps.length;) {
      const steps = [...smallest.steps.slice(0, at), ...smallest.steps.slice(at + size)];
      const smaller = failureOf({ ...smallest, steps });
      if (smaller === undefined) at += size;
      else smallest = smaller;
    }
  }
  return smallest;
}

/** Returns what a person needs to understand a failure. */
export function describeFailure({ seed, setting, steps, problems, trace }: Failure): string {
  const lines = [
    `seed ${seed}: ${problems.join('; ')}`,
    `setting: ${JSON.stringify(setting)}`,
    `steps: ${steps.map(({ kind, after }) => `${after} ms ${kind}`).join(', ')}`,
    ...trace,
  ];
  return lines.join('\n');
}

const choosing =
  (random: () => number): Choose =>
  n =>
    Math.floor(random() * n);
