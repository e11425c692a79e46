import { seededRandom } from '../../src/testing/simulation/random.js';

/** The same numbers from 0 to 1 for the same seed. */
export const seeded = (seed: number): (() => number) => seededRandom(seed).next;
