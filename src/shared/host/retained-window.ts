import type { SchedulerLike } from 'rxjs';

/** ms after a SUBSCRIBE in which its retained messages are expected. */
const DURATION = 10_000;

/** The time in which retained messages come because a tab has subscribed. The other tabs have had them. Lives with the host. */
export class RetainedWindow {
  readonly #scheduler: SchedulerLike;
  /** ms, on the clock of the client. */
  #until = -Infinity;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  get isOpen(): boolean {
    return this.#scheduler.now() < this.#until;
  }

  /** Records that a tab subscribes, and gets retained messages. */
  open(): void {
    this.#until = this.#scheduler.now() + DURATION;
  }
}
