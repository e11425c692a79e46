import { type Observable, Subject, type Subscription } from 'rxjs';
import type { TraceEvent } from '../../trace/trace-event.js';
import { describeEvent } from '../model/describe-event.js';
import type { EventStore } from '../model/event-store.js';
import { element, listen, setAttribute } from './dom.js';
import { number, plural, time } from './format.js';
import type { Moment } from './marbles/marbles-view.js';

/** Rows of the list at most. */
const MOST = 200;

/** The events of a moment as a list, of which one can be chosen by the arrow keys or a click. */
export class EventsView {
  readonly element = element('div', { class: 'events', role: 'listbox', tabindex: '0', 'aria-label': 'Events' });
  readonly #chosen$ = new Subject<TraceEvent>();
  readonly chosen$: Observable<TraceEvent> = this.#chosen$;
  #events: readonly TraceEvent[] = [];
  #rows: readonly HTMLElement[] = [];
  #index = 0;
  summary = '';

  connect(): Subscription {
    const subscription = listen<MouseEvent>(this.element, 'click', ({ target }) => {
      const index = this.#rows.findIndex(row => row.contains(target as Node));
      if (index >= 0) this.#choose(index);
    });
    subscription.add(
      listen<KeyboardEvent>(this.element, 'keydown', event => {
        const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, Home: -MOST, End: MOST };
        const step = steps[event.key];
        if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        this.#choose(Math.min(this.#rows.length - 1, Math.max(0, this.#index + step)));
      }),
    );
    return subscription;
  }

  get chosen(): TraceEvent | undefined {
    return this.#events[this.#index];
  }

  show(store: EventStore, { from, to }: Moment, startedAt: number | undefined): void {
    const first = store.indexOf(from);
    const end = store.indexOf(to);
    const length = Math.min(MOST, end - first);
    this.#events = Array.from({ length }, (_, i) => store.get(first + i));
    this.summary =
      end - first > MOST
        ? `the first ${MOST} of ${number(end - first)} events`
        : plural(end - first, 'event') + (from < store.from ? '; older ones are no longer kept' : '');
    this.#rows = this.#events.map((event, i) => rowOf(event, i, startedAt));
    this.element.replaceChildren(...this.#rows);
    this.element.scrollTop = 0;
    // What a user looks for is a message in most cases.
    const message = this.#events.findIndex(event => event.type === 'packet' && event.packet.cmd === 'publish');
    this.#choose(Math.max(0, message));
  }

  #choose(index: number): void {
    setAttribute(this.#rows[this.#index] ?? this.element, 'aria-selected', undefined);
    this.#index = index;
    const row = this.#rows[index];
    if (!row) return;
    setAttribute(row, 'aria-selected', 'true');
    setAttribute(this.element, 'aria-activedescendant', row.id);
    row.scrollIntoView({ block: 'nearest' });
    this.#chosen$.next(this.#events[index]!);
  }
}

function rowOf(event: TraceEvent, index: number, startedAt: number | undefined): HTMLElement {
  const { name, text } = describeEvent(event);
  return element(
    'div',
    { class: 'event', role: 'option', id: `event-${index}` },
    element('span', { class: 'soft' }, time(event.at, startedAt)),
    element('span', {}, name),
    element('span', { class: 'mono' }, text),
  );
}
