import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { context, propagation } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { mqtt } from '../../src/index.js';
import { instrument } from '../../src/opentelemetry/index.js';
import { type Mosquitto, describeMosquitto, startMosquitto } from '../support/mosquitto.js';

interface Line {
  readonly ready?: true;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string;
}

describeMosquitto('rxjs-mqtt/opentelemetry: two processes and mosquitto', function () {
  let broker: Mosquitto;
  let worker: ChildProcess | undefined;

  before(async () => {
    broker = await startMosquitto();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  });
  after(async () => {
    context.disable();
    propagation.disable();
    worker?.kill();
    await broker.stop();
  });

  it('make one trace of what a message causes', async () => {
    const program = new URL('process.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import=tsx', program, broker.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    worker = child;
    const lines: Line[] = [];
    const reader = createInterface({ input: child.stdout });
    const ready = new Promise<void>(resolve => {
      reader.on('line', line => {
        const parsed = JSON.parse(line) as Line;
        if (parsed.ready) resolve();
        else lines.push(parsed);
      });
    });
    await ready;

    const exporter = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    const client = mqtt(broker.url, { protocolVersion: 5 });
    instrument(client, { tracer: provider.getTracer('here'), meter: false });
    let granted: () => void;
    const subscribed = new Promise<void>(resolve => (granted = resolve));
    const done = firstValueFrom(client.topic$('done', { subscribeObserver: { next: () => granted() } }));
    await subscribed;
    client.publish('jobs/7', 'x', { qos: 1 }).subscribe();
    await done;
    client.close();
    child.stdin.end();
    await Promise.all([once(child, 'exit'), once(reader, 'close')]);

    const here = exporter.getFinishedSpans();
    const spanHere = (name: string) => here.find(span => span.name === name)!;
    const spanThere = (name: string) => lines.find(span => span.name === name)!;
    const sent = spanHere('send').spanContext();
    expect(here.map(({ name }) => name)).to.have.members(['send', 'receive done']);
    expect(lines.map(({ name }) => name)).to.have.members(['receive jobs/+', 'process jobs/+', 'send']);
    expect(
      new Set([...here.map(span => span.spanContext().traceId), ...lines.map(({ traceId }) => traceId)]),
    ).to.deep.equal(new Set([sent.traceId]));
    expect(spanThere('process jobs/+').parent).to.equal(sent.spanId);
    expect(spanThere('send').parent).to.equal(spanThere('process jobs/+').spanId);
    expect(spanHere('receive done').parentSpanContext?.spanId).to.equal(spanThere('send').spanId);
  }).timeout(30_000);
});
