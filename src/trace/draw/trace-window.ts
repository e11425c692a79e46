import type { TraceEvent } from '../trace-event.js';
import { assertTraceEvent } from './assert-trace-event.js';
import type { DrawSettings } from './draw-trace-options.js';
import { RunningState } from './running-state.js';

const mostErrorTimes = 6;

/** The events of a trace that are drawn. It keeps no other ones, however long the trace is. */
export class TraceWindow {
  /** What goes on when the window begins. */
  readonly before = new RunningState();
  readonly events: TraceEvent[] = [];
  /** The moments of the first errors between `from` and `to`, in ms. */
  readonly errorTimes: number[] = [];
  /** The number of errors between `from` and `to`. */
  errors = 0;
  /** The number of events between `from` and `to`. */
  total = 0;

  readonly #settings: DrawSettings;
  #count = 0;
  #isFull = false;
  /** The place of the first error in `events`. */
  #firstError: number | undefined;

  constructor(settings: DrawSettings) {
    this.#settings = settings;
  }

  readonly add = (event: TraceEvent): void => {
    assertTraceEvent(event, ++this.#count);
    const { from, to } = this.#settings;
    if (event.at > to) return;
    if (event.at < from) this.before.apply(event);
    else this.#addInside(event);
  };

  #addInside(event: TraceEvent): void {
    this.total++;
    const isError = isFailure(event);
    if (isError && ++this.errors <= mostErrorTimes) this.errorTimes.push(event.at);
    if (this.#isFull) return;
    this.events.push(event);
    if (isError) this.#firstError ??= this.events.length - 1;
    if (this.events.length > this.#settings.maxEvents) this.#shorten();
  }

  /** Moves on until the first error is in the middle. */
  #shorten(): void {
    const { isChosen, maxEvents } = this.#settings;
    const isBeforeMiddle = this.#firstError !== undefined && this.#firstError <= maxEvents / 2;
    if (isChosen || isBeforeMiddle) {
      this.events.pop();
      this.#isFull = true;
      return;
    }
    this.before.apply(this.events.shift()!);
    if (this.#firstError !== undefined) this.#firstError--;
  }
}

/** Whether the event is what somebody looks for who draws a trace of many events. */
function isFailure(event: TraceEvent): boolean {
  return event.type === 'warning' || ('error' in event && event.error !== undefined);
}
