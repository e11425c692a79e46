import { type Observable, type SchedulerLike, Subscription, asyncScheduler, noop } from 'rxjs';
import { clockJumps } from '../../operators/liveness/clock-jumps.js';

export interface ClockListener {
  /** Called when the clock has jumped. */
  onClockJump(): void;
}

/** Tells its listeners when a clock jumps. They share one timer, which there is while there are listeners. */
export class ClockWatch {
  readonly #jump$: Observable<void>;
  readonly #listeners = new Set<ClockListener>();
  #watching = Subscription.EMPTY;

  constructor(scheduler: SchedulerLike) {
    this.#jump$ = clockJumps(scheduler);
  }

  add(listener: ClockListener): void {
    this.#listeners.add(listener);
    if (this.#watching.closed) this.#watching = this.#jump$.subscribe({ next: () => this.#notify(), error: noop });
  }

  delete(listener: ClockListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#watching.unsubscribe();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener.onClockJump();
  }
}

/** The clock of the machine, which all clients of the process watch together. */
export const clockOfMachine: ClockWatch = /* @__PURE__ */ new ClockWatch(asyncScheduler);
