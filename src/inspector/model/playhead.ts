import type { EventStore } from './event-store.js';
import { Inspection } from './inspection.js';

/** Events between two looks at the clock. */
const STEP = 128;

/** A place in a trace, and what the trace says up to it. Moving it takes as many slices as it needs. */
export class Playhead {
  readonly #store: EventStore;
  /** The sequence number of the next event to apply. */
  #next: number;
  #inspection = new Inspection();
  /** Up to which time events are applied, in ms since the start of the trace. */
  #target = Infinity;
  /** Events that the store had dropped before they could be applied. */
  missed = 0;

  constructor(store: EventStore) {
    this.#store = store;
    this.#next = store.first;
    this.#applyStart();
  }

  get inspection(): Inspection {
    return this.#inspection;
  }

  get target(): number {
    return this.#target;
  }

  /** Events that are stored and not applied, whatever the target is. */
  get behind(): number {
    return this.#store.end - this.#next;
  }

  /** Sets the time up to which events are applied. An earlier one begins with the oldest event that is kept. */
  seek(at: number): void {
    this.#target = at;
    if (this.#inspection.at <= at) return;
    this.#inspection = new Inspection();
    this.#next = this.#store.first;
    this.#applyStart();
  }

  /** Applies events for as long as there is time. Returns whether there was enough. */
  advance(hasTime: () => boolean): boolean {
    const store = this.#store;
    if (this.#next < store.first) {
      this.missed += store.first - this.#next;
      this.#next = store.first;
    }
    for (let steps = 1; this.#next < store.end; steps++) {
      const event = store.get(this.#next);
      if (event.at > this.#target) return true;
      if (steps % STEP === 0 && !hasTime()) return false;
      this.#inspection.apply(event);
      this.#next++;
    }
    return true;
  }

  /** The first event says when the trace began, also when the store begins later. */
  #applyStart(): void {
    const { start, first } = this.#store;
    if (start && first > 0) this.#inspection.apply(start);
  }
}
