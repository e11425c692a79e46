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
export const createYielding = (context: YieldingContext): Yielding => new ClientYielding(context);

interface YieldingContext {
  readonly scheduler: SchedulerLike;
  readonly trampoline: Trampoline;
}

class ClientYielding implements Yielding {
  readonly #context: YieldingContext;

  constructor(context: YieldingContext) {
    this.#context = context;
  }

  now(): number | undefined {
    return this.#isReal ? (monotonicTime() ?? asyncScheduler.now()) : undefined;
  }

  nextTurn(task: () => void): void {
    const run = () => this.#context.trampoline.run(task);
    if (this.#isReal) runInNextTurn(run);
    else this.#context.scheduler.schedule(run, VIRTUAL_DELAY);
  }

  get #isReal(): boolean {
    return this.#context.scheduler instanceof SteadyScheduler && !isVirtual(asyncScheduler.now());
  }
}
