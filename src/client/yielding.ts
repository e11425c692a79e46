import { type SchedulerLike, asyncScheduler } from 'rxjs';
import type { Yielding } from '../operators/slice.js';
import { monotonicTime, runInNextTurn } from './platform/environment.js';
import { SteadyScheduler, isVirtual } from './platform/steady-scheduler.js';
import type { Trampoline } from './trampoline.js';

/** ms that a slice takes on virtual time. Without it, work that never ends would keep virtual time from passing. */
const VIRTUAL_DELAY = 1;

/**
 * Lets long work of a client yield. On the default scheduler, work continues with the next turn of the event loop. A scheduler of the user
 * may be virtual, so that work continues as an action of it, after a number of items.
 */
export const createYielding = (scheduler: SchedulerLike, trampoline: Trampoline): Yielding =>
  new ClientYielding(scheduler, trampoline);

class ClientYielding implements Yielding {
  readonly #scheduler: SchedulerLike;
  readonly #trampoline: Trampoline;

  constructor(scheduler: SchedulerLike, trampoline: Trampoline) {
    this.#scheduler = scheduler;
    this.#trampoline = trampoline;
  }

  now(): number | undefined {
    return this.#isReal ? (monotonicTime() ?? asyncScheduler.now()) : undefined;
  }

  nextTurn(task: () => void): void {
    const run = () => this.#trampoline.run(task);
    if (this.#isReal) runInNextTurn(run);
    else this.#scheduler.schedule(run, VIRTUAL_DELAY);
  }

  get #isReal(): boolean {
    return this.#scheduler instanceof SteadyScheduler && !isVirtual(asyncScheduler.now());
  }
}
