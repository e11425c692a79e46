import { type Observable, type SchedulerLike, Subject } from 'rxjs';
import { TickCoalescer } from '../../../operators/tick-coalescer.js';

/** Stops the reading from the link while somebody has had enough. Lives with the client. */
export class ReceivePressure {
  readonly #holders = new Set<object>();
  readonly #changed$ = new Subject<void>();
  readonly #release: TickCoalescer;
  #isHigh = false;
  #rises = 0;

  readonly changed$: Observable<void> = this.#changed$.asObservable();

  constructor(tick: SchedulerLike) {
    this.#release = new TickCoalescer(tick, () => this.#fall());
  }

  get isHigh(): boolean {
    return this.#isHigh;
  }

  /** How often it was put on: what was seen before has lost its meaning when this has changed. */
  get rises(): number {
    return this.#rises;
  }

  /** At once. */
  hold(by: object): void {
    this.#holders.add(by);
    if (this.#isHigh) return;
    this.#isHigh = true;
    this.#rises++;
    this.#changed$.next();
  }

  /** At the end of the turn, so that nothing is read in the middle of somebody's `ack()`. */
  release(by: object): void {
    if (this.#holders.delete(by) && this.#holders.size === 0) this.#release.schedule();
  }

  #fall(): void {
    if (this.#holders.size > 0 || !this.#isHigh) return;
    this.#isHigh = false;
    this.#changed$.next();
  }
}
