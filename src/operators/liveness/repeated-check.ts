import { type Observable, type SchedulerAction, type SchedulerLike, Subscription, type Unsubscribable } from 'rxjs';
import { Flow } from '../flow.js';

/**
 * Repeats a check every `period` ms while there is something to check, which its source says. A connection that is idle needs no timer for
 * it. It emits nothing, and errors with what the check throws.
 */
export abstract class RepeatedCheck extends Flow<unknown, never> implements Unsubscribable {
  #timer = Subscription.EMPTY;

  /** ms */
  protected abstract readonly period: number;
  protected abstract readonly scheduler: SchedulerLike;

  /** Called when the checks begin. Returns false if there is nothing to check. */
  protected abstract begin(): boolean;

  /** Returns false when there is nothing left to check. Throws the error of the flow. */
  protected abstract check(): boolean;

  start(begin$: Observable<unknown>): void {
    this.add(this);
    this.add(begin$.subscribe(this));
    this.next();
  }

  next(): void {
    if (this.#timer.closed && this.begin())
      this.#timer = this.scheduler.schedule(RepeatedCheck.#repeat, this.period, this as RepeatedCheck);
  }

  override complete(): void {
    // without further beginnings, the checks that run go on
  }

  /** Ends the checks until its source emits again. */
  unsubscribe(): void {
    this.#timer.unsubscribe();
    this.#timer = Subscription.EMPTY; // so that the timer does not stay in memory
  }

  static #repeat(this: SchedulerAction<RepeatedCheck>, repeated?: RepeatedCheck): void {
    try {
      if (repeated!.check()) this.schedule(repeated, repeated!.period);
      else repeated!.unsubscribe();
    } catch (cause) {
      repeated!.error(cause);
    }
  }
}
