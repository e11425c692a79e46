import type { Observable } from 'rxjs';
import { Outlet } from './outlet.js';
import type { Trampoline } from './trampoline.js';

/** "Look again": however often it is raised before it is heard, it is heard once, and never in the middle of something. */
export class Signal {
  readonly #trampoline: Trampoline;
  readonly #heard = new Outlet<void>();
  #raised = false;

  readonly heard$: Observable<void> = this.#heard.value$;

  constructor(trampoline: Trampoline) {
    this.#trampoline = trampoline;
  }

  readonly raise = (): void => {
    if (this.#raised) return;
    this.#raised = true;
    this.#trampoline.run(this.#emit);
  };

  readonly #emit = (): void => {
    this.#raised = false;
    this.#heard.next();
  };
}
