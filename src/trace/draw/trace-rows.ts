import type { TraceEvent, TraceFigures, TraceStream } from '../trace-event.js';
import { ackWords, isRefused, startWords, stateWords, warningWords } from './event-words.js';
import { nameOf, packetDetails } from './packet-words.js';
import type { PlotPoint, Row, ValueMark, WireEvent, WordsMark } from './picture/rows.js';
import { Places } from './places.js';
import type { RunningState } from './running-state.js';
import { StreamRows } from './stream-rows.js';
import { titleOf } from './titles.js';

/** What is known where a band begins. */
export interface BandStart {
  /** What goes on there. The rows leave it as it is. */
  readonly running: RunningState;
  readonly first: TraceEvent;
  /** Whether no band before shows the state of the connection. */
  readonly isFirstBand: boolean;
  /** px that the name of a row may take. */
  readonly nameWidth: number;
}

/** The events of a band as the rows of a picture. */
export class TraceRows {
  readonly #places = new Places();
  readonly #running: RunningState;
  readonly #isLinked: boolean;
  #stateGoesOn = false;
  /** The figures before this band. */
  readonly #before: TraceFigures | undefined;
  readonly #streams: StreamRows;
  readonly #states: WordsMark[] = [];
  readonly #wire: WireEvent[] = [];
  readonly #settlements: ValueMark[] = [];
  readonly #warnings: WordsMark[] = [];
  readonly #figures: PlotPoint[] = [];
  readonly #ends: WordsMark[] = [];

  constructor({ running, first, isFirstBand, nameWidth }: BandStart) {
    this.#running = running.copy();
    this.#isLinked = running.isLinked;
    this.#streams = new StreamRows(running.streams, nameWidth);
    this.#before = running.figures;
    const { state } = running;
    if (state === undefined || (first.type === 'state' && !isFirstBand)) return;
    // What was before is not an event of this band, and has no title.
    this.#states.push({ frame: first.at, words: stateWords(state) });
    this.#stateGoesOn = true;
  }

  add(event: TraceEvent): void {
    const edge = this.#running.apply(event);
    const title = titleOf(event);
    switch (event.type) {
      case 'state': {
        const at = this.#places.next(event, 'states', ...(edge === undefined ? [] : ['wire']));
        this.#states.push({ ...at, title, words: stateWords(event) });
        if (edge !== undefined) this.#wire.push({ ...at, kind: edge });
        break;
      }
      case 'packet': {
        const kind = event.direction === 'sent' ? 'sent' : 'received';
        const details = packetDetails(event);
        this.#wire.push({ ...this.#places.next(event, 'wire'), title, kind, name: nameOf(event), details });
        break;
      }
      case 'ack': {
        const sign = isRefused(event) ? 'error' : 'value';
        this.#settlements.push({ ...this.#places.next(event, 'settlements'), title, sign, words: ackWords(event) });
        break;
      }
      case 'warning':
        this.#warnings.push({ ...this.#places.next(event, 'warnings'), title, words: warningWords(event) });
        break;
      case 'stream':
        this.#addStream(event, title);
        break;
      case 'figures':
        this.#figures.push({ ...this.#places.next(event, 'plot'), title, values: valuesOf(event) });
        break;
      case 'trace':
        this.#ends.push({ ...this.#places.next(event, 'ends'), title, words: startWords(event) });
        break;
      case 'end':
        this.#ends.push({ ...this.#places.next(event, 'ends'), title, words: 'end' });
        break;
    }
  }

  /** How many rows there are for streams that come or leave. */
  get streamRows(): number {
    return this.#streams.size;
  }

  rows(): Row[] {
    const rows: Row[] = [
      { kind: 'states', goesOn: this.#stateGoesOn, states: this.#states },
      { kind: 'wire', isLinked: this.#isLinked, events: this.#wire },
      ...this.#streams.rows(),
    ];
    if (this.#settlements.length > 0)
      rows.push({ kind: 'stream', name: 'ack$', colour: 'value', values: this.#settlements });
    if (this.#warnings.length > 0) rows.push({ kind: 'notes', name: 'warning$', notes: this.#warnings });
    if (this.#figures.length > 0) rows.push(this.#plot());
    if (this.#ends.length > 0) rows.push({ kind: 'notes', name: 'trace', notes: this.#ends });
    return rows;
  }

  #addStream(event: TraceStream, title: readonly string[]): void {
    this.#streams.add(event, { ...this.#places.next(event, `stream ${event.stream}`), title });
  }

  #plot(): Row {
    const before = this.#before && { before: valuesOf(this.#before) };
    return { kind: 'plot', names: ['in flight', 'queued'], ...before, points: this.#figures };
  }
}

const valuesOf = ({ inFlight, queued }: TraceFigures) => [inFlight, queued] as const;
