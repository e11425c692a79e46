import { type SchedulerAction, type SchedulerLike, type Subscription, asyncScheduler } from 'rxjs';
import { monotonicTime } from './environment.js';

/** ms by which the difference between two clocks may change before it counts: one of them was set, or stood still. */
const TOLERANCE = 100;

/** ms since 1970, in 2001. Earlier times are virtual, as in `TestScheduler.run()`, or from a machine whose date is not set yet. */
const FIRST_REAL_TIME = 1e12;

/** Whether time is virtual, as in `TestScheduler.run()`. */
export const isVirtual = (now: number): boolean => now < FIRST_REAL_TIME;

export interface Clocks {
  /** Returns ms since 1970, as the clock of the machine is set. */
  readonly wall: () => number;
  /** Returns the ms of a clock that is never set, since an arbitrary moment; undefined if there is none. */
  readonly monotonic: () => number | undefined;
}

const platformClocks: Clocks = { wall: () => asyncScheduler.now(), monotonic: monotonicTime };

/**
 * The default scheduler of a client: it has the timers of `asyncScheduler`, and a clock that never goes back.
 *
 * It follows the monotonic clock of the platform, which stands still on some platforms while the machine sleeps. So time that the wall
 * clock gains on it counts as time that has passed. Time that the wall clock loses does not count, because somebody has set it.
 *
 * Lives with the client.
 */
export class SteadyScheduler implements SchedulerLike {
  readonly #clocks: Clocks;
  /** ms from the monotonic clock to the wall clock when their difference last changed. Undefined in virtual time. */
  #difference: number | undefined;
  /** ms from the monotonic clock to this one. */
  #offset = 0;
  /** The last virtual time, from which real time continues. */
  #virtual: number | undefined;
  /** The last wall time, for a platform without a monotonic clock. */
  #lastWall: number | undefined;
  /** The ms by which the wall clock went forward, for a platform without a monotonic clock. */
  #forward = 0;

  constructor(clocks: Clocks = platformClocks) {
    this.#clocks = clocks;
  }

  now(): number {
    const wall = this.#clocks.wall();
    if (isVirtual(wall) && this.#difference === undefined) return (this.#virtual = wall);
    const monotonic = this.#clocks.monotonic() ?? this.#addForwardStep(wall);
    const difference = wall - monotonic;
    if (this.#difference === undefined) {
      this.#offset = (this.#virtual ?? wall) - monotonic;
      this.#difference = difference;
    }
    const gained = difference - this.#difference;
    if (Math.abs(gained) > TOLERANCE) {
      this.#difference = difference;
      if (gained > 0) this.#offset += gained;
    }
    return Math.floor(monotonic + this.#offset);
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription {
    return asyncScheduler.schedule(work, delay, state);
  }

  #addForwardStep(wall: number): number {
    this.#forward += Math.max(0, wall - (this.#lastWall ?? wall));
    this.#lastWall = wall;
    return this.#forward;
  }
}
