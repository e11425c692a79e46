import { type SchedulerLike, Subscription } from 'rxjs';

export interface TickListener {
  /** Called at the end of a tick. */
  onTick(): void;
}

/** Notifies its listener once at the end of the tick, however often the tick schedules that. */
export class TickCoalescer {
  readonly #tick: SchedulerLike;
  readonly #listener: TickListener;
  #isScheduled = false;
  #action = Subscription.EMPTY;

  constructor(tick: SchedulerLike, listener: TickListener) {
    this.#tick = tick;
    this.#listener = listener;
  }

  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#action = this.#tick.schedule(TickCoalescer.#run, 0, this as TickCoalescer);
  }

  cancel(): void {
    this.#isScheduled = false;
    this.#action.unsubscribe();
    this.#action = Subscription.EMPTY;
  }

  static #run(this: void, coalescer?: TickCoalescer): void {
    coalescer!.#isScheduled = false;
    coalescer!.#action = Subscription.EMPTY; // it has run, so it need not stay in memory
    coalescer!.#listener.onTick();
  }
}
