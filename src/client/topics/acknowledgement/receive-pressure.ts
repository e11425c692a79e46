import type { Observable, SchedulerLike } from 'rxjs';
import { TickCoalescer, type TickListener } from '../../../operators/tick-coalescer.js';
import { Unicast } from '../../streams/unicast.js';

/** Whether subscribers have too many unacknowledged messages. While it is high, the link is not read. Lives with the client. */
export class ReceivePressure implements TickListener {
  readonly #tick: SchedulerLike;
  readonly #changed$ = new Unicast<void>();
  /** Undefined until there is one. */
  #causes: Set<object> | undefined;
  #lowering: TickCoalescer | undefined;
  #isHigh = false;
  #rises = 0;

  constructor(tick: SchedulerLike) {
    this.#tick = tick;
  }

  /** For the connection, which reads or pauses: there is one at a time. */
  get changed$(): Observable<void> {
    return this.#changed$;
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
    (this.#causes ??= new Set()).add(cause);
    if (this.#isHigh) return;
    this.#isHigh = true;
    this.#rises++;
    this.#changed$.next();
  }

  /** Removes a cause. Applies at the end of the tick, so that nothing is read inside a call of `ack()`. */
  clear(cause: object): void {
    if (!this.#causes?.delete(cause) || this.#causes.size > 0) return;
    this.#lowering ??= new TickCoalescer(this.#tick, this);
    this.#lowering.schedule();
  }

  /** Lowers the pressure if there is no cause left. */
  onTick(): void {
    if (this.#causes!.size > 0 || !this.#isHigh) return;
    this.#isHigh = false;
    this.#changed$.next();
  }
}
