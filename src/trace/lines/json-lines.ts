import { type OperatorFunction, concat, concatMap, defer, from, map } from 'rxjs';
import type { TraceEvent } from '../trace-event.js';
import { LineReader, type ReadTraceOptions } from './line-reader.js';

/** Returns an operator that turns the events of a trace into lines of JSON, each with its newline. */
export function toJsonLines(): OperatorFunction<TraceEvent, string> {
  return map(event => `${JSON.stringify(event)}\n`);
}

/**
 * Returns an operator that reads the events of a trace from text or bytes, in chunks of any size, as a file or a socket gives them. It holds no
 * more than one line, so a trace can be of any length.
 *
 * Emits each event, and completes with its source. Errors with `TRACE_UNREADABLE` if this is not a trace, if its version is not known, or if
 * a line is damaged and you do not pass `onDamaged`.
 */
export function fromJsonLines(options: ReadTraceOptions = {}): OperatorFunction<string | Uint8Array, TraceEvent> {
  return chunk$ =>
    defer(() => {
      const reader = new LineReader(options);
      return concat(
        chunk$.pipe(concatMap(chunk => reader.read(chunk))),
        defer(() => from(reader.end())),
      );
    });
}

/**
 * Reads the events of a trace synchronously, as `replayTrace()` and `traceToMarbles()` of `rxjs-mqtt/testing` take them.
 *
 * @param source - the whole text, or chunks of it. Of chunks, it holds no more than one line.
 * @throws MqttError `TRACE_UNREADABLE` while you iterate, as {@link fromJsonLines} errors.
 */
export function* parseTrace(
  source: string | Uint8Array | Iterable<string | Uint8Array>,
  options: ReadTraceOptions = {},
): Generator<TraceEvent, void, undefined> {
  const reader = new LineReader(options);
  const chunks = typeof source === 'string' || source instanceof Uint8Array ? [source] : source;
  for (const chunk of chunks) yield* reader.read(chunk);
  yield* reader.end();
}
