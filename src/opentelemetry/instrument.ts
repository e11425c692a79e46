import { metrics as globalMetrics, propagation as globalPropagation, trace } from '@opentelemetry/api';
import { Subscription, asyncScheduler } from 'rxjs';
import { addHooks } from '../client/instrumentation/add-hooks.js';
import type { MqttClient } from '../client/mqtt-client.js';
import { Attributes } from './attributes.js';
import { checkOptions } from './check-options.js';
import { metricHooks, observeFigures } from './metrics.js';
import { MessageContext } from './message-context.js';
import type { OpenTelemetryOptions } from './options.js';
import { spanHooks } from './spans.js';

/** Its schema says which version of the conventions the names are of, so that a collector can translate them. */
const scope = ['rxjs-mqtt', undefined, { schemaUrl: 'https://opentelemetry.io/schemas/1.45.0' }] as const;

/**
 * Records spans and metrics of a client, by the semantic conventions for messaging of OpenTelemetry 1.45.0 (status: development).
 *
 * Without an SDK, the tracer and the meter of the API record nothing. Acts at once and opens no connection. It is made of
 * {@link addHooks}, and follows what begins from now on.
 *
 * Unsubscribing stops it: spans that have not ended do not end any more.
 *
 * @throws MqttError `INVALID_ARGUMENT` that names the option.
 */
export function instrument(client: MqttClient, options: OpenTelemetryOptions = {}): Subscription {
  checkOptions(options);
  const { destination, propagation, scheduler = asyncScheduler } = options;
  const { tracer = trace.getTracerProvider().getTracer(...scope), meter = globalMetrics.getMeter(...scope) } = options;
  const attributes = new Attributes(client, destination);
  const instrumenting = new Subscription();
  if (tracer !== false) {
    const inMessages =
      propagation === false
        ? undefined
        : new MessageContext(propagation ?? globalPropagation, propagation === undefined);
    instrumenting.add(addHooks(client, spanHooks(tracer, attributes, inMessages)));
  }
  if (meter !== false) {
    instrumenting.add(addHooks(client, metricHooks(meter, attributes, scheduler)));
    instrumenting.add(observeFigures(meter, client, attributes));
  }
  return instrumenting;
}
