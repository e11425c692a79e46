import { expect } from 'chai';
import { delay, map, merge, take } from 'rxjs';
import type { AckableMessage } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, pubrel, suback, unsuback } from '../../support/packets.js';
import { answers, collect, unrouted } from './support.js';

// so that one SUBSCRIBE holds all filters
const c = connack({ properties: { subscriptionIdentifiersAvailable: false } });
const p = connack({ sessionPresent: true });
const fixed = { initial: 3, jitter: 'none' } as const;
const lasting = { clean: false, clientId: 'me', reconnect: fixed } as const;
const one = (packetId: number, topic = 't', dup = false) => publish(topic, { qos: 1, packetId, dup });
const two = (packetId: number, topic = 't', dup = false) => publish(topic, { qos: 2, packetId, dup });

describe("topic$ with ack: 'manual'", () => {
  it(
    'the broker is answered when the subscriber says so, in the order in which the messages came [S31] [S30]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const packets = { c, s: suback(1, 2), x: one(1), y: one(2), z: one(3) };
      const mqtt = client(broker(['-cs-xyz'], packets), lasting, 30);
      const { got } = collect(mqtt, 't');
      act('----------a-b-c', {
        a: () => expect([got[2]!.ack(), got[2]!.ack()]).to.deep.equal([true, false]),
        b: () => expect(got[0]!.reject(0x87)).to.equal(true),
        c: () => expect([got[1]!.ack(), got[1]!.reject(), got[1]!.leave()]).to.deep.equal([true, false, false]),
      });
      expectTimeline(answers(mqtt)).toBe('12 PUBACK #1 0x87', '14 PUBACK #2', '14 PUBACK #3');
    }),
  );

  it(
    'one message of several streams and subscribers is answered when all have; the first refusal is the answer [S30]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-x'], { c, s: suback(1, 2, 2), x: two(1, 'a/b') }), lasting, 30);
      const [first, second, other] = [collect(mqtt, 'a/b'), collect(mqtt, 'a/b'), collect(mqtt, 'a/#')];
      const auto: string[] = [];
      mqtt.topic$('a/b', { qos: 2 }).subscribe(({ topic }) => auto.push(topic));
      act('----------a-b-c', {
        a: () => first.got[0]!.ack(),
        b: () => other.got[0]!.reject(),
        c: () => second.got[0]!.reject(0x99),
      });
      expectTimeline(answers(mqtt)).toBe('14 PUBREC #1 0x83');
      act('---------------d', { d: () => expect(auto).to.deep.equal(['a/b']) });
    }),
  );

  it(
    'an automatic stream does not wait for anybody but the messages before its own',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const packets = { c, s: suback(1, 2, 2), x: one(1), y: one(2, 'auto'), z: two(3, 'auto') };
      const mqtt = client(broker(['-cs-xyz'], packets), lasting, 30);
      const { got } = collect(mqtt, 't');
      mqtt.topic$('auto', { qos: 2 }).subscribe();
      act('----------a', { a: () => got[0]!.ack() });
      expectTimeline(answers(mqtt)).toBe('6 PUBREC #3', '10 PUBACK #1', '10 PUBACK #2');
    }),
  );

  it(
    'answered in the handler, the acknowledgement goes out before what the handler publishes',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-cs-x'], { c, s: suback(1, 1), x: one(1) }), lasting, 20);
      const sent$ = sent(mqtt);
      expectTimeline(sent$).toBe(
        '0 CONNECT v5 resume',
        '1 SUBSCRIBE #1 t:1',
        '4 PUBACK #1',
        '4 PUBLISH q0 answer',
        '20 DISCONNECT',
      );
      mqtt.topic$('t', { ack: 'manual' }).subscribe(message => {
        mqtt.publish('answer').subscribe();
        message.ack();
      });
    }),
  );

  it(
    'after a reconnect a QoS 1 message comes again, and the old one is stale [S32]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const script = ['-cs-x-#', '-p--x'];
      const mqtt = client(broker(script, { c, p, s: suback(1, 1), x: one(7) }), lasting, 30);
      const { got, message$ } = collect(mqtt, 't', { qos: 1 });
      act('-------a------------b', {
        a: () => expect([got[0]!.stale, got[0]!.ack(), got[0]!.reject()]).to.deep.equal([true, false, false]),
        b: () => expect([got[0]!.ack(), got[1]!.stale, got[1]!.ack()]).to.deep.equal([false, false, true]),
      });
      expectTimeline(merge(message$, answers(mqtt))).toBe('4 t', '13 t', '20 PUBACK #7');
    }),
  );

  it(
    'a QoS 2 message is the same after a reconnect: handed over once, answered on the new connection [S32]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const packets = {
        c,
        p,
        s: suback(1, 2),
        x: two(7, 'x'),
        y: two(8, 'y'),
        X: two(7, 'x', true),
        Y: two(8, 'y', true),
      };
      const mqtt = client(broker(['-cs-xy#', '-p--XYr', ''], { ...packets, r: pubrel(8) }), lasting, 40);
      const { got, message$ } = collect(mqtt, '#');
      act('-------a------------b', {
        a: () => expect([got[1]!.stale, got[1]!.ack()]).to.deep.equal([false, true]),
        b: () => expect([got[0]!.stale, got[0]!.ack()]).to.deep.equal([false, true]),
      });
      expectTimeline(merge(message$, answers(mqtt))).toBe('4 x', '5 y', '15 PUBCOMP #8', '20 PUBREC #7');
    }),
  );

  it(
    'with the session gone a QoS 2 message is stale too',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-x-#', '-cs-x'], { c, s: suback(1, 2), x: two(7) }), lasting, 30);
      const { got, message$ } = collect(mqtt, 't');
      act('---------------a', {
        a: () => expect([got[0]!.stale, got[0]!.ack(), got[1]!.ack()]).to.deep.equal([true, false, true]),
      });
      expectTimeline(merge(message$, answers(mqtt))).toBe('4 t', '13 t', '15 PUBREC #7');
    }),
  );

  it(
    "deliverQos2 'release': the PUBCOMP waits, and those of others do not wait for it",
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const packets = { c, s: suback(1, 2, 2), x: two(1), y: two(2, 'auto'), r: pubrel(1), q: pubrel(2) };
      const mqtt = client(broker(['-cs-xyrq'], packets), { ...lasting, deliverQos2: 'release' }, 30);
      const { got, message$ } = collect(mqtt, 't');
      mqtt.topic$('auto', { qos: 2 }).subscribe();
      act('----------a', { a: () => got[0]!.reject() });
      expectTimeline(merge(message$, answers(mqtt))).toBe(
        '4 PUBREC #1',
        '5 PUBREC #2',
        '6 t',
        '7 PUBCOMP #2',
        '10 PUBCOMP #1',
      );
    }),
  );

  it(
    'disconnect() makes all stale, QoS 1 and 2; the stream completes',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(
        broker(['-cs-xy', '-p--XY'], {
          c,
          p,
          s: suback(1, 2),
          x: one(1),
          y: two(2),
          X: one(1, 't', true),
          Y: two(2, 't', true),
        }),
        lasting,
        40,
      );
      const again: string[] = [];
      const { got, message$ } = collect(mqtt, 't');
      act('-------d--a----b', {
        d: () => mqtt.disconnect().subscribe(),
        a: () =>
          expect(got.map(message => [message.stale, message.ack()])).to.deep.equal([
            [true, false],
            [true, false],
          ]),
        b: () => {
          mqtt.connect().subscribe();
          collect(mqtt, 't').message$.subscribe(topic => again.push(topic));
        },
      });
      expectTimeline(merge(message$, answers(mqtt), unrouted(mqtt))).toBe('4 t', '5 t');
      act('--------------------------e', { e: () => expect(again).to.deep.equal(['t dup', 't dup']) });
    }),
  );

  it(
    'QoS 0 can be answered too: nothing is sent, and it does not go stale with a connection',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-xx#', '-p'], { c, p, s: suback(1, 0), x: publish('t') }), lasting, 30);
      const { got } = collect(mqtt, 't', { qos: 0 });
      act('---------------a', {
        a: () =>
          expect([got[0]!.stale, got[0]!.ack(), got[0]!.ack(), got[1]!.reject(0x80)]).to.deep.equal([
            false,
            true,
            false,
            true,
          ]),
      });
      expectTimeline(answers(mqtt)).toBe();
    }),
  );

  it(
    'a handler that throws harms nobody: its message is left, whoever else acknowledges it',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-x'], { c, s: suback(1, 1), x: one(1) }), lasting, 30);
      const failing = mqtt
        .topic$('t', { ack: 'manual' })
        .pipe(map((): number => JSON.parse('{') as number))
        .subscribe({ error: () => undefined });
      const { got } = collect(mqtt, 't', { qos: 1 });
      let next: ReturnType<typeof collect>;
      act('------a---b---c', {
        a: () => expect([failing.closed, got[0]!.ack(), got[0]!.acknowledged]).to.deep.equal([true, true, 'pending']),
        b: () => (next = collect(mqtt, 't', { qos: 1 })),
        c: () => expect([next.got[0]!.ack(), got[0]!.acknowledged]).to.deep.equal([true, true]),
      });
      expectTimeline(answers(mqtt)).toBe('14 PUBACK #1');
    }),
  );

  it(
    'decode and params are there; what cannot be decoded is acknowledged, and shown',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const decode = { decode: (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as number };
      const packets = {
        c,
        s: suback(1, 1),
        x: publish('a/7', { qos: 1, packetId: 1, payload: '42' }),
        y: one(2, 'a/8'),
      };
      const mqtt = client(broker(['-cs-xy'], packets), lasting, 20);
      const words$ = mqtt
        .topic$('a/+id', { ack: 'manual', decode })
        .pipe(map(message => `${message.params.id} ${message.value} ${message.ack()}`));
      expectTimeline(merge(words$, answers(mqtt), mqtt.undecodable$.pipe(map(({ error }) => error.code)))).toBe(
        '4 7 42 true',
        '4 PUBACK #1',
        '5 DECODE_FAILED',
        '5 PUBACK #2',
      );
    }),
  );
});

describe('unsubscribing with messages unanswered', () => {
  const packets = { c, s: suback(1, 2), t: suback(2, 2), x: one(1, 'x'), y: two(2, 'y') };

  it(
    'they are neither acknowledged nor shown on unrouted$; the handles are stale [S33]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-xy'], packets), lasting, 30);
      const { got, subscription } = collect(mqtt, '#');
      act('----------a', {
        a: () => {
          subscription.unsubscribe();
          expect([got[0]!.stale, got[0]!.ack()]).to.deep.equal([true, false]);
        },
      });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe();
    }),
  );

  it(
    'take(1): its ack() counts until the stream has completed, and is too late afterwards',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-xy'], { ...packets, s: suback(1, 2, 2) }), lasting, 30);
      const one$ = mqtt.topic$('x', { ack: 'manual' }).pipe(take(1));
      const late: AckableMessage[] = [];
      one$.subscribe({ next: message => late.push(message), complete: () => expect(late[0]!.ack()).to.equal(true) });
      mqtt
        .topic$('y', { qos: 2, ack: 'manual' })
        .pipe(take(1))
        .subscribe(message => late.push(message));
      act('---------a', { a: () => expect([late[1]!.stale, late[1]!.ack()]).to.deep.equal([true, false]) });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('4 PUBACK #1');
    }),
  );

  it(
    'a stream that is subscribed within the same turn takes them over, in order (retry) [S33]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-xy'], packets), lasting, 30);
      const first = collect(mqtt, '#');
      act('----------a', {
        a: () => {
          first.subscription.unsubscribe();
          const second = collect(mqtt, '#');
          second.message$.subscribe(() => second.got.at(-1)!.ack());
        },
      });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('10 PUBACK #1', '10 PUBREC #2');
    }),
  );

  it(
    'while the stream lingers they wait for its next subscriber, and so does what comes meanwhile [S33]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const script = { ...packets, z: one(3, 'z'), u: unsuback(2, 0) };
      const mqtt = client(broker(['-cs-xy-z-----------u'], script), lasting, 60);
      const first = collect(mqtt, '#', { linger: 10 });
      act('------a-----b', {
        a: () => first.subscription.unsubscribe(),
        b: () => {
          const second = collect(mqtt, '#', { linger: 10 });
          second.message$.subscribe(topic => topic === 'y' || second.got.at(-1)!.ack());
          mqtt.connection$.pipe(take(1), delay(3)).subscribe(() => second.subscription.unsubscribe());
        },
      });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('12 PUBACK #1', '12 PUBACK #3');
    }),
  );

  it(
    'leave(): it stays unacknowledged, for the next connection or the next stream',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(
        broker(['-cs-xy----------#', '-p--xy'], { ...packets, p, x: one(1, 'x'), y: two(2, 'y') }),
        lasting,
        40,
      );
      const { got, subscription, message$ } = collect(mqtt, '#');
      act('-----a----b--c-', {
        a: () => got[0]!.leave(),
        b: () => expect([got[0]!.ack(), got[0]!.stale, got[1]!.leave()]).to.deep.equal([false, false, true]),
        c: () => {
          subscription.unsubscribe();
          const next = collect(mqtt, 'y');
          next.message$.subscribe(() => next.got[0]!.ack());
        },
      });
      expectTimeline(merge(message$, answers(mqtt), unrouted(mqtt))).toBe('4 x', '5 y', '13 PUBREC #2', '24 PUBREC #2');
    }),
  );

  it(
    'one of two streams gives up: the answer of the other one is not enough, nor is an automatic stream',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-xy'], { ...packets, s: suback(1, 2, 2) }), lasting, 30);
      const [first, second] = [collect(mqtt, '#'), collect(mqtt, '#')];
      mqtt.topic$('y', { qos: 2 }).subscribe();
      act('----------a-b-c-d', {
        a: () => first.subscription.unsubscribe(),
        b: () => second.got[0]!.ack(),
        c: () => second.subscription.unsubscribe(),
        d: () => {
          const third = collect(mqtt, '#');
          third.message$.subscribe(() => third.got.at(-1)!.ack());
        },
      });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('16 PUBACK #1', '16 PUBREC #2');
    }),
  );

  it(
    'QoS 0 is shown too',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-cs-x'], { c, s: suback(1, 2), x: publish('x') }), lasting, 30);
      const { subscription } = collect(mqtt, '#');
      act('----------a', { a: () => subscription.unsubscribe() });
      expectTimeline(merge(answers(mqtt), unrouted(mqtt))).toBe('10 unrouted x');
    }),
  );
});
