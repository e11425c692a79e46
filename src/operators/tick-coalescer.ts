import { type SchedulerLike, Subscription } from 'rxjs';

/** Runs a task at the end of the turn in which it was asked for, once, however often it was. */
export class TickCoalescer {
  readonly #tick: SchedulerLike;
  readonly #task: () => void;
  #isScheduled = false;
  #action = Subscription.EMPTY;

  constructor(tick: SchedulerLike, task: () => void) {
    this.#tick = tick;
    this.#task = task;
  }

  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#action.unsubscribe();
    this.#action = this.#tick.schedule(this.#run);
  }

  cancel(): void {
    this.#isScheduled = false;
    this.#action.unsubscribe();
  }

  readonly #run = (): void => {
    this.#isScheduled = false;
    this.#task();
  };
}
