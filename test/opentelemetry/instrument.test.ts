import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { expect } from 'chai';
import { NEVER, noop, throwError } from 'rxjs';
import { type MqttClient, MqttError } from '../../src/index.js';
import { type OpenTelemetryOptions, instrument } from '../../src/opentelemetry/index.js';
import { mockMqtt } from '../../src/testing/index.js';

const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const carrying = (traceparent: string) => ({ properties: { userProperties: [['traceparent', traceparent] as const] } });

describe('rxjs-mqtt/opentelemetry: spans', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('test');

  before(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
    propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  });
  after(() => {
    context.disable();
    propagation.disable();
  });
  beforeEach(() => exporter.reset());

  function instrumented(options: OpenTelemetryOptions = {}) {
    const client = mockMqtt();
    instrument(client, { tracer, meter: false, ...options });
    return client;
  }

  function spanOf(name: string): ReadableSpan {
    const found = exporter.getFinishedSpans().find(span => span.name === name);
    expect(exporter.getFinishedSpans().map(span => span.name)).to.include(name);
    return found!;
  }

  const inSpan = (run: (context: Context) => void) => {
    const span = tracer.startSpan('of the application');
    const active = trace.setSpan(ROOT_CONTEXT, span);
    context.with(active, () => run(active));
    span.end();
    return span.spanContext();
  };

  it('of a publish is a PRODUCER in the active trace, from the call to the settlement', () => {
    const client = instrumented({ destination: ['devices/+id/#'] });
    const { traceId, spanId } = inSpan(() => client.publish('devices/7/on', 'yes', { qos: 1 }).subscribe());
    const span = spanOf('send devices/+id/#');
    expect(span.kind).to.equal(SpanKind.PRODUCER);
    expect(span.spanContext().traceId).to.equal(traceId);
    expect(span.parentSpanContext?.spanId).to.equal(spanId);
    expect(span.attributes).to.deep.equal({
      'messaging.system': 'mqtt',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.template': 'devices/+id/#',
      'messaging.destination.name': 'devices/7/on',
      'messaging.message.body.size': 3,
      'messaging.mqtt.qos': 1,
      'messaging.mqtt.origin': 'publish',
      'messaging.mqtt.delivery': 'delivered',
      'messaging.mqtt.reason_code': 0,
      'messaging.client.id': client.connection.status === 'connected' && client.connection.limits.clientId,
      'server.address': 'mock',
    });
    expect(span.events.map(({ name }) => name)).to.deep.equal(['queued', 'sent']);
  });

  it('has the attributes of the conventions, and others in messaging.mqtt', () => {
    const named = new Set<unknown>(Object.values(conventions));
    const client = instrumented({ destination: ['a'] });
    client.publish('a', '', { qos: 1, retain: true }).subscribe();
    client.consume('$share/g/b', () => throwError(() => new Error('no')), { onError: 'ack' }).subscribe();
    client.emit('b', '', { qos: 1 });
    client.request('a', '', { timeout: 0 }).subscribe().unsubscribe();
    const keys = exporter.getFinishedSpans().flatMap(({ attributes }) => Object.keys(attributes));
    expect(keys).to.include.members(['error.type', 'messaging.consumer.group.name', 'messaging.mqtt.retain']);
    expect(keys.filter(key => !named.has(key) && !key.startsWith('messaging.mqtt.'))).to.deep.equal([]);
  });

  it('of a publish that fails has the code of its error, and no message', () => {
    const client = mockMqtt({ settle: 'byHand' });
    instrument(client, { tracer, meter: false });
    client.publish('t', '', { qos: 1 }).subscribe({ error: noop });
    client.published[0]!.fail(0x87);
    const span = spanOf('send');
    expect(span.status).to.deep.equal({ code: SpanStatusCode.ERROR });
    expect(span.attributes).to.include({ 'error.type': 'PUBLISH_REFUSED', 'messaging.mqtt.delivery': 'rejected' });
  });

  it('of a publish is the parent that the message carries, as traceparent and tracestate, without baggage', () => {
    const client = instrumented();
    const baggage = propagation.createBaggage({ secret: { value: '1' } });
    context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () => client.publish('t').subscribe());
    const { traceId, spanId } = spanOf('send').spanContext();
    expect(client.published[0]!.properties.userProperties).to.deep.equal([
      ['traceparent', `00-${traceId}-${spanId}-01`],
    ]);
  });

  it('all fields of a propagator that is given are written', () => {
    const client = instrumented({ propagation: new W3CBaggagePropagator() });
    const baggage = propagation.createBaggage({ user: { value: '1' } });
    context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () => client.publish('t').subscribe());
    expect(client.published[0]!.properties.userProperties).to.deep.equal([['baggage', 'user=1']]);
  });

  it('leaves the context of a message that already carries one, links to it, and is no PRODUCER', () => {
    const client = instrumented();
    client.publish('t', '', carrying(parent)).subscribe();
    expect(client.published[0]!.properties.userProperties).to.deep.equal([['traceparent', parent]]);
    const span = spanOf('send');
    expect(span.links.map(link => link.context.spanId)).to.deep.equal(['b7ad6b7169203331']);
    expect(span.kind).to.equal(SpanKind.CLIENT);
  });

  it('adds nothing to messages with propagation: false, and without an SDK', () => {
    const without = mockMqtt();
    instrument(without);
    without.publish('t').subscribe();
    const off = instrumented({ propagation: false });
    off.publish('t').subscribe();
    expect([...without.published, ...off.published].map(({ properties }) => properties)).to.deep.equal([{}, {}]);
  });

  it('of a received message is in the trace of its publisher, and active while subscribers get it', () => {
    const client = instrumented();
    client.topic$('a/+').subscribe(() => client.publish('forwarded').subscribe());
    client.emit('a/1', 'x', carrying(parent));
    const span = spanOf('receive a/+');
    expect(span.kind).to.equal(SpanKind.CONSUMER);
    expect(span.parentSpanContext).to.include({ spanId: 'b7ad6b7169203331', isRemote: true });
    expect(span.links.map(link => link.context.spanId)).to.deep.equal(['b7ad6b7169203331']);
    expect(span.attributes).to.include({
      'messaging.destination.name': 'a/1',
      'messaging.destination.template': 'a/+',
      'messaging.operation.name': 'receive',
      'messaging.operation.type': 'process',
    });
    expect(spanOf('send').parentSpanContext?.spanId).to.equal(span.spanContext().spanId);
  });

  it('of a received message without a context begins a trace, whatever is active where the client was made', () => {
    const client = instrumented();
    client.topic$('t').subscribe();
    inSpan(() => client.emit('t'));
    expect(spanOf('receive t').parentSpanContext).to.equal(undefined);
  });

  it('of a handler is active in it, also after it has waited, and has the group of a shared subscription', async () => {
    const client = instrumented();
    const handled = new Promise<void>(resolve => {
      client
        .consume('$share/workers/jobs/#', async () => {
          await Promise.resolve();
          client.publish('done').subscribe();
        })
        .subscribe(() => resolve());
    });
    client.emit('jobs/1', '', { qos: 1, ...carrying(parent) } as never);
    await handled;
    const span = spanOf('process jobs/#');
    expect(span.kind).to.equal(SpanKind.CONSUMER);
    expect(span.attributes).to.include({
      'messaging.consumer.group.name': 'workers',
      'messaging.operation.type': 'process',
    });
    expect(span.parentSpanContext?.spanId).to.equal('b7ad6b7169203331');
    expect(spanOf('send').parentSpanContext?.spanId).to.equal(span.spanContext().spanId);
  });

  it('of a handler that fails has the class of its error, not its words', () => {
    const client = instrumented();
    const fail = () => throwError(() => new TypeError('password 1234'));
    client.consume('t', fail, { onError: 'ack' }).subscribe();
    client.emit('t', '', { qos: 1 });
    const span = spanOf('process t');
    expect(span.attributes['error.type']).to.equal('TypeError');
    expect(span.status).to.deep.equal({ code: SpanStatusCode.ERROR });
    const { attributes, events, status } = span;
    expect(JSON.stringify({ attributes, events, status })).not.to.contain('1234');
  });

  it('of a request is a CLIENT around its publish, and a reply is a child of its handler', () => {
    const client = instrumented();
    client.request('get', '', { timeout: 0 }).subscribe();
    const { responseTopic, correlationData, userProperties } = client.published[0]!.properties;
    client.emit(responseTopic!, '42', { properties: { correlationData: correlationData! } });
    const request = spanOf('request');
    expect(request.kind).to.equal(SpanKind.CLIENT);
    expect(request.events.map(({ name }) => name)).to.deep.equal(['reply']);
    const send = spanOf('send');
    expect(send.parentSpanContext?.spanId).to.equal(request.spanContext().spanId);
    expect(send.attributes['messaging.mqtt.origin']).to.equal('request');
    exporter.reset();
    client.respond('get', () => '42').subscribe();
    client.emit('get', '', { properties: { responseTopic: 'r', userProperties: userProperties! } });
    const process = spanOf('process get');
    expect(process.spanContext().traceId).to.equal(request.spanContext().traceId);
    expect(spanOf('send').parentSpanContext?.spanId).to.equal(process.spanContext().spanId);
  });

  it('has a scope with the schema of the conventions, by default', () => {
    trace.setGlobalTracerProvider(provider);
    const client = mockMqtt();
    instrument(client, { meter: false });
    client.publish('t').subscribe();
    trace.disable();
    expect(spanOf('send').instrumentationScope).to.deep.include({
      name: 'rxjs-mqtt',
      schemaUrl: 'https://opentelemetry.io/schemas/1.45.0',
    });
  });

  it('stops when it is unsubscribed', () => {
    const client = mockMqtt();
    instrument(client, { tracer, meter: false }).unsubscribe();
    client.publish('t').subscribe();
    expect(exporter.getFinishedSpans()).to.deep.equal([]);
  });

  it('has the address of the server, without user and password', () => {
    const client: MqttClient = mockMqtt({
      connection: { status: 'connected', url: 'mqtts://[::1]:8883', connack: {} as never, limits: {} as never },
    });
    instrument(client, { tracer, meter: false });
    client.publish('t').subscribe();
    expect(spanOf('send').attributes).to.include({ 'server.address': '::1', 'server.port': 8883 });
  });

  for (const [options, words] of [
    [null, 'the options must be an object'],
    [{ traces: true }, "unknown option 'traces'; known are tracer, meter, propagation, destination, scheduler"],
    [{ tracer: {} }, "option 'tracer' must be a Tracer, or false"],
    [{ meter: true }, "option 'meter' must be a Meter, or false"],
    [{ propagation: 'w3c' }, "option 'propagation' must be a TextMapPropagator, or false"],
    [{ destination: [1] }, "option 'destination' must be a list of filters, or a function of the topic"],
    [{ scheduler: false }, "option 'scheduler' must be a scheduler"],
  ] as const)
    it(`refuses ${JSON.stringify(options)}`, () => {
      expect(() => instrument(mockMqtt(), options as never))
        .to.throw(MqttError, words)
        .that.has.property('code', 'INVALID_ARGUMENT');
    });

  it('of a handler that is unsubscribed ends', () => {
    const client = instrumented();
    const consuming = client.consume('t', () => NEVER).subscribe();
    client.emit('t', '', { qos: 1 });
    consuming.unsubscribe();
    expect(spanOf('process t').events.map(({ name }) => name)).to.deep.equal(['unsubscribed']);
  });
});
