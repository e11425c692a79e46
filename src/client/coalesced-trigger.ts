import type { Observable } from 'rxjs';
import { Multicast } from './multicast.js';
import type { Trampoline } from './trampoline.js';

/** "Look again": however often it is raised before it is heard, it is heard once, and never in the middle of something. */
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
