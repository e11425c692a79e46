import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

/**
 * The scheduler of a mock. Work without a delay runs before the call that scheduled it returns, work with an infinite delay is dropped, and
 * all other work runs on the scheduler of the test.
 */
export class MockScheduler implements SchedulerLike {
  readonly #timers: SchedulerLike;
  /** Runs a task as soon as the client is not running another one. */
  run: (task: () => void) => void = task => task();

  constructor(timers: SchedulerLike) {
    this.#timers = timers;
  }

  now(): number {
    return this.#timers.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    // A timer that never fires would keep a TestScheduler, or the process, alive.
    if (delay === Infinity) return Subscription.EMPTY;
    if (delay > 0) return this.#timers.schedule(work, delay, state);
    const action = new SynchronousAction(this, work);
    this.run(() => action.execute(state));
    return action;
  }
}

class SynchronousAction<T> extends Subscription implements SchedulerAction<T> {
  readonly #scheduler: SchedulerLike;
  readonly #work: (this: SchedulerAction<T>, state?: T) => void;

  constructor(scheduler: SchedulerLike, work: (this: SchedulerAction<T>, state?: T) => void) {
    super();
    this.#scheduler = scheduler;
    this.#work = work;
  }

  execute(state: T | undefined): void {
    if (!this.closed) this.#work(state);
  }

  schedule(state?: T, delay?: number): Subscription {
    this.add(this.#scheduler.schedule(this.#work, delay, state));
    return this;
  }
}
