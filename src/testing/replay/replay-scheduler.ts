import { type SchedulerAction, Subscription } from 'rxjs';
import { LenientScheduler } from '../marbles/lenient-scheduler.js';

/** The virtual time of a replay. It has no expectations, and can be stopped. */
export class ReplayScheduler extends LenientScheduler {
  #isStopped = false;

  constructor() {
    super(() => undefined);
  }

  override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    if (this.#isStopped && delay > 0) return Subscription.EMPTY;
    return super.schedule(work, delay, state);
  }

  /**
   * Ends virtual time after the present ms, although timers are left. What is due in this ms still runs: `asapScheduler` belongs to the process,
   * and would wait for ever for its turn.
   */
  stop(): void {
    this.#isStopped = true;
    const due = this.actions.filter(({ delay }) => delay <= this.frame);
    this.actions.splice(0, Infinity, ...due);
  }
}
