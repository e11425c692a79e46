import type { ByteProgress } from './byte-progress.js';

/** bytes/s of a packet that is coming: the slowest networks in use, those of 2G, are faster. */
const MINIMAL_RATE = 1024;

/** Periods without progress, one after the other, that are enough. */
const ENOUGH = 2;

/**
 * Tells a packet that comes slowly from one that never comes. Any byte is a sign of life, and a byte now and then of a huge packet
 * would be one for ever, while nothing behind it can arrive.
 */
export class TrickleDetector {
  readonly #progress: ByteProgress;
  /** ms */
  readonly #period: number;
  #since: number;
  #received = 0;
  /** Where in the stream the incomplete packet begins. */
  #begin = -1;
  #slowPeriods = 0;

  constructor(progress: ByteProgress, period: number, now: number) {
    this.#progress = progress;
    this.#period = period;
    this.#since = now;
  }

  /** Whether in each of the last two periods no packet was completed, and less of one came than the minimal rate demands. */
  check(now: number): boolean {
    const elapsed = now - this.#since;
    if (elapsed < this.#period) return false;
    const { received, unread } = this.#progress;
    const begin = received - unread;
    const bytes = received - this.#received;
    const isSlow = unread > 0 && begin === this.#begin && bytes * 1000 < MINIMAL_RATE * elapsed;
    this.#slowPeriods = isSlow ? this.#slowPeriods + 1 : 0;
    this.#since = now;
    this.#received = received;
    this.#begin = begin;
    return this.#slowPeriods >= ENOUGH;
  }

  /** Nothing was read for reasons of our own: what came before `now` is no measure. */
  restart(now: number): void {
    this.#slowPeriods = 0;
    this.#since = now;
    this.#received = this.#progress.received;
    this.#begin = -1;
  }
}
