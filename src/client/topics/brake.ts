import { type Observable, type SchedulerLike, Subject } from 'rxjs';
import { OnceATick } from '../../operators/once-a-tick.js';

/** Stops the reading from the link while somebody has had enough. Lives with the client. */
export class Brake {
  readonly #holders = new Set<object>();
  readonly #changed$ = new Subject<void>();
  readonly #release: OnceATick;
  #on = false;
  #times = 0;

  readonly changed$: Observable<void> = this.#changed$.asObservable();

  constructor(tick: SchedulerLike) {
    this.#release = new OnceATick(tick, () => this.#let());
  }

  get on(): boolean {
    return this.#on;
  }

  /** How often it was put on: what was seen before has lost its meaning when this has changed. */
  get times(): number {
    return this.#times;
  }

  /** At once. */
  hold(by: object): void {
    this.#holders.add(by);
    if (this.#on) return;
    this.#on = true;
    this.#times++;
    this.#changed$.next();
  }

  /** At the end of the turn, so that nothing is read in the middle of somebody's `ack()`. */
  release(by: object): void {
    if (this.#holders.delete(by) && this.#holders.size === 0) this.#release.ask();
  }

  #let(): void {
    if (this.#holders.size > 0 || !this.#on) return;
    this.#on = false;
    this.#changed$.next();
  }
}
