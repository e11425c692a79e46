import type { TraceEvent, TraceState } from '../../trace/trace-event.js';

/** ms that the marbles show. */
export const SPAN = 60_000;
/** ms of a cell, in which marks of one kind are counted and not kept. */
export const CELL = 100;
/** A few cells more than the span has, so that marbles leave it at its edge. */
const CELLS = SPAN / CELL + 40;
const MOST_STATES = 600;

/** The lanes of the marbles, from top to bottom, and the marks that a lane can have. */
export const lanes = [
  { name: 'Sent', marks: ['message', 'ack', 'subscription', 'ping', 'control'] },
  { name: 'Received', marks: ['message', 'ack', 'subscription', 'ping', 'control'] },
  { name: 'Streams', marks: ['joined', 'left', 'error'] },
  { name: 'Settled', marks: ['settled', 'error'] },
  { name: 'Warnings', marks: ['warning'] },
] as const;

export type Mark = (typeof lanes)[number]['marks'][number];

const kinds: Readonly<Record<string, number>> = {
  publish: 0,
  puback: 1,
  pubrec: 1,
  pubrel: 1,
  pubcomp: 1,
  subscribe: 2,
  suback: 2,
  unsubscribe: 2,
  unsuback: 2,
  pingreq: 3,
  pingresp: 3,
};
const MOST_MARKS = 5;
const COLUMNS = lanes.length * MOST_MARKS;

/**
 * What the last minute shows: how many marks of each kind are in each cell, and the states of the client. It takes the same memory for one
 * event a second and for thousands.
 *
 * A cell is named by its number: its time divided by {@link CELL}.
 */
export class Timeline {
  readonly #counts = new Uint32Array(CELLS * COLUMNS);
  /** The newest cell that has been cleared for its turn. */
  #newest = -1;
  /** The states since the beginning of the span, and the one before them. */
  readonly states: TraceState[] = [];

  add(event: TraceEvent): void {
    this.#moveTo(Math.floor(event.at / CELL));
    if (event.type === 'state') this.#addState(event);
    const column = columnOf(event);
    if (column >= 0) this.#counts[(this.#newest % CELLS) * COLUMNS + column]!++;
  }

  /** Returns how many marks there are in a range of cells. */
  count(lane: number, mark: number, fromCell: number, cells: number): number {
    let sum = 0;
    for (let cell = fromCell; cell < fromCell + cells; cell++) sum += this.#count(cell, lane * MOST_MARKS + mark);
    return sum;
  }

  #count(cell: number, column: number): number {
    if (cell < 0 || cell > this.#newest || cell <= this.#newest - CELLS) return 0;
    return this.#counts[(cell % CELLS) * COLUMNS + column]!;
  }

  #moveTo(cell: number): void {
    const from = Math.max(this.#newest + 1, cell - CELLS + 1);
    for (let each = from; each <= cell; each++) {
      const start = (each % CELLS) * COLUMNS;
      this.#counts.fill(0, start, start + COLUMNS);
    }
    this.#newest = Math.max(this.#newest, cell);
  }

  #addState(state: TraceState): void {
    this.states.push(state);
    while (this.states.length > MOST_STATES || (this.states[1]?.at ?? Infinity) < state.at - SPAN) this.states.shift();
  }
}

function columnOf(event: TraceEvent): number {
  switch (event.type) {
    case 'packet':
      return (event.direction === 'sent' ? 0 : MOST_MARKS) + (kinds[event.packet.cmd] ?? 4);
    case 'stream':
      return 2 * MOST_MARKS + (event.change === 'subscribed' ? 0 : event.change === 'errored' ? 2 : 1);
    case 'ack':
      return 3 * MOST_MARKS + (event.error ? 1 : 0);
    case 'warning':
      return 4 * MOST_MARKS;
    default:
      return -1;
  }
}
