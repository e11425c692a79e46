import type { Observable } from 'rxjs';
import { Multicast } from './multicast.js';
import type { Trampoline } from './trampoline.js';

/**
 * Notifies its subscribers once, however often it is triggered before that. It runs in the trampoline, so that no subscriber is called
 * while another task is running.
 */
export class CoalescedTrigger {
  readonly #trampoline: Trampoline;
  readonly #triggered = new Multicast<void>();
  #isPending = false;

  readonly triggered$: Observable<void> = this.#triggered.values$;

  constructor(trampoline: Trampoline) {
    this.#trampoline = trampoline;
  }

  readonly trigger = (): void => {
    if (this.#isPending) return;
    this.#isPending = true;
    this.#trampoline.run(this.#emit);
  };

  readonly #emit = (): void => {
    this.#isPending = false;
    this.#triggered.next();
  };
}
