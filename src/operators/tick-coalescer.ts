import { type SchedulerLike, Subscription } from 'rxjs';

/** Runs a task of its owner once at the end of the tick, however often the tick schedules it. */
export class TickCoalescer<T> {
  readonly #tick: SchedulerLike;
  readonly #task: (owner: T) => void;
  readonly #owner: T;
  #isScheduled = false;
  #action = Subscription.EMPTY;

  /** @param task - gets the owner, so that all owners of a kind share one function. */
  constructor(tick: SchedulerLike, task: (owner: T) => void, owner: T) {
    this.#tick = tick;
    this.#task = task;
    this.#owner = owner;
  }

  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#action = this.#tick.schedule(TickCoalescer.#run, 0, this as TickCoalescer<unknown>);
  }

  cancel(): void {
    this.#isScheduled = false;
    this.#action.unsubscribe();
    this.#action = Subscription.EMPTY;
  }

  static #run(this: void, coalescer?: TickCoalescer<unknown>): void {
    coalescer!.#isScheduled = false;
    coalescer!.#action = Subscription.EMPTY; // it has run, so it need not stay in memory
    coalescer!.#task(coalescer!.#owner);
  }
}
