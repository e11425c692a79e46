import { type SchedulerLike, Subscription } from 'rxjs';
import { LONGEST_DELAY } from '../../operators/delay.js';
import type { PublishOptions } from '../../options/call-options.js';
import type { OutgoingQueue } from '../../protocol/outbound/outgoing-queue.js';

/** Returns the time in ms at which a message with these options expires, or undefined for never. `since` is when its wait began. */
export function expiryOf(
  { properties }: PublishOptions<never>,
  scheduler: SchedulerLike,
  since?: number,
): number | undefined {
  const expiry = properties?.messageExpiryInterval;
  // most messages do not expire, and for them the clock is not read
  return expiry === undefined ? undefined : (since ?? scheduler.now()) + expiry * 1000;
}

export interface ExpiryTimerConfig {
  readonly session: { readonly sender: { readonly queue: OutgoingQueue } };
  readonly scheduler: SchedulerLike;
}

/** Rejects queued messages when they expire, with one timer for all. Lives with the client. */
export class ExpiryTimer {
  readonly #config: ExpiryTimerConfig;
  #timer = Subscription.EMPTY;
  #due = Infinity;

  constructor(config: ExpiryTimerConfig) {
    this.#config = config;
  }

  /** @param due - ms on the clock at which a queued message expires. */
  add(due: number): void {
    if (due < this.#due) this.#expireAt(due);
  }

  /** Does the same, at once for what has expired by now. */
  restore(due: number): void {
    if (due <= this.#config.scheduler.now()) this.#expire();
    else this.add(due);
  }

  /** Rejects what has expired, and waits for what expires next. */
  #expire(): void {
    const { session, scheduler } = this.#config;
    this.#expireAt(session.sender.queue.expire(scheduler.now()));
  }

  cancel(): void {
    this.#expireAt(Infinity);
  }

  #expireAt(due: number): void {
    this.#timer.unsubscribe();
    this.#due = due;
    if (due === Infinity) return;
    const { scheduler } = this.#config;
    // a longer wait sets its timer again
    this.#timer = scheduler.schedule(() => this.#expire(), Math.min(due - scheduler.now(), LONGEST_DELAY));
  }
}
