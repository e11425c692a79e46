import {
  type Meter,
  type TextMapPropagator,
  type Tracer,
  metrics as globalMetrics,
  propagation as globalPropagation,
  trace,
} from '@opentelemetry/api';
import { type SchedulerLike, Subscription, asyncScheduler } from 'rxjs';
import type { MqttClient } from '../client/mqtt-client.js';
import { Attributes } from './attributes.js';
import { checkOptions } from './check-options.js';
import { metricHooks, observeFigures } from './metrics.js';
import { MessageContext } from './message-context.js';
import { spanHooks } from './spans.js';

/** What {@link instrument} records, and how. */
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

/**
 * Records spans and metrics of a client, by the semantic conventions for messaging of OpenTelemetry 1.45.0 (status: development).
 *
 * Without an SDK, the tracer and the meter of the API record nothing. Acts at once and opens no connection. It is made of
 * {@link MqttClient.instrument}, and follows what begins from now on.
 *
 * Unsubscribing stops it: spans that have not ended do not end any more.
 *
 * @throws MqttError `INVALID_ARGUMENT` that names the option.
 */
export function instrument(client: MqttClient, options: OpenTelemetryOptions = {}): Subscription {
  checkOptions(options);
  const { destination, propagation, scheduler = asyncScheduler } = options;
  const { tracer = trace.getTracer('rxjs-mqtt'), meter = globalMetrics.getMeter('rxjs-mqtt') } = options;
  const attributes = new Attributes(client, destination);
  const instrumenting = new Subscription();
  if (tracer !== false) {
    const inMessages =
      propagation === false
        ? undefined
        : new MessageContext(propagation ?? globalPropagation, propagation === undefined);
    instrumenting.add(client.instrument(spanHooks(tracer, attributes, inMessages)));
  }
  if (meter !== false) {
    instrumenting.add(client.instrument(metricHooks(meter, attributes, scheduler)));
    instrumenting.add(observeFigures(meter, client, attributes));
  }
  return instrumenting;
}
