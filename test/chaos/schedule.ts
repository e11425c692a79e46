import type { Direction, Fate, Fault, Pace } from '../support/fault-proxy.js';

export type Random = () => number;

/** From `least` to `most`, both included. */
export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));

export const oneOf = <T>(random: Random, choices: readonly [T, ...T[]]): T =>
  choices[Math.floor(random() * choices.length)]!;

export interface Schedule {
  readonly faults: number;
  /** Black holes take the time until they are noticed, so they are counted. */
  readonly blackHoles: number;
}

/** The fates of one wire, the same for the same random numbers. */
export function schedule(random: Random, { faults, blackHoles }: Schedule): Fate[] {
  const holes = new Set<number>();
  while (holes.size < blackHoles) holes.add(between(random, 0, faults - 1));
  return Array.from({ length: faults }, (_, i) => ({
    fault: holes.has(i) ? blackHole(random) : quickFault(random),
    pace: pace(random),
  }));
}

function quickFault(random: Random): Fault {
  const dice = random();
  if (dice < 0.05) return { kind: 'refuse', times: between(random, 1, 4) };
  if (dice < 0.1) return { kind: 'away', ms: between(random, 1, 40) };
  return cut(random, random() < 0.3 ? 'broker' : 'nobody');
}

function blackHole(random: Random): Fault {
  if (random() < 0.3) return cut(random, 'client');
  return { kind: 'blackHole', direction: direction(random), after: offset(random), both: random() < 0.5 };
}

function cut(random: Random, unaware: 'nobody' | 'broker' | 'client'): Fault {
  const after = offset(random);
  return {
    kind: 'cut',
    direction: direction(random),
    after,
    lost: random() < 0.5 ? 0 : between(random, 0, after),
    by: oneOf(random, ['fin', 'rst']),
    unaware,
  };
}

/** In CONNECT or CONNACK, or right behind it, or somewhere in the traffic. */
const offset = (random: Random): number => between(random, 0, oneOf(random, [60, 200, 1500]));

const direction = (random: Random): Direction => oneOf(random, ['toBroker', 'toClient']);

function pace(random: Random): Pace {
  const dice = random();
  if (dice < 0.6) return 'asTheyCome';
  return dice < 0.85 ? 'byteByByte' : { ms: between(random, 1, 4) };
}
