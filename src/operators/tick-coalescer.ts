import { type SchedulerLike, Subscription } from 'rxjs';

/** Runs a task once at the end of the tick, however often the tick schedules it. */
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
