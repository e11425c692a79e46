import { Observable, type SchedulerLike, type Subscriber, Subscription, type Unsubscribable } from 'rxjs';
import { Flow } from '../flow.js';

/** What is checked. */
export interface Check {
  /** Called when the checks begin. Returns false if there is nothing to check. */
  begin(): boolean;
  /** Returns false when there is nothing left to check. Throws the error of the flow. */
  check(): boolean;
}

/**
 * Repeats a check every `period` ms while there is something to check, which `begin$` says. A connection that is idle needs no timer for it.
 *
 * Emits nothing. Errors with what the check throws.
 */
export const repeatedCheck = (
  createCheck: () => Check,
  begin$: Observable<unknown>,
  period: number,
  scheduler: SchedulerLike,
): Observable<never> =>
  new Observable(subscriber => {
    new RepeatedCheck(createCheck(), period, scheduler, subscriber).start(begin$);
  });

/** Observes `begin$`. */
class RepeatedCheck extends Flow<unknown, never> implements Unsubscribable {
  readonly #check: Check;
  readonly #period: number;
  readonly #scheduler: SchedulerLike;
  #timer = Subscription.EMPTY;

  constructor(check: Check, period: number, scheduler: SchedulerLike, subscriber: Subscriber<never>) {
    super(subscriber);
    this.#check = check;
    this.#period = period;
    this.#scheduler = scheduler;
  }

  start(begin$: Observable<unknown>): void {
    this.subscriber.add(this);
    this.subscriber.add(begin$.subscribe(this));
    this.next();
  }

  next(): void {
    if (this.#timer.closed && this.#check.begin()) this.#schedule();
  }

  override complete(): void {
    // without further beginnings, the checks that run go on
  }

  unsubscribe(): void {
    this.#timer.unsubscribe();
  }

  #schedule(): void {
    this.#timer = this.#scheduler.schedule(
      function (repeated) {
        try {
          if (repeated.#check.check()) this.schedule(repeated, repeated.#period);
          else this.unsubscribe();
        } catch (cause) {
          repeated.error(cause);
        }
      },
      this.#period,
      this as RepeatedCheck,
    );
  }
}
