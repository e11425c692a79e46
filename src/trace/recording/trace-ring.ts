import { MqttError } from '../../errors.js';
import type { TraceEvent, TraceStart } from '../trace-event.js';
import { TracePrologue } from './trace-prologue.js';

/** The bounds of what is kept. */
export interface TraceBounds {
  /** ms. Default 60,000. */
  ms?: number;
  /** The most events that are kept. Default 10,000. */
  events?: number;
  /** Bytes of payloads. Default 4 MiB. */
  bytes?: number;
}

/** Keeps the last events of a trace. */
export class TraceRing {
  readonly #ms: number;
  readonly #most: number;
  readonly #bytes: number;
  /** The events that are kept are those from `#first` on. */
  #events: TraceEvent[] = [];
  #first = 0;
  readonly #prologue = new TracePrologue();
  #start: TraceStart | undefined;
  #kept = 0;
  #now = 0;

  constructor({ ms = 60_000, events = 10_000, bytes = 4 * 1024 * 1024 }: TraceBounds = {}) {
    for (const [name, value] of Object.entries({ ms, events, bytes })) {
      if (typeof value === 'number' && value > 0) continue;
      throw new MqttError(
        'INVALID_ARGUMENT',
        `option 'last.${name}' of a trace is ${String(value)}; it must be above 0`,
        {
          subject: `last.${name}`,
        },
      );
    }
    this.#ms = ms;
    this.#most = events;
    this.#bytes = bytes;
  }

  add(event: TraceEvent): void {
    this.#now = event.at;
    if (event.type === 'trace') {
      this.#start = event;
      return;
    }
    this.#events.push(event);
    this.#kept += bytesOf(event);
    while (this.#isOver()) {
      const oldest = this.#events[this.#first++]!;
      this.#kept -= bytesOf(oldest);
      this.#prologue.add(oldest);
    }
    // Removing half at a time keeps the cost of an event constant.
    if (this.#first <= this.#events.length / 2) return;
    this.#events = this.#events.slice(this.#first);
    this.#first = 0;
  }

  /** Returns the trace of what is kept. Its times count from its first event. */
  trace(): TraceEvent[] {
    const { startedAt = 0 } = this.#start ?? {};
    const opening = this.#prologue.events();
    const events = this.#events.slice(this.#first);
    const from = opening.length === 0 ? 0 : (events[0]?.at ?? this.#now);
    const start: TraceEvent = { type: 'trace', at: 0, version: 1, startedAt: startedAt + from };
    const kept = events.filter(({ type }) => type !== 'end').map(event => ({ ...event, at: event.at - from }));
    const before = opening.map(event => ({ ...event, at: 0 }));
    return [start, ...before, ...kept, { type: 'end', at: this.#now - from }] as TraceEvent[];
  }

  #isOver(): boolean {
    const length = this.#events.length - this.#first;
    // The event that came last is always kept.
    if (length <= 1) return false;
    return length > this.#most || this.#kept > this.#bytes || this.#now - this.#events[this.#first]!.at > this.#ms;
  }
}

/** Returns the bytes of the payload of an event. */
function bytesOf(event: TraceEvent): number {
  if (event.type !== 'packet') return 0;
  const { payload } = event.packet as { payload?: { length: number; text?: string; base64?: string } };
  return payload?.text === undefined && payload?.base64 === undefined ? 0 : payload.length;
}
