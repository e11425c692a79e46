import { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import { quoted } from '../../quoted.js';
import { EventStore, type StoreBounds } from './event-store.js';
import { parseTraceLine } from './trace-lines.js';

/** Characters of the first line, which has four numbers and no more. */
const LONGEST_START = 4_096;

export interface OpenedTrace {
  readonly name: string;
  readonly store: EventStore;
  /** Lines that are no event of a trace. */
  readonly damaged: number;
  /** Whether the file has more events than the store may hold. */
  readonly isCut: boolean;
}

/**
 * Reads a trace file, up to the bounds. Emits once and completes. Errors with `INVALID_ARGUMENT` if the file does not begin as a trace
 * does. Unsubscribing stops reading.
 */
export function openTrace(file: Blob & { readonly name: string }, bounds: StoreBounds): Observable<OpenedTrace> {
  return new Observable(subscriber => {
    const reader = file.stream().getReader();
    // A stream of text would pass on what a file that is not UTF-8 has, too; its lines are damaged then.
    const decoder = new TextDecoder();
    const lines = new TraceFile(file.name, bounds);
    const read = async (): Promise<OpenedTrace> => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return lines.end();
        if (!lines.add(decoder.decode(value, { stream: true }))) return lines.end();
      }
    };
    read().then(
      opened => {
        subscriber.next(opened);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => void reader.cancel().catch(() => undefined);
  });
}

/** Cuts the text of a file into lines, and stores their events. */
class TraceFile {
  readonly #name: string;
  readonly #bounds: StoreBounds;
  // The store itself has no bounds, because it would drop the beginning and this drops the end.
  readonly #store = new EventStore({ events: Infinity, bytes: Infinity });
  #rest = '';
  #damaged = 0;
  #isCut = false;

  constructor(name: string, bounds: StoreBounds) {
    this.#name = name;
    this.#bounds = bounds;
  }

  /** Returns false as soon as the store is full. */
  add(text: string): boolean {
    this.#rest += text;
    if (!text.includes('\n')) {
      if (this.#store.end === 0 && this.#rest.length > LONGEST_START) throw this.#isNoTrace();
      return true;
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#addLine(line);
    return !this.#isCut;
  }

  end(): OpenedTrace {
    // The last line of a file that was cut off is damaged, which the number of damaged lines says.
    if (!this.#isCut) this.#addLine(this.#rest);
    if (this.#store.end === 0) throw this.#isNoTrace();
    return { name: this.#name, store: this.#store, damaged: this.#damaged, isCut: this.#isCut };
  }

  #addLine(line: string): void {
    if (this.#isCut || line.trim() === '') return;
    const event = parseTraceLine(line);
    if (this.#store.end === 0) {
      if (event?.type !== 'trace') throw this.#isNoTrace();
      if (event.version !== 1) throw this.#hasVersion(event.version);
    }
    if (event === undefined) {
      this.#damaged++;
      return;
    }
    const { end, bytes } = this.#store;
    if (end >= this.#bounds.events || bytes >= this.#bounds.bytes) this.#isCut = true;
    else this.#store.push(event);
  }

  #isNoTrace(): MqttError {
    return new MqttError(
      'INVALID_ARGUMENT',
      `${quoted(this.#name)} is no trace; the first line of a trace is an object of type 'trace' with a version`,
      { subject: this.#name },
    );
  }

  #hasVersion(version: number): MqttError {
    return new MqttError(
      'INVALID_ARGUMENT',
      `${quoted(this.#name)} is a trace of version ${version}, and this inspector reads version 1`,
      { subject: this.#name },
    );
  }
}
