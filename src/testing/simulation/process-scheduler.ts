import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

/** The scheduler of one process: what the process has scheduled ends with it. */
export class ProcessScheduler implements SchedulerLike {
  readonly #actions = new Subscription();
  readonly #clock: SchedulerLike;
  readonly #beforeTask: () => void;

  /** @param beforeTask - is called before each task, and may let the process die. */
  constructor(clock: SchedulerLike, beforeTask: () => void = () => undefined) {
    this.#clock = clock;
    this.#beforeTask = beforeTask;
  }

  now(): number {
    return this.#clock.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    if (this.#actions.closed) return Subscription.EMPTY;
    const beforeTask = this.#beforeTask;
    const actions = this.#actions;
    const action = this.#clock.schedule<T>(
      function (given) {
        beforeTask();
        if (!actions.closed) work.call(this, given);
      },
      delay,
      state,
    );
    this.#actions.add(action);
    return action;
  }

  die(): void {
    this.#actions.unsubscribe();
  }
}
