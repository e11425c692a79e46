import { type SchedulerAction, type SchedulerLike, type Subscription, asyncScheduler } from 'rxjs';
import { monotonicTime } from './environment.js';

/** ms by which two clocks may part before one of them was set, or stood still. */
const TOLERANCE = 100;

/** ms since 1970, in 2001. Time before it is virtual, as in `TestScheduler.run()`, or that of a machine which was not told the date yet. */
const FIRST_REAL_TIME = 1e12;

export interface Clocks {
  /** ms since 1970, as somebody has set it. */
  readonly wall: () => number;
  /** ms since some moment, of a clock that nobody sets; undefined where there is none. */
  readonly monotonic: () => number | undefined;
}

/**
 * The scheduler of a client that is given none: the timers of `asyncScheduler`, and a clock that never goes back.
 *
 * It runs with the monotonic clock of the platform. That one stands still on some platforms while the machine sleeps. So what the wall
 * clock gains on it counts as time that has passed, and what the wall clock loses does not count: somebody has set it.
 *
 * Lives with the client.
 */
export class SteadyScheduler implements SchedulerLike {
  readonly #clocks: Clocks;
  /** ms from the monotonic clock to the wall clock, when they were last found to have parted. Undefined in virtual time. */
  #difference: number | undefined;
  /** ms from the monotonic clock to this one. */
  #offset = 0;
  /** The last time that was shown in virtual time, from which real time goes on. */
  #virtual: number | undefined;
  /** Where there is no monotonic clock: what the wall clock has shown, and the ms that it went forward. */
  #lastWall: number | undefined;
  #forward = 0;

  constructor(clocks: Clocks = { wall: () => asyncScheduler.now(), monotonic: monotonicTime }) {
    this.#clocks = clocks;
  }

  now(): number {
    const wall = this.#clocks.wall();
    if (wall < FIRST_REAL_TIME && this.#difference === undefined) return (this.#virtual = wall);
    const monotonic = this.#clocks.monotonic() ?? this.#stepsForward(wall);
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

  #stepsForward(wall: number): number {
    this.#forward += Math.max(0, wall - (this.#lastWall ?? wall));
    this.#lastWall = wall;
    return this.#forward;
  }
}
