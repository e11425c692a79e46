import { metrics, trace } from '@opentelemetry/api';
import type { Subscription } from 'rxjs';
import { mqtt } from 'rxjs-mqtt';
import { instrument, type OpenTelemetryOptions } from 'rxjs-mqtt/opentelemetry';

const options: OpenTelemetryOptions = {
  tracer: trace.getTracer('test'),
  meter: metrics.getMeter('test'),
  destination: ['a/+/b'],
};

export const instrumenting: Subscription = instrument(mqtt('mqtt://127.0.0.1'), options);
