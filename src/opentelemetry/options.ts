import type { Meter, TextMapPropagator, Tracer } from '@opentelemetry/api';
import type { SchedulerLike } from 'rxjs';

/** What `instrument()` records, and how. */
export interface OpenTelemetryOptions {
  /** Makes the spans; false for none. Default: `trace.getTracer('rxjs-mqtt')`. */
  tracer?: Tracer | false;
  /** Makes the instruments of the metrics; false for none. Default: `metrics.getMeter('rxjs-mqtt')`. */
  meter?: Meter | false;
  /**
   * Writes the context of the span of a publish into the user properties of its message, and reads it from received messages (5.0); false for
   * neither. All fields of a propagator that you give are written. Default: the global one, of which only `traceparent` and `tracestate` are
   * written, because every subscriber and the broker can read what a message holds.
   */
  propagation?: TextMapPropagator | false;
  /**
   * The low-cardinality name of a destination, for the names of spans and for metrics: a list of filters, of which the first that matches a
   * topic is its name, or a function, which returns undefined for no name. Default: received messages have the filter of their stream, and
   * published messages have none.
   */
  destination?: readonly string[] | ((topic: string) => string | undefined);
  /** The clock of durations, in ms. Default `asyncScheduler`. */
  scheduler?: SchedulerLike;
}
