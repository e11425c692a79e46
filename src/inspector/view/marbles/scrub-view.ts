import { type Observable, Subject, type Subscription } from 'rxjs';
import type { Viewer } from '../../model/viewer.js';
import { element, listen, setAttribute, setText } from '../dom.js';
import { time } from '../format.js';

/** The moment that is shown of a trace that is held or from a file, as a slider. */
export class ScrubView {
  readonly #slider = element('input', { type: 'range', step: '1', 'aria-label': 'Moment of the trace' });
  readonly #from = element('span', { class: 'soft' });
  readonly #to = element('span', { class: 'soft' });
  readonly element = element('div', { class: 'scrub' }, this.#from, this.#slider, this.#to);
  readonly #moved$ = new Subject<number>();
  readonly moved$: Observable<number> = this.#moved$;

  connect(): Subscription {
    return listen(this.#slider, 'input', () => {
      const { value, max, step } = this.#slider;
      // The last step of a slider can end before its maximum.
      const isLast = Number(value) + Number(step) > Number(max);
      this.#moved$.next(Number(isLast ? max : value));
    });
  }

  render(viewer: Viewer, now: number): void {
    const isShown = viewer.opened !== undefined || !viewer.isPlaying;
    this.element.hidden = !isShown;
    if (!isShown) return;
    const [from, to] = viewer.range(now);
    const { startedAt } = viewer.inspection;
    const at = viewer.position(now);
    // An arrow key goes at least a tenth of a second, and at most a second.
    setAttribute(this.#slider, 'min', String(Math.floor(from)));
    setAttribute(this.#slider, 'max', String(Math.ceil(to)));
    setAttribute(this.#slider, 'step', String(Math.min(1_000, Math.max(100, Math.round((to - from) / 500)))));
    if (Number(this.#slider.value) !== at) this.#slider.value = String(at);
    setAttribute(this.#slider, 'aria-valuetext', time(at, startedAt));
    setText(this.#from, time(from, startedAt));
    setText(this.#to, time(to, startedAt));
  }
}
