import { type SchedulerLike, Subscription } from 'rxjs';

/** Runs a task at the end of the turn in which it was asked for, once, however often it was. */
export class OnceATick {
  readonly #tick: SchedulerLike;
  readonly #task: () => void;
  #asked = false;
  #action = Subscription.EMPTY;

  constructor(tick: SchedulerLike, task: () => void) {
    this.#tick = tick;
    this.#task = task;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#action.unsubscribe();
    this.#action = this.#tick.schedule(this.#run);
  }

  cancel(): void {
    this.#asked = false;
    this.#action.unsubscribe();
  }

  readonly #run = (): void => {
    this.#asked = false;
    this.#task();
  };
}
