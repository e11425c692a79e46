import type { Observable } from 'rxjs';
import { FastSubject } from './fast-subject.js';
import type { Trampoline } from './trampoline.js';

/** "Look again": however often it is raised before it is heard, it is heard once, and never in the middle of something. */
export class Signal {
  readonly #trampoline: Trampoline;
  readonly #heard$ = new FastSubject<void>();
  #raised = false;

  readonly heard$: Observable<void> = this.#heard$.asObservable();

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
    this.#heard$.next();
  };
}
