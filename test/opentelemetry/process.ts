// A process of its own, with an SDK of its own: it answers each job with its handler's result, and prints its spans as JSON.
import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { mqtt } from '../../src/index.js';
import { instrument } from '../../src/opentelemetry/index.js';

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const exporter = {
  export: (spans: ReadableSpan[], done: (result: { code: number }) => void) => {
    for (const span of spans)
      print({
        name: span.name,
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        parent: span.parentSpanContext?.spanId,
      });
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
};
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('worker');

const client = mqtt(process.argv[2]!, { protocolVersion: 5, quiet: true });
instrument(client, { tracer, meter: false });
client
  .consume(
    'jobs/+id',
    async message => {
      await Promise.resolve();
      client.publish('done', message.text(), { qos: 1 }).subscribe();
    },
    { subscribeObserver: { next: () => print({ ready: true }) } },
  )
  .subscribe();
process.stdin.on('end', () => client.close()).resume();
