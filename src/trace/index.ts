/**
 * Traces: {@link recordTrace} records what a client does, {@link traceOnError} keeps the last minute before something went wrong, and
 * {@link toJsonLines} and {@link fromJsonLines} write and read traces. `rxjs-mqtt/testing` replays them.
 *
 * @module rxjs-mqtt/trace
 */
export { recordTrace } from './recording/record-trace.js';
export { traceOnError, type TraceOnErrorOptions } from './recording/trace-on-error.js';
export type { TraceBounds } from './recording/trace-ring.js';
export type { TracedMessage, TraceOptions } from './recording/trace-options.js';
export { drawTrace, toDrawing } from './draw/draw-trace.js';
export type { DrawTraceOptions } from './draw/draw-trace-options.js';
export { fromJsonLines, parseTrace, toJsonLines } from './lines/json-lines.js';
export type { DamagedLine, ReadTraceOptions } from './lines/line-reader.js';
export type {
  TraceAck,
  TraceEnd,
  TraceError,
  TraceEvent,
  TraceFigures,
  TracePacket,
  TracePayload,
  TraceStart,
  TraceState,
  TraceStream,
  TraceWarning,
} from './trace-event.js';
