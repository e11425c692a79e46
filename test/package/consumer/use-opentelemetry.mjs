// Spans of a client by OpenTelemetry, by import and by require().
import { createRequire } from 'node:module';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { instrument } from 'rxjs-mqtt/opentelemetry';
import { mockMqtt } from 'rxjs-mqtt/testing';

const required = createRequire(import.meta.url)('rxjs-mqtt/opentelemetry');

for (const each of [instrument, required.instrument]) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const client = mockMqtt();
  each(client, { tracer: provider.getTracer('test') });
  client.publish('a/b', 'hello').subscribe();
  const names = exporter.getFinishedSpans().map(({ name }) => name);
  if (names.join() !== 'send') throw new Error(`the spans are ${names.join() || 'none'}`);
}

console.log('OpenTelemetry works');
