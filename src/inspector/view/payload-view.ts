import { Subscription } from 'rxjs';
import type { TracePayload } from '../../trace/trace-event.js';
import { type PayloadView as View, bestView, payloadAs } from '../model/payload.js';
import { element, listen, setAttribute, setText } from './dom.js';

const views: readonly (readonly [View, string])[] = [
  ['text', 'Text'],
  ['json', 'JSON'],
  ['hex', 'Hex'],
];

/** Pixels in which 16 bytes do not fit beside each other. */
const NARROW = 440;

/** A payload as text, JSON or bytes. It chooses the view by the payload until a user chooses one. */
export class PayloadView {
  readonly #tabs = views.map(([view, label]) => ({
    view,
    tab: element(
      'button',
      { type: 'button', class: 'tab', role: 'tab', id: `tab-${view}`, 'aria-controls': 'payload' },
      label,
    ),
  }));
  readonly #note = element('p', { class: 'soft small' });
  readonly #body = element('pre', { tabindex: '0' });
  readonly element = element(
    'div',
    { class: 'body' },
    element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Payload' }, ...this.#tabs.map(({ tab }) => tab)),
    element('div', { role: 'tabpanel', id: 'payload' }, this.#note, this.#body),
  );
  #chosen: View | undefined;
  #payload: TracePayload = { length: 0 };

  connect(): Subscription {
    const subscription = new Subscription();
    this.#tabs.forEach(({ view, tab }, i) => {
      subscription.add(listen(tab, 'click', () => this.#choose(view)));
      subscription.add(
        listen<KeyboardEvent>(tab, 'keydown', event => {
          const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
          if (step === 0) return;
          event.preventDefault();
          const next = this.#tabs[(i + step + views.length) % views.length]!;
          next.tab.focus();
          this.#choose(next.view);
        }),
      );
    });
    return subscription;
  }

  show(payload: TracePayload): void {
    if (payload === this.#payload) return;
    this.#payload = payload;
    this.#render();
  }

  #choose(view: View): void {
    this.#chosen = view;
    this.#render();
  }

  #render(): void {
    const shown = this.#chosen ?? bestView(this.#payload);
    for (const { view, tab } of this.#tabs) {
      setAttribute(tab, 'aria-selected', String(view === shown));
      setAttribute(tab, 'tabindex', view === shown ? '0' : '-1');
      if (view === shown) setAttribute(this.#body.parentElement!, 'aria-labelledby', tab.id);
    }
    const { body, note } = payloadAs(shown, this.#payload, this.element.clientWidth < NARROW ? 8 : 16);
    this.#note.hidden = note === undefined;
    setText(this.#note, note ?? '');
    this.#body.hidden = body === undefined;
    this.#body.dataset.view = shown;
    setText(this.#body, body ?? '');
  }
}
