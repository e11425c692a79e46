import type { TraceEvent, TraceStart } from '../../trace/trace-event.js';

export interface StoreBounds {
  readonly events: number;
  readonly bytes: number;
}

const CHUNK = 512;

interface Chunk {
  readonly events: TraceEvent[];
  bytes: number;
}

/**
 * The newest events of a trace, within bounds. An event keeps its sequence number, which counts from 0, while older ones are dropped in
 * chunks. The first event of a trace is kept for good, because a trace file begins with it.
 */
export class EventStore {
  readonly #bounds: StoreBounds;
  readonly #chunks: Chunk[] = [];
  #bytes = 0;
  #start: TraceStart | undefined;
  /** The sequence number of the oldest event that is kept. */
  first = 0;
  /** The sequence number of the next event. */
  end = 0;

  constructor(bounds: StoreBounds) {
    this.#bounds = bounds;
  }

  get start(): TraceStart | undefined {
    return this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(event: TraceEvent): void {
    if (event.type === 'trace') this.#start = event;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.events.length === CHUNK) this.#chunks.push((chunk = { events: [], bytes: 0 }));
    const weight = weigh(event);
    chunk.events.push(event);
    chunk.bytes += weight;
    this.#bytes += weight;
    this.end++;
    while (this.#isFull() && this.#chunks.length > 1) this.#dropChunk();
  }

  /** Returns the event with a sequence number from `first` up to `end`. */
  get(sequenceNumber: number): TraceEvent {
    const index = sequenceNumber - this.first;
    return this.#chunks[Math.floor(index / CHUNK)]!.events[index % CHUNK]!;
  }

  /** Returns the sequence number of the first kept event whose time is `at` ms or later, or `end`. */
  indexOf(at: number): number {
    let low = this.first;
    let high = this.end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.get(middle).at < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The time of the oldest event that is kept. */
  get from(): number {
    return this.end === this.first ? 0 : this.get(this.first).at;
  }

  /** The time of the newest event. */
  get to(): number {
    return this.end === this.first ? 0 : this.get(this.end - 1).at;
  }

  #isFull(): boolean {
    return this.end - this.first > this.#bounds.events || this.#bytes > this.#bounds.bytes;
  }

  #dropChunk(): void {
    const { events, bytes } = this.#chunks.shift()!;
    this.first += events.length;
    this.#bytes -= bytes;
  }
}

/** Returns about how many bytes of memory a value of an event takes. */
export function weigh(value: unknown): number {
  if (typeof value === 'string') return 24 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let sum = 48;
  for (const key in value) sum += 8 + weigh((value as Record<string, unknown>)[key]);
  return sum;
}
