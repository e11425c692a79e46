import type { MqttError } from '../../errors.js';
import { utf8Decoder } from '../../platform.js';
import type { TraceEvent } from '../trace-event.js';
import { Damage, parseEvent, unreadable } from './check-event.js';

/** The most characters or bytes of the first line, so that what is not a trace at all is not gathered. */
const LONGEST_START = 64 * 1024;
/** The most characters or bytes of a line. A packet has at most 256 MiB, and an engine bounds its strings. */
const LONGEST_LINE = 400 * 1024 * 1024;
const NEWLINE = 10;

/** A line of a trace that is not an event. */
export interface DamagedLine {
  /** Its number, from 1. */
  readonly line: number;
  readonly text: string;
  /** `TRACE_UNREADABLE`, which says what is wrong with it. */
  readonly error: MqttError;
  /** True for the last line if it has no end: the process that wrote it was killed, or still writes. */
  readonly isTruncated: boolean;
}

/** How a trace is read. */
export interface ReadTraceOptions {
  /**
   * Called with each line that is not an event, after which reading continues. Default: a damaged line is the error `TRACE_UNREADABLE`, and a
   * last line without an end is ignored: a trace that was cut off lacks its {@link TraceEnd}.
   */
  onDamaged?: (damaged: DamagedLine) => void;
}

/** Reads the events of a trace from chunks of any size. It holds no more than one line. */
export class LineReader {
  readonly #onDamaged: ReadTraceOptions['onDamaged'];
  readonly #decoder = utf8Decoder();
  /** The parts of the line that is not complete, all of them text or all of them bytes. */
  #parts: (string | Uint8Array)[] = [];
  #length = 0;
  #line = 0;

  constructor({ onDamaged }: ReadTraceOptions = {}) {
    this.#onDamaged = onDamaged;
  }

  /** Reads the events that end in this chunk. */
  *read(chunk: string | Uint8Array): Generator<TraceEvent> {
    let start = 0;
    for (let end = endOfLine(chunk, 0); end >= 0; end = endOfLine(chunk, start)) {
      this.#add(partOf(chunk, start, end));
      start = end + 1;
      const event = this.#event(this.#takeLine(), false);
      if (event !== undefined) yield event;
    }
    // A copy, because a view would keep the whole chunk.
    if (start < chunk.length) this.#add(typeof chunk === 'string' ? chunk.slice(start) : chunk.slice(start));
  }

  /** Reads the last line if it has no end. */
  *end(): Generator<TraceEvent> {
    if (this.#length > 0) {
      const event = this.#event(this.#takeLine(), true);
      if (event !== undefined) yield event;
    }
    if (this.#line === 0) throw unreadable('the trace is empty; its first line must be an event of the type trace');
  }

  #add(part: string | Uint8Array): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
    const longest = this.#line === 0 ? LONGEST_START : LONGEST_LINE;
    if (this.#length <= longest) return;
    throw unreadable(`line ${this.#line + 1} of the trace has more than ${longest} bytes, so this is not a trace`);
  }

  #takeLine(): string {
    const parts = this.#parts;
    this.#parts = [];
    this.#length = 0;
    this.#line++;
    return parts.length > 0 && typeof parts[0] !== 'string' ? this.#decoder.decode(joined(parts)) : parts.join('');
  }

  #event(text: string, isTruncated: boolean): TraceEvent | undefined {
    const isFirst = this.#line === 1;
    if (text.trim() === '' && !isFirst) return undefined;
    try {
      const event = parseEvent(text);
      if (isFirst && event.type !== 'trace') throw new Damage(`is an event of the type ${event.type}`);
      return event;
    } catch (cause) {
      if (!(cause instanceof Damage)) throw cause;
      if (isFirst) throw unreadable(`the first line ${cause.message}; a trace begins with an event of the type trace`);
      this.#skip({ line: this.#line, text, error: damaged(this.#line, cause, isTruncated), isTruncated });
      return undefined;
    }
  }

  #skip(line: DamagedLine): void {
    if (this.#onDamaged !== undefined) this.#onDamaged(line);
    else if (!line.isTruncated) throw line.error;
  }
}

const damaged = (line: number, { message }: Damage, isTruncated: boolean): MqttError =>
  unreadable(`line ${line} of the trace ${isTruncated ? 'has no end and ' : ''}${message}`);

const endOfLine = (chunk: string | Uint8Array, from: number): number =>
  typeof chunk === 'string' ? chunk.indexOf('\n', from) : chunk.indexOf(NEWLINE, from);

const partOf = (chunk: string | Uint8Array, start: number, end: number): string | Uint8Array =>
  typeof chunk === 'string' ? chunk.slice(start, end) : chunk.subarray(start, end);

/** Joins bytes before they are decoded, because a character may be in two parts. */
function joined(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const only = parts[0];
  if (parts.length === 1) return only as Uint8Array;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part as Uint8Array, at);
    at += part.length;
  }
  return bytes;
}
