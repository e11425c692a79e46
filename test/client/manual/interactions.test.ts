import { expect } from 'chai';
import { map, merge, share, timer } from 'rxjs';
import type { AckableMessage } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, puback, suback } from '../../support/packets.js';
import { answers, collect, flood, unrouted } from './support.js';

const fixed = { initial: 3, jitter: 'none' } as const;
const lasting = { clean: false, clientId: 'me', reconnect: fixed } as const;
const packets = {
  a: connack(),
  p: connack({ sessionPresent: true }),
  s: suback(1, 2),
  t: suback(1, 1),
  u: suback(2, 1),
  x: publish('a/x', { qos: 1, packetId: 1 }),
  X: publish('a/x', { qos: 1, packetId: 1, dup: true }),
  y: publish('a/y', { qos: 1, packetId: 2 }),
  q: publish('a/x', { qos: 2, packetId: 3 }),
  Q: publish('a/x', { qos: 2, packetId: 3, dup: true }),
  r: { cmd: 'pubrel', packetId: 3 },
  m: publish('a/x', { qos: 1, packetId: 1, properties: { subscriptionIdentifier: 1 } }),
  n: publish('a/x', { qos: 1, packetId: 2, properties: { subscriptionIdentifier: 2 } }),
  k: puback(2),
} as const;

describe('acknowledgement by hand', () => {
  it(
    'overlapping filters of one stream: one message, and a copy of it is acknowledged in its turn',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a-tu-(mn)'], packets), { ...lasting, protocolVersion: 5 }, 30);
      const got: AckableMessage[] = [];
      mqtt.topic$(['a/#', 'a/+'], { ack: 'manual' }).subscribe(message => got.push(message));
      act('15ms e', {
        e: () => {
          expect(got.map(({ packetId }) => packetId)).to.deep.equal([1]);
          got[0]!.ack();
        },
      });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('15 PUBACK #1', '15 PUBACK #2');
    }),
  );

  it(
    'a shared subscription',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a-s-xy'], packets), lasting, 30);
      const { got } = collect(mqtt, '$share/g/a/+');
      act('10ms e', { e: () => got.reverse().forEach(message => message.ack()) });
      expectTimeline(answers(mqtt)).toBe('10 PUBACK #1', '10 PUBACK #2');
    }),
  );

  it(
    'linger: who comes in time answers for what was given up; what nobody has answered is left',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a-s-x---y'], packets), lasting, 60);
      const first = collect(mqtt, 'a/+', { linger: 10 });
      let second: ReturnType<typeof collect>;
      act('-------u---s---v', {
        u: () => first.subscription.unsubscribe(),
        s: () => (second = collect(mqtt, 'a/+', { linger: 10 })),
        v: () => {
          expect(second.got.map(({ packetId }) => packetId)).to.deep.equal([1, 2]);
          second.got[0]!.ack();
          second.subscription.unsubscribe();
        },
      });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('15 PUBACK #1');
    }),
  );

  it(
    'hold, a lost connection, then a stream: the message that came again is the one that counts',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-p-xq#', '-p-XQ-'], packets), { ...lasting, unrouted: 'hold' }, 60);
      let late: ReturnType<typeof collect>;
      act('c--------------s----e', {
        c: () => mqtt.connect().subscribe(),
        s: () => (late = collect(mqtt, 'a/+')),
        e: () => {
          expect(late.got.map(({ packetId, qos }) => `${packetId} ${qos}`).sort()).to.deep.equal(['1 1', '3 2']);
          for (const message of late.got) expect(message.ack()).to.equal(true);
        },
      });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('20 PUBACK #1', '20 PUBREC #3');
    }),
  );

  it(
    'a handler that ends while disconnect() drains is heard before DISCONNECT',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a-s-x----------k'], packets), lasting, 60);
      mqtt.consume('a/+', () => timer(6), { qos: 2 }).subscribe();
      mqtt.publish('out', '', { qos: 1 }).subscribe({ error: () => undefined });
      act('--------d', { d: () => mqtt.disconnect({ drain: 20 }).subscribe() });
      expectTimeline(sent(mqtt)).toBe('1 SUBSCRIBE #1 a/+:2', '1 PUBLISH q1 #2 out', '11 PUBACK #1', '16 DISCONNECT');
    }),
  );

  for (const [qos, first] of [
    [1, 'x'],
    [2, 'q'],
  ] as const) {
    it(
      `the session is lost in the middle of a handler, QoS ${qos}: it ends, and nothing is sent for it`,
      mqttMarbles(({ broker, client, act, expectTimeline }) => {
        const mqtt = client(broker([`-a-s-${first}#`, '-a'], packets), lasting, 60);
        const how: string[] = [];
        mqtt
          .consume('a/+', () => timer(10), { qos: 2 })
          .subscribe(({ status, acknowledged }) => how.push(`${status} ${acknowledged}`));
        act('30ms e', { e: () => expect(how).to.deep.equal(['done false']) });
        expectTimeline(answers(mqtt)).toBe();
      }),
    );
  }

  it(
    'handed over on PUBREL, connection lost between PUBREC and PUBREL, and again before the PUBCOMP',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const options = { ...lasting, deliverQos2: 'release' } as const;
      const mqtt = client(broker(['-a-s-q#', '-p-r#', '-p-r'], packets), options, 60);
      const { got } = collect(mqtt, 'a/+');
      act('30ms e', {
        e: () => {
          expect(got).to.have.length(1);
          expect(got[0]!.ack()).to.equal(true);
        },
      });
      expectTimeline(answers(mqtt)).toBe('5 PUBREC #3', '30 PUBCOMP #3');
    }),
  );

  it(
    'a PUBREC that refuses ends a QoS 2 delivery: its identifier is free for another message',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a-s-q-----q'], packets), lasting, 60);
      const { got } = collect(mqtt, 'a/+');
      act('-------r-------e', {
        r: () => got[0]!.reject(0x97),
        e: () => {
          expect(got).to.have.length(2);
          expect(got[1]!.ack()).to.equal(true);
        },
      });
      expectTimeline(answers(mqtt)).toBe('7 PUBREC #3 0x97', '15 PUBREC #3');
    }),
  );

  it(
    'from inside of the handler of another message; what comes after unsubscribing in there is not acknowledged',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a-s-(xyq)'], packets), lasting, 60);
      const got: AckableMessage[] = [];
      const subscription = mqtt.topic$('a/+', { qos: 2, ack: 'manual' }).subscribe(message => {
        got.push(message);
        if (got.length < 2) return;
        for (const one of got) one.ack();
        subscription.unsubscribe();
      });
      act('20ms e', { e: () => expect(got.map(({ packetId }) => packetId)).to.deep.equal([1, 2]) });
      const out$ = merge(answers(mqtt), unrouted(mqtt));
      expectTimeline(out$).toBe('5 PUBACK #1', '5 PUBACK #2');
    }),
  );

  it(
    'pings go on while 10,000 handlers wait, and each of them is heard',
    mqttMarbles(({ client, act, status, expectTimeline }) => {
      const { transport, seen } = flood({ version: 4, qos: 1, rate: 100, window: 10_000 });
      const mqtt = client(transport, { protocolVersion: 4, ...lasting, keepalive: 2, pingTimeout: 500 }, 20_000);
      // TestScheduler is slow with thousands of timers
      const released$ = timer(12_000).pipe(share());
      let done = 0;
      mqtt.consume('t', () => released$, { concurrency: Infinity, buffer: { size: Infinity } }).subscribe(() => done++);
      act('9s a 9s b', {
        a: () => expect([seen.open, seen.pings > 2, seen.paused]).to.deep.equal([10_000, true, false]),
        b: () => expect(done).to.be.above(9_999),
      });
      expectTimeline(status(mqtt)).toBe(
        '0 connecting',
        '0 connected',
        '20000 disconnecting',
        '20000 closed',
        '20000 |',
      );
    }),
  ).timeout(60_000);

  it(
    'thousands without an answer; then all at once, the last one first, from inside of one another',
    mqttMarbles(({ client, act }) => {
      const { transport } = flood({ version: 4, qos: 1, rate: 5000, window: 5000 });
      const mqtt = client(transport, { protocolVersion: 4, ...lasting, keepalive: 0 }, 30);
      const got: AckableMessage[] = [];
      const buffer = { size: Infinity, bytes: Infinity };
      let freed = 0;
      const subscription = mqtt.topic$('t', { ack: 'manual', buffer }).subscribe(message => got.push(message));
      const order: number[] = [];
      mqtt.packet$
        .pipe(map(({ direction, packet }) => (direction === 'sent' && packet.cmd === 'puback' ? packet.packetId : 0)))
        .subscribe(packetId => {
          if (packetId === 0) return;
          order.push(packetId);
          freed += got[packetId]?.ack() ? 1 : 0; // used before
        });
      act('10ms e', {
        e: () => {
          expect(got).to.have.length(5000);
          for (let i = got.length - 1; i >= 0; i--) got[i]!.ack();
          expect(order).to.have.length(5000);
          expect(order.every((packetId, i) => packetId === i + 1)).to.equal(true);
          expect(freed).to.equal(0);
          subscription.unsubscribe();
        },
      });
    }),
  ).timeout(60_000);
});
