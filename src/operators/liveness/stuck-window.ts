import { NEVER, Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { RepeatedCheck } from './repeated-check.js';

/** The window of unacknowledged messages. */
export interface Window {
  /** Emits when there is an unacknowledged message after there was none. */
  readonly begin$: Observable<unknown>;
  /** Whether no message is unacknowledged. */
  readonly isEmpty: boolean;
  /** Whether no message can arrive before another one is acknowledged. */
  readonly isFull: boolean;
  /** A value that changes whenever a message is acknowledged. */
  readonly progress: unknown;
  /** Called once for each period without progress. */
  onStuck(): void;
}

/**
 * Reports that the window of unacknowledged messages is full and that nothing is acknowledged: a handler hangs or never acknowledges. Two
 * checks in each `after` ms cost messages nothing, and detect the problem after 1 to 1.5 times `after`; while every message is acknowledged
 * there is no timer. 0 for no check.
 *
 * Emits nothing. Does not error or complete.
 */
export function stuckWindow(window: Window, after: number, scheduler: SchedulerLike): Observable<never> {
  if (after === 0) return NEVER;
  return new Observable(subscriber => {
    new StuckWindow(window, after / 2, scheduler, subscriber).start(window.begin$);
  });
}

class StuckWindow extends RepeatedCheck {
  readonly #window: Window;
  protected readonly period: number;
  protected readonly scheduler: SchedulerLike;
  #last: unknown;
  #fullChecks = 0;

  constructor(window: Window, period: number, scheduler: SchedulerLike, subscriber: Subscriber<never>) {
    super(subscriber);
    this.#window = window;
    this.period = period;
    this.scheduler = scheduler;
  }

  protected begin(): boolean {
    const { progress, isFull, isEmpty } = this.#window;
    this.#last = progress;
    this.#fullChecks = isFull ? 1 : 0;
    return !isEmpty;
  }

  protected check(): boolean {
    const { progress, isFull } = this.#window;
    const fullChecks = progress === this.#last ? this.#fullChecks + 1 : 1;
    this.#fullChecks = isFull ? fullChecks : 0;
    this.#last = progress;
    if (this.#fullChecks === 3) this.#window.onStuck();
    return !this.#window.isEmpty;
  }
}
