import { type MetricData, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { noop, throwError } from 'rxjs';
import { instrument } from '../../src/opentelemetry/index.js';
import { mockMqtt } from '../../src/testing/index.js';

class Reader extends MetricReader {
  protected onForceFlush = () => Promise.resolve();
  protected onShutdown = () => Promise.resolve();
}

describe('rxjs-mqtt/opentelemetry: metrics', () => {
  let time = 0;
  const scheduler = { now: () => time } as never;

  function instrumented(settle: 'automatic' | 'byHand' = 'automatic') {
    const reader = new Reader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
    const client = mockMqtt({ settle });
    const instrumenting = instrument(client, { tracer: false, meter, scheduler, destination: ['a/#'] });
    /** Returns, for each metric, its values with the attributes that matter here. */
    async function collect(): Promise<Record<string, string[]>> {
      const { resourceMetrics, errors } = await reader.collect();
      expect(errors).to.deep.equal([]);
      const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
      return Object.fromEntries(all.map(metric => [metric.descriptor.name, lines(metric)]));
    }
    return { client, instrumenting, collect };
  }

  const lines = ({ dataPoints }: MetricData) =>
    dataPoints.map(({ attributes, value }) => {
      const {
        'messaging.system': system,
        'messaging.operation.type': _,
        'server.address': server,
        ...others
      } = attributes;
      expect([system, server]).to.deep.equal(['mqtt', 'mock']);
      const shown = Object.entries(others).map(
        ([name, of]) => `${name.split('.').slice(2).join('.') || name}=${String(of)}`,
      );
      return `${typeof value === 'number' ? value : `${value.count} in ${value.sum ?? 0} s`} ${shown.sort().join(' ')}`.trim();
    });

  beforeEach(() => (time = 0));

  it('count sent messages and bytes by QoS and destination, and settlements by outcome', async () => {
    const { client, collect } = instrumented('byHand');
    for (const topic of ['a/1', 'a/2', 'b']) client.publish(topic, '123', { qos: 1 }).subscribe({ error: noop });
    time = 2500;
    client.published[0]!.settle();
    client.published[1]!.fail(0x87);
    const metrics = await collect();
    expect(metrics['messaging.mqtt.settled.messages']).to.have.members([
      '1 delivery=delivered name=send qos=1 template=a/#',
      '1 delivery=rejected error.type=PUBLISH_REFUSED name=send qos=1 template=a/#',
    ]);
    expect(metrics['messaging.client.operation.duration']).to.have.members([
      '1 in 2.5 s name=send template=a/#',
      '1 in 2.5 s error.type=PUBLISH_REFUSED name=send template=a/#',
    ]);
    expect(metrics).not.to.have.property('messaging.client.sent.messages'); // all of them wait
    expect(metrics['messaging.mqtt.queue.messages']).to.deep.equal(['1']);
    expect(metrics['messaging.mqtt.queue.size']).to.deep.equal(['4']);
    expect(metrics['messaging.mqtt.in_flight']).to.deep.equal(['0']);
    expect(metrics['messaging.mqtt.reconnects']).to.deep.equal(['0']);
    const sending = instrumented();
    for (const qos of [0, 1, 1] as const) sending.client.publish('b', '123', { qos }).subscribe();
    const sent = await sending.collect();
    expect(sent['messaging.client.sent.messages']).to.have.members(['1 name=send qos=0', '2 name=send qos=1']);
    expect(sent['messaging.mqtt.payload.io']).to.have.members([
      '3 direction=transmit name=send qos=0',
      '6 direction=transmit name=send qos=1',
    ]);
  });

  it('count received messages and bytes, and measure handlers, of which the filter is the destination', async () => {
    const { client, collect } = instrumented();
    const slow = () => {
      time += 40;
      return throwError(() => new RangeError('no'));
    };
    client.consume('jobs/+', slow, { onError: 'ack' }).subscribe();
    client.emit('jobs/1', '12345', { qos: 1 });
    client.emit('a/other', '1');
    const metrics = await collect();
    expect(metrics['messaging.client.consumed.messages']).to.have.members([
      '1 name=receive qos=1 template=jobs/+',
      '1 name=receive qos=0 template=a/#',
    ]);
    expect(metrics['messaging.mqtt.payload.io']).to.have.members([
      '5 direction=receive name=receive qos=1 template=jobs/+',
      '1 direction=receive name=receive qos=0 template=a/#',
    ]);
    expect(metrics['messaging.process.duration']).to.deep.equal([
      '1 in 0.04 s error.type=RangeError name=process template=jobs/+',
    ]);
  });

  it('measure requests, and not less than 0 if the clock is set back', async () => {
    const { client, collect } = instrumented();
    client.request('get', '', { timeout: 0 }).subscribe();
    const { responseTopic, correlationData } = client.published[0]!.properties;
    time = -5;
    client.emit(responseTopic!, '42', { properties: { correlationData: correlationData! } });
    const durations = (await collect())['messaging.client.operation.duration'];
    expect(durations).to.deep.equal(['1 in 0 s name=send', '1 in 0 s name=request']);
  });

  it('end with the subscription', async () => {
    const { client, instrumenting, collect } = instrumented();
    instrumenting.unsubscribe();
    client.publish('b').subscribe();
    expect(await collect()).to.deep.equal({});
  });
});
