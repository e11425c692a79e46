import { expect } from 'chai';
import { ReplaySubject, Subject, filter, firstValueFrom, map, switchMap, timer } from 'rxjs';
import { EdgeNode, type EdgeNodeChange, type EdgeNodeCommand } from '../../../examples/recipes/sparkplug/edge-node.js';
import { type NodeState, followNodes } from '../../../examples/recipes/sparkplug/host.js';
import type { Metric, SparkplugCodec, SparkplugPayload } from '../../../examples/recipes/sparkplug/payload.js';
import { type MqttClient, mqtt } from '../../../src/index.js';
import { virtualBroker } from '../../../src/testing/index.js';
import { describeBrokers } from '../../broker/support.js';
import { mqttMarbles } from '../../support/marbles.js';

/** `npm run test:package` runs the recipe with `sparkplug-payload`. */
const codec: SparkplugCodec = {
  encodePayload: payload => new TextEncoder().encode(JSON.stringify(payload)),
  decodePayload: bytes => JSON.parse(new TextDecoder().decode(bytes)) as SparkplugPayload,
};
const decode = (bytes: Uint8Array) => codec.decodePayload(bytes) as SparkplugPayload;
const words = (metrics: readonly Metric[]) => metrics.map(({ name, value }) => `${name}=${value}`).join(' ');
const number = (name: string, value: number): Metric => ({ name, type: 'Double', value });

/** An edge node with a counter of its own, and a pump. */
function plant() {
  const change$ = new Subject<EdgeNodeChange>();
  const metrics: Record<string, Metric[]> = { '': [number('count', 1)], pump: [number('rpm', 100)] };
  const edge = new EdgeNode({ group: 'plant', node: 'line', codec, metrics: () => metrics, change$ });
  return {
    edge,
    change: (device: string, ...changed: Metric[]) => change$.next({ device, metrics: changed }),
    go: (device: string, kind: 'BIRTH' | 'DEATH') => change$.next({ device, metrics: metrics[device] ?? [], kind }),
  };
}

/** What a host can hear. */
const heard = (client: MqttClient) =>
  client.topic$('spBv1.0/#').pipe(
    map(({ topic, payload, qos, retain }) => {
      const { seq, metrics } = decode(payload);
      const flags = `${qos === 0 ? '' : ` q${qos}`}${retain ? ' retain' : ''}`;
      return `${topic.slice('spBv1.0/plant/'.length)}${flags} ${seq ?? '-'}: ${words(metrics)}`;
    }),
  );

describe('the recipe of a Sparkplug edge node', () => {
  it(
    'publishes births, then data with sequence numbers, and again with the next bdSeq on the next connection',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      const { edge, change } = plant();
      const node = client(broker, { ...edge.options, clientId: 'line', reconnect: ({ wait }) => wait(10) }, 100);
      const wills = broker.packet$.pipe(
        filter(({ packet }) => packet.cmd === 'connect'),
        map(({ packet: connect }) => {
          const { will, clean } = connect as {
            will?: { topic: string; payload: Uint8Array; qos: number; retain: boolean };
            clean: boolean;
          };
          return will && `${clean} ${will.topic} q${will.qos} ${will.retain} ${words(decode(will.payload).metrics)}`;
        }),
        filter(Boolean),
      );
      act('10ms r 9ms n 4ms p 4ms x', {
        r: () => edge.run(node),
        n: () => change('', number('count', 2)),
        p: () => change('pump', number('rpm', 200)),
        x: () => broker.cut('line'),
      });
      expectTimeline(heard(client(broker))).toBe(
        '17 NBIRTH/line 0: bdSeq=0 Node Control/Rebirth=false count=1',
        '17 DBIRTH/line/pump 1: rpm=100',
        '22 NDATA/line 2: count=2',
        '27 DDATA/line/pump 3: rpm=200',
        '31 NDEATH/line q1 -: bdSeq=0',
        '48 NBIRTH/line 0: bdSeq=1 Node Control/Rebirth=false count=1',
        '48 DBIRTH/line/pump 1: rpm=100',
        '1002 |',
      );
      expectTimeline(wills).toBe(
        '12 true spBv1.0/plant/NDEATH/line q1 false bdSeq=0',
        '43 true spBv1.0/plant/NDEATH/line q1 false bdSeq=1',
      );
    }),
  );

  it(
    'is born again when a host wants it, with the same bdSeq; all other commands are emitted',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      const { edge } = plant();
      const node = client(broker, { ...edge.options, clientId: 'line' }, 100);
      const command = (topic: string, metric: Metric) => () =>
        broker.publish(
          `spBv1.0/plant/${topic}`,
          codec.encodePayload({ timestamp: 1, metrics: [{ ...metric, timestamp: 1 }] }),
        );
      act('10ms p 4ms r', {
        p: command('DCMD/line/pump', number('rpm', 300)),
        r: command('NCMD/line', { name: 'Node Control/Rebirth', type: 'Boolean', value: true }),
      });
      expectTimeline(heard(client(broker)).pipe(filter(line => line.startsWith('N')))).toBe(
        '7 NBIRTH/line 0: bdSeq=0 Node Control/Rebirth=false count=1',
        '16 NCMD/line -: Node Control/Rebirth=true',
        '18 NBIRTH/line 0: bdSeq=0 Node Control/Rebirth=false count=1',
        '1002 |',
      );
      const commands$ = edge
        .run(node)
        .pipe(map(({ device, metrics }: EdgeNodeCommand) => `${device} ${words(metrics as Metric[])}`));
      expectTimeline(commands$).toBe('11 pump rpm=300', '102 |');
    }),
  );

  it(
    'counts to 255 and begins again; data without a connection are dropped, because a birth follows',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      const { edge, change } = plant();
      const node = client(broker, { ...edge.options, clientId: 'line' }, 100);
      edge.run(node).subscribe();
      change('', number('count', 0));
      act('10ms m', { m: () => Array.from({ length: 300 }, (_, i) => change('', number('count', i))) });
      const seqs$ = heard(client(broker)).pipe(
        map(line => Number(/ (\d+):/.exec(line)?.[1])),
        filter(seq => seq < 2 || seq > 253),
        map(String),
      );
      expectTimeline(seqs$).toBe('7 0', '7 1', '12 254', '12 255', '12 0', '12 1', '1002 |');
    }),
  );
});

describe('the recipe of a Sparkplug host', () => {
  const short = ({ isOnline, needsRebirth, metrics, devices }: NodeState) => {
    const { bdSeq: _, 'Node Control/Rebirth': __, ...values } = metrics;
    const online = (is: boolean) => (is ? 'on' : 'off');
    const parts = Object.entries(devices).map(
      ([name, device]) => `${name} ${online(device.isOnline)} ${JSON.stringify(device.metrics)}`,
    );
    return [`${online(isOnline)}${needsRebirth ? '?' : ''} ${JSON.stringify(values)}`, ...parts].join(', ');
  };

  it(
    'follows an edge node and its devices through births, data and deaths',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      const { edge, change, go } = plant();
      const node = client(broker, { ...edge.options, clientId: 'line' }, 100);
      act('10ms r 9ms n p d 4ms x', {
        r: () => edge.run(node),
        n: () => change('', number('count', 2)),
        p: () => change('pump', number('rpm', 200)),
        d: () => go('pump', 'DEATH'),
        x: () => node.disconnect({ will: true }),
      });
      expectTimeline(followNodes(client(broker), 'plant', codec).pipe(map(short))).toBe(
        '17 on {"count":1}',
        '17 on {"count":1}, pump on {"rpm":100}',
        '22 on {"count":2}, pump on {"rpm":100}',
        '23 on {"count":2}, pump on {"rpm":200}',
        '24 on {"count":2}, pump off {"rpm":200}',
        '29 off {"count":2}, pump off {"rpm":200}',
        '1002 |',
      );
    }),
  );

  it(
    'asks for a rebirth when it comes late, and when a message is missing, but not for each message',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 1 });
      const { edge, change } = plant();
      const node = client(broker, { ...edge.options, clientId: 'line' }, 100);
      edge.run(node).subscribe();
      const host = client(broker, {}, 90);
      const late$ = timer(15).pipe(switchMap(() => followNodes(host, 'plant', codec, 20)));
      act('20ms n m 38ms o', {
        n: () => change('', number('count', 2)),
        m: () => change('pump', number('rpm', 200)),
        // takes a sequence number, and is lost
        o: () => {
          broker.inject({ fault: 'drop', packet: 'publish', from: 'client' });
          change('', number('count', 3));
          change('', number('count', 4));
        },
      });
      const asked$ = heard(client(broker)).pipe(filter(line => line.startsWith('NCMD')));
      expectTimeline(asked$).toBe(
        '24 NCMD/line -: Node Control/Rebirth=true',
        '64 NCMD/line -: Node Control/Rebirth=true',
        '1002 |',
      );
      expectTimeline(late$.pipe(map(short))).toBe(
        '22 off? {}',
        '23 off? {}',
        '26 on {"count":1}',
        '26 on {"count":1}, pump on {"rpm":100}',
        '62 on? {"count":1}, pump on {"rpm":100}',
        '66 on {"count":1}',
        '66 on {"count":1}, pump on {"rpm":100}',
        '92 |',
      );
    }),
  );

  it('does not take the will of an earlier connection for a death, and reads aliases and integers of 64 bits', async () => {
    const broker = virtualBroker();
    const host = mqtt('mqtt://host', { transport: broker.transport });
    const states$ = new ReplaySubject<NodeState>();
    const values = (bdSeq: number, metrics: object[] = []) => [{ name: 'bdSeq', value: long(bdSeq) }, ...metrics];
    const send = (type: string, payload: object) =>
      broker.publish(`spBv1.0/plant/${type}/line`, new TextEncoder().encode(JSON.stringify(payload)));
    const withLongs: SparkplugCodec = {
      ...codec,
      decodePayload: bytes =>
        JSON.parse(new TextDecoder().decode(bytes), (_, value: unknown) => {
          const { long: digits } = (value ?? {}) as { long?: number };
          return digits === undefined ? value : { toNumber: () => digits, toString: () => String(digits) };
        }) as SparkplugPayload,
    };
    followNodes(host, 'plant', withLongs).subscribe(states$);
    await firstValueFrom(host.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));

    send('NBIRTH', { seq: long(0), metrics: values(7, [{ name: 'count', alias: long(3), value: long(1) }]) });
    send('NDEATH', { metrics: values(6) });
    send('NDATA', { seq: long(1), metrics: [{ alias: long(3), value: long(2) }] });
    const last = await firstValueFrom(states$.pipe(filter(({ metrics }) => metrics.count === 2)));
    expect(last).to.include({ isOnline: true, needsRebirth: false, bdSeq: 7, seq: 1 });
    send('NDEATH', { metrics: values(7) });
    expect(await firstValueFrom(states$.pipe(filter(({ isOnline }) => !isOnline)))).to.have.property('seq', 1);
    host.close();
  });
});

const long = (value: number) => ({ long: value });

describeBrokers('the recipe of Sparkplug', bench => {
  it('an edge node whose connection is cut dies and is born again, as its host sees it', async () => {
    const { edge } = plant();
    const node = bench.client({ ...edge.options, clientId: bench.unique() });
    const host = bench.client({}, bench.directUrl);
    const states$ = new ReplaySubject<NodeState>();
    const granted = firstValueFrom(host.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
    followNodes(host, 'plant', codec).subscribe(states$);
    await granted;
    edge.run(node).subscribe();
    const state = (wanted: (state: NodeState) => boolean) => firstValueFrom(states$.pipe(filter(wanted)));
    await state(({ devices, bdSeq }) => devices.pump?.isOnline === true && bdSeq === 0);
    bench.proxy.cut();
    const dead = await state(({ isOnline }) => !isOnline);
    expect(dead).to.include({ bdSeq: 0 }).and.nested.include({ 'devices.pump.isOnline': false });
    const born = await state(({ devices, bdSeq }) => devices.pump?.isOnline === true && bdSeq === 1);
    expect(born.metrics).to.deep.equal({ bdSeq: 1, 'Node Control/Rebirth': false, count: 1 });
  });
});
