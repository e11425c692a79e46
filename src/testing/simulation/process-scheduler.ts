import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

/** The scheduler of one process: what the process has scheduled ends with it. */
export class ProcessScheduler implements SchedulerLike {
  readonly #actions = new Subscription();
  readonly #clock: SchedulerLike;

  constructor(clock: SchedulerLike) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    if (this.#actions.closed) return Subscription.EMPTY;
    const action = this.#clock.schedule(work, delay, state);
    this.#actions.add(action);
    return action;
  }

  die(): void {
    this.#actions.unsubscribe();
  }
}
