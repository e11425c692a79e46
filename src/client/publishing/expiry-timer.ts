import { type SchedulerLike, Subscription } from 'rxjs';
import type { PublishOptions } from '../../options/call-options.js';
import type { OutgoingQueue } from '../../protocol/outbound/outgoing-queue.js';

/** ms. Timers of platforms fire immediately when they are longer, so a longer wait sets its timer again. */
const LONGEST_TIMER = 0x7fffffff;

/** Rejects queued messages when they expire, with one timer for all. Lives with the client. */
export class ExpiryTimer {
  readonly #queue: () => OutgoingQueue;
  readonly #scheduler: SchedulerLike;
  #timer = Subscription.EMPTY;
  #due = Infinity;

  constructor(queue: () => OutgoingQueue, scheduler: SchedulerLike) {
    this.#queue = queue;
    this.#scheduler = scheduler;
  }

  /** Returns the time in ms at which a message with these options expires, or undefined for never. `since` is when its wait began. */
  dueOf({ properties }: PublishOptions<never>, since?: number): number | undefined {
    const expiry = properties?.messageExpiryInterval;
    // most messages do not expire, and for them the clock is not read
    return expiry === undefined ? undefined : (since ?? this.#scheduler.now()) + expiry * 1000;
  }

  /** @param due - ms on the clock at which a queued message expires. */
  add(due: number): void {
    if (due < this.#due) this.#expireAt(due);
  }

  /** Does the same, at once for what has expired by now. */
  restore(due: number): void {
    if (due <= this.#scheduler.now()) this.#expire();
    else this.add(due);
  }

  /** Rejects what has expired, and waits for what expires next. */
  #expire(): void {
    this.#expireAt(this.#queue().expire(this.#scheduler.now()));
  }

  cancel(): void {
    this.#expireAt(Infinity);
  }

  #expireAt(due: number): void {
    this.#timer.unsubscribe();
    this.#due = due;
    if (due === Infinity) return;
    this.#timer = this.#scheduler.schedule(() => this.#expire(), Math.min(due - this.#scheduler.now(), LONGEST_TIMER));
  }
}
