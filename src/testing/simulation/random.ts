/** The random numbers of one seed: the same seed gives the same numbers. */
export interface Random {
  /** A number from 0 to below 1. */
  next(): number;
  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** Returns one of the choices, each with the same probability. */
  oneOf<T>(choices: readonly T[]): T;
}

/** Returns the random numbers of a seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return { next, between, oneOf: choices => choices[between(0, choices.length - 1)]! };
}

/**
 * Returns the random numbers of one purpose in the run of a seed. Each purpose has its own, so that a run without some of its events is the
 * same in everything else, and can be made smaller.
 */
export function randomOf(seed: number, purpose: string): Random {
  let hash = seed ^ 0x811c9dc5;
  for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), 0x01000193);
  return seededRandom(hash);
}
