import { type Observable, type SchedulerLike, Subject } from 'rxjs';
import { TickCoalescer } from '../../../operators/tick-coalescer.js';

/** Whether subscribers have too many unacknowledged messages. While it is high, the link is not read. Lives with the client. */
export class ReceivePressure {
  readonly #causes = new Set<object>();
  readonly #changed$ = new Subject<void>();
  readonly #lowering: TickCoalescer;
  #isHigh = false;
  #rises = 0;

  readonly changed$: Observable<void> = this.#changed$.asObservable();

  constructor(tick: SchedulerLike) {
    this.#lowering = new TickCoalescer(tick, () => this.#lowerIfUncaused());
  }

  get isHigh(): boolean {
    return this.#isHigh;
  }

  /** The number of times that the pressure became high. Each rise restarts `ackTimeout`. */
  get rises(): number {
    return this.#rises;
  }

  /** Adds a cause. Applies synchronously, before the next packet is read. */
  raise(cause: object): void {
    this.#causes.add(cause);
    if (this.#isHigh) return;
    this.#isHigh = true;
    this.#rises++;
    this.#changed$.next();
  }

  /** Removes a cause. Applies at the end of the tick, so that nothing is read inside a call of `ack()`. */
  clear(cause: object): void {
    if (this.#causes.delete(cause) && this.#causes.size === 0) this.#lowering.schedule();
  }

  #lowerIfUncaused(): void {
    if (this.#causes.size > 0 || !this.#isHigh) return;
    this.#isHigh = false;
    this.#changed$.next();
  }
}
