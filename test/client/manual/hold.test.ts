import { expect } from 'chai';
import { map, merge } from 'rxjs';
import type { MqttOptions } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { answers, unrouted } from './support.js';

const p = connack({ sessionPresent: true });
const lasting = { clean: false, clientId: 'me' } as const;
const packets = {
  a: connack(),
  p,
  s: suback(1, 2),
  x: publish('a/x', { qos: 1, packetId: 1 }),
  y: publish('b', { qos: 1, packetId: 2 }),
  z: publish('a/z', { qos: 2, packetId: 3 }),
  o: publish('a/o'),
  n: publish('a/n', { qos: 1, packetId: 4 }),
};

describe("unrouted: 'hold'", () => {
  it(
    'MQTT.js #1124: what a session kept and sends before the application has subscribed is not lost, and comes in order',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-(pxyz)----n'], packets), { ...lasting, unrouted: 'hold' }, 30);
      const got: string[] = [];
      act('c----s----e', {
        c: () => mqtt.connect().subscribe(),
        s: () => {
          mqtt.topic$('a/#', { qos: 2 }).subscribe(({ topic }) => got.push(topic));
          mqtt.topic$('a/#', { qos: 2 }).subscribe(({ topic }) => got.push(`${topic}!`));
        },
        e: () => expect(got).to.deep.equal(['a/x', 'a/x!', 'a/z', 'a/z!']),
      });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('5 PUBACK #1', '5 PUBREC #3');
    }),
  );

  it(
    'without a stream it is shown and acknowledged in the end; QoS 0 at once',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const options = { ...lasting, unrouted: { hold: { timeout: 10 } } } as const;
      const mqtt = client(broker(['-p-xo-z'], packets), options, 30);
      act('c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe(
        '4 unrouted a/o',
        '13 unrouted a/x',
        '13 PUBACK #1',
        '16 unrouted a/z',
        '16 PUBREC #3',
      );
    }),
  );

  it(
    'more than 64 MiB sends the oldest away, however few they are, and a larger one is held alone [S118]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const MiB = 1024 * 1024;
      const large = (name: string, packetId: number, size: number) => ({
        ...publish(`a/${name}`, { qos: 1, packetId }),
        payload: new Uint8Array(size * MiB),
      });
      const script = {
        ...packets,
        x: large('x', 1, 40),
        y: large('y', 2, 24),
        z: large('z', 3, 1),
        u: large('u', 4, 70),
      };
      const options = { ...lasting, properties: { maximumPacketSize: Infinity } };
      const mqtt = client(broker(['-p-xyzu'], script), options, 30);
      act('c', { c: () => mqtt.connect().subscribe() });
      const warned$ = mqtt.warning$.pipe(map(warning => warning.code));
      expectTimeline(merge(answers(mqtt), unrouted(mqtt), warned$)).toBe(
        '5 HOLD_FULL',
        '5 unrouted a/x',
        '5 PUBACK #1',
        '6 HOLD_FULL',
        '6 HOLD_FULL',
        '6 unrouted a/y',
        '6 unrouted a/z',
        '6 PUBACK #2',
        '6 PUBACK #3',
      );
    }),
  );

  it(
    'more than fits sends the oldest away, and says so',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-p-xyz'], packets), { ...lasting, unrouted: { hold: { max: 2 } } }, 30);
      act('c', { c: () => mqtt.connect().subscribe() });
      const warned$ = mqtt.warning$.pipe(map(warning => warning.code));
      expectTimeline(merge(answers(mqtt), unrouted(mqtt), warned$)).toBe(
        '5 HOLD_FULL',
        '5 unrouted a/x',
        '5 PUBACK #1',
      );
    }),
  );

  it(
    'after a reconnect QoS 1 comes again, and is held once',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const reconnect = { initial: 3, jitter: 'none' } as const;
      const mqtt = client(broker(['-p-x#', '-p-x'], packets), { ...lasting, reconnect, unrouted: 'hold' }, 40);
      const got: string[] = [];
      act('c------------------s', {
        c: () => mqtt.connect().subscribe(),
        s: () => mqtt.topic$('a/x').subscribe(({ topic }) => got.push(topic)),
      });
      act('-------------------------e', { e: () => expect(got).to.deep.equal(['a/x']) });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('19 PUBACK #1');
    }),
  );
});

describe('a QoS 1 or 2 message that no stream claims', () => {
  const dropped = ['9 PUBACK #1'];
  for (const { name, options, expected } of [
    { name: 'a session that ends', options: { unrouted: undefined }, expected: dropped },
    { name: 'a session that lasts', options: lasting, expected: ['20 PUBACK #1'] },
    { name: 'a session with an expiry', options: { sessionExpiry: 60 }, expected: ['20 PUBACK #1'] },
    { name: "unrouted: 'acknowledge'", options: { ...lasting, unrouted: 'acknowledge' }, expected: dropped },
    { name: "unrouted: 'hold'", options: { unrouted: 'hold' }, expected: ['20 PUBACK #1'] },
  ] as const) {
    it(
      `${expected === dropped ? 'is acknowledged at once' : 'waits for its stream'}: ${name} [S85]`,
      mqttMarbles(({ broker, client, act, expectTimeline }) => {
        const { unrouted: _, ...given } = { unrouted: undefined, ...options };
        const whole = ('unrouted' in options && options.unrouted ? options : given) as MqttOptions;
        const mqtt = client(broker(['clean' in whole ? '-p-------x' : '-a-------x'], packets), whole, 30);
        const got: string[] = [];
        const codes: string[] = [];
        mqtt.warning$.subscribe(({ code }) => codes.push(code));
        act('c-------------------s---e', {
          c: () => mqtt.connect().subscribe(),
          s: () => mqtt.topic$('a/#').subscribe(({ topic }) => got.push(topic)),
          e: () => {
            expect(got).to.deep.equal(expected === dropped ? [] : ['a/x']);
            expect(codes).to.deep.equal(expected === dropped ? ['UNROUTED_DURABLE'] : []);
          },
        });
        expectTimeline(answers(mqtt)).toBe(...expected);
      }),
    );
  }

  it(
    'is warned of at the 1st, the 10th, the 100th, unless somebody listens to unrouted$; QoS 0 is not [S85]',
    mqttMarbles(({ broker, client, act }) => {
      const ids = Array.from({ length: 12 }, (_, i) => i + 10);
      const burst = Object.fromEntries(ids.map(id => [id.toString(36), publish('t', { qos: 1, packetId: id })]));
      const script = [`-p-o-(${Object.keys(burst).join('')})-----(${Object.keys(burst).join('')})`];
      const mqtt = client(broker(script, { ...packets, ...burst }), { ...lasting, unrouted: 'acknowledge' }, 60);
      const counts: number[] = [];
      mqtt.warning$.subscribe(warning => {
        expect(warning).to.include({ code: 'UNROUTED_DURABLE', topic: 't', qos: 1 });
        if (warning.code === 'UNROUTED_DURABLE') counts.push(warning.count);
      });
      act('c---a----b', {
        c: () => mqtt.connect().subscribe(),
        a: () => expect(counts).to.deep.equal([]),
        b: () => {
          expect(counts).to.deep.equal([1, 10]);
          mqtt.unrouted$.subscribe();
        },
      });
      act('50ms z', { z: () => expect(counts).to.deep.equal([1, 10]) });
    }),
  );

  it(
    'is no longer held once one was held in vain, until a stream or a connection comes [S85]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const script = { ...packets, l: publish('b', { qos: 1, packetId: 5 }), m: publish('b', { qos: 1, packetId: 6 }) };
      const mqtt = client(broker(['-p-x 10s y 999ms l 2s m'], script), lasting, 15_000);
      const codes: string[] = [];
      mqtt.warning$.subscribe(({ code, message }) => codes.push(`${code} ${message.includes('in the 10000 ms')}`));
      act('c 12s s', {
        c: () => mqtt.connect().subscribe(),
        s: () => mqtt.topic$('other').subscribe(),
      });
      act('14900ms e', { e: () => expect(codes).to.deep.equal(['UNROUTED_DURABLE true']) });
      expectTimeline(answers(mqtt)).toBe('10003 PUBACK #1', '10004 PUBACK #2', '11004 PUBACK #5');
    }),
  );

  it(
    'that was on its way when its automatic stream was unsubscribed is acknowledged at once, and not warned of',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-p-s----x-y'], { ...packets, s: suback(1, 1, 1) }), lasting, 30);
      const codes: string[] = [];
      mqtt.warning$.subscribe(({ code }) => codes.push(code));
      const view = mqtt.topic$('a/#').subscribe();
      const consumer = mqtt.topic$('b', { ack: 'manual' }).subscribe();
      act('-----u', {
        u: () => {
          view.unsubscribe();
          consumer.unsubscribe();
        },
      });
      act('20ms e', { e: () => expect(codes).to.deep.equal([]) });
      expectTimeline(answers(mqtt)).toBe('8 PUBACK #1'); // and not that of 'b', which was to be answered by hand
    }),
  );
});
