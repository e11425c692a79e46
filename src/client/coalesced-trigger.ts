import type { Observable } from 'rxjs';
import type { Task, Trampoline } from './trampoline.js';
import { Unicast } from './streams/unicast.js';

/**
 * Notifies its observer once, however often it is triggered before that. It is a task of the trampoline, so that the observer is not called
 * while another task is running.
 */
export class CoalescedTrigger implements Task {
  readonly #trampoline: Trampoline;
  readonly #triggered$ = new Unicast<void>();
  #isPending = false;
  #isHeld = false;

  constructor(trampoline: Trampoline) {
    this.#trampoline = trampoline;
  }

  /** For the flow that sends what has changed: there is one at a time. */
  get triggered$(): Observable<void> {
    return this.#triggered$;
  }

  trigger(): void {
    if (this.#isPending || this.#isHeld) return;
    this.#isPending = true;
    this.#trampoline.run(this);
  }

  /** Until `release()`, its observer is working and looks for what has changed afterwards anyway, so it need not be notified. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }

  run(): void {
    this.#isPending = false;
    this.#triggered$.next();
  }
}
