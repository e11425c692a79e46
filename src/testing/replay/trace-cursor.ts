import type { ConnackPacket, ConnectPacket } from '../../packets.js';
import type { TraceEvent } from '../../trace/trace-event.js';
import { misuse, quote } from '../marbles/failure.js';

/** How many events are read in advance for the first connection. */
const MOST_IN_ADVANCE = 1000;

/** How the client of a trace connected. */
export interface Opening {
  readonly url: string | undefined;
  /** The CONNECTs up to the first one that was accepted, as far as the trace has them. */
  readonly connects: readonly ConnectPacket[];
  /** Whether the trace begins while the client is connected. */
  readonly isJoined: boolean;
}

/** Reads the events of a trace one after another, so that a trace of any length can be replayed. */
export class TraceCursor {
  readonly #events: Iterator<TraceEvent>;
  /** The events that were read in advance. */
  #ahead: TraceEvent[] = [];
  #next: TraceEvent | undefined;
  #last = 0;

  constructor(trace: Iterable<TraceEvent>) {
    this.#events = trace[Symbol.iterator]();
    const start = this.#read();
    if (start?.type !== 'trace') {
      throw misuse(
        `a trace begins with an event of the type 'trace', and this one begins with ${quote(start?.type ?? 'nothing')}`,
      );
    }
  }

  /** The event that `take()` returns next. */
  get next(): TraceEvent | undefined {
    return (this.#next ??= this.#ahead.shift() ?? this.#read());
  }

  take(): TraceEvent | undefined {
    const event = this.next;
    this.#next = undefined;
    if (event?.type === 'trace') {
      throw misuse(`the trace has a second beginning after ${this.#last} ms; replay one trace at a time`);
    }
    if (event !== undefined) this.#last = event.at;
    return event;
  }

  /** Reads how the client connected, before any event is taken. */
  opening(): Opening {
    const connects: ConnectPacket[] = [];
    let url: string | undefined;
    let isJoined = false;
    for (let i = 0; i < MOST_IN_ADVANCE; i++) {
      const event = this.#read();
      if (event === undefined) break;
      this.#ahead.push(event);
      if (event.type === 'state') {
        url ??= event.url;
        if (event.status === 'connected' && connects.length === 0) isJoined = true;
      }
      if (event.type !== 'packet') continue;
      if (event.packet.cmd === 'connect') connects.push(event.packet as unknown as ConnectPacket);
      if (event.packet.cmd === 'connack' && (event.packet as unknown as ConnackPacket).reasonCode === 0) break;
    }
    return { url, connects, isJoined };
  }

  #read(): TraceEvent | undefined {
    const result = this.#events.next();
    return result.done ? undefined : result.value;
  }
}
