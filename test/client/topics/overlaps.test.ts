import { type Observable, concatMap, filter, map, takeUntil, timer } from 'rxjs';
import type { MqttClient, PublishProperties } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback, unsuback, describePacket } from '../../support/packets.js';

const a = connack();
const p = connack({ sessionPresent: true });
const fixed = { initial: 3, jitter: 'none' } as const;

/** A copy that came because of the subscriptions with these identifiers. */
const copy = (payload: string, subscriptionIdentifier: PublishProperties['subscriptionIdentifier'], retain = false) =>
  publish('a/b', {
    payload,
    retain,
    properties: subscriptionIdentifier === undefined ? {} : { subscriptionIdentifier },
  });

const from = (ms: number, mqtt: MqttClient, filters: string | string[], until = 1000): Observable<string> =>
  timer(ms).pipe(
    concatMap(() => mqtt.topic$(filters)),
    map(message => message.text()),
    takeUntil(timer(until)),
  );

/** SUBSCRIBE and UNSUBSCRIBE, with identifiers as `@1` and Retain Handling 2 as `quiet`. */
const asked = (mqtt: MqttClient) =>
  mqtt.packet$.pipe(
    filter(({ direction }) => direction === 'sent'),
    map(({ packet }) => packet),
    filter(packet => packet.cmd === 'subscribe' || packet.cmd === 'unsubscribe'),
    map(packet => {
      if (packet.cmd === 'unsubscribe') return describePacket(packet);
      const identifier = packet.properties?.subscriptionIdentifier;
      const quiet = packet.subscriptions.some(({ retainHandling }) => retainHandling === 2);
      return describePacket(packet) + (identifier === undefined ? '' : ` @${identifier}`) + (quiet ? ' quiet' : '');
    }),
  );

describe('topic$ with filters that overlap (3.3.4)', () => {
  it(
    'a copy goes to the streams of its filter; one with several identifiers to all of theirs',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const script = { a, s: suback(1, 1), t: suback(2, 1), m: copy('m', 1), n: copy('n', 2), o: copy('o', [2, 1]) };
      const mqtt = client(broker(['-ast-m-n-o'], script), {}, 20);
      expectTimeline(asked(mqtt)).toBe('1 SUBSCRIBE #1 a/#:1 @1', '1 SUBSCRIBE #2 a/b:1 @2');
      expectTimeline(from(0, mqtt, 'a/#')).toBe('5 m', '9 o', '20 |');
      expectTimeline(from(0, mqtt, 'a/b')).toBe('7 n', '9 o', '20 |');
      expectTimeline(from(0, mqtt, ['a/b', 'a/#'])).toBe('7 n', '9 o', '20 |');
    }),
  );

  it(
    'a stream that comes later: the filter that it overlaps gets its identifier first; one that is given up gets nothing',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const acks = { s: suback(1, 1), t: suback(2, 1), u: suback(3, 1), v: unsuback(4, 0) };
      const script = { a, ...acks, l: copy('l', undefined), m: copy('m', 2), n: copy('n', 1) };
      const mqtt = client(broker(['-as-l---tumn--vmn'], script), {}, 20);
      expectTimeline(asked(mqtt)).toBe(
        '1 SUBSCRIBE #1 a/#:1',
        '6 SUBSCRIBE #2 a/#:1 @2 quiet',
        '6 SUBSCRIBE #3 a/b:1 @1',
        '13 UNSUBSCRIBE #4 a/#',
      );
      expectTimeline(from(0, mqtt, 'a/#', 13)).toBe('4 l', '10 m', '13 |');
      expectTimeline(from(6, mqtt, 'a/b')).toBe('11 n', '16 n', '20 |');
      expectTimeline(mqtt.unrouted$.pipe(map(String))).toBe();
    }),
  );

  it(
    'a retained message for the first of two, still on its way when the second comes, is not for that one, which gets its own',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const acks = { s: suback(1, 1), t: suback(2, 1), u: suback(3, 1) };
      const script = { a, ...acks, r: copy('r', undefined, true), q: copy('q', 1, true) };
      const mqtt = client(broker(['-a---srtuq'], script), {}, 20);
      expectTimeline(from(0, mqtt, 'a/#')).toBe('6 r', '20 |');
      expectTimeline(from(3, mqtt, 'a/b')).toBe('9 q', '20 |');
    }),
  );

  it(
    'a retained message without identifiers goes to all where none was subscribed without',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-ar'], { a, r: copy('r', undefined, true) }), {}, 20);
      expectTimeline(from(0, mqtt, 'a/#')).toBe('2 r', '20 |');
      expectTimeline(from(0, mqtt, 'a/b')).toBe('2 r', '20 |');
    }),
  );

  it(
    'identifiers that this client did not give, and none at all, leave it to the topic',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const script = {
        p,
        s: suback(1, 1),
        t: suback(2, 1),
        m: copy('m', 77),
        n: copy('n', undefined),
        o: copy('o', [9, 8]),
      };
      const mqtt = client(broker(['-(pm)stno'], script), { clientId: 'me', clean: false }, 20);
      expectTimeline(from(0, mqtt, 'a/#')).toBe('1 m', '7 n', '8 o', '20 |');
      expectTimeline(from(0, mqtt, 'a/b')).toBe('1 m', '7 n', '8 o', '20 |');
    }),
  );

  for (const [what, hello, version] of [
    ['a broker without identifiers', connack({ properties: { subscriptionIdentifiersAvailable: false } }), 5],
    ['3.1.1', connack(), 4],
  ] as const) {
    it(
      `${what}: one SUBSCRIBE, and each copy goes to all streams that match`,
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const script = { a: hello, s: suback(1, 1, 1), m: publish('a/b', { payload: 'm' }) };
        const mqtt = client(broker(['-as-mm'], script, version), { protocolVersion: version }, 20);
        expectTimeline(asked(mqtt)).toBe('1 SUBSCRIBE #1 a/#:1 a/b:1');
        expectTimeline(from(0, mqtt, 'a/#')).toBe('4 m', '5 m', '20 |');
        expectTimeline(from(0, mqtt, 'a/b')).toBe('4 m', '5 m', '20 |');
      }),
    );
  }

  it(
    'a session that is there keeps the identifiers; one that is lost has new ones',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const acks = { s: suback(1, 1), t: suback(2, 1), u: suback(3, 1), v: suback(4, 1) };
      const script = { a, p, ...acks, m: copy('m', 1), n: copy('n', 2), x: copy('x', 3), y: copy('y', 4) };
      const mqtt = client(
        broker(['-ast#', '-pmn#', '-auvxy'], script),
        { clientId: 'me', clean: false, reconnect: fixed },
        30,
      );
      expectTimeline(asked(mqtt)).toBe(
        '1 SUBSCRIBE #1 a/#:1 @1',
        '1 SUBSCRIBE #2 a/b:1 @2',
        '18 SUBSCRIBE #3 a/#:1 @3',
        '18 SUBSCRIBE #4 a/b:1 @4',
      );
      expectTimeline(from(0, mqtt, 'a/#')).toBe('9 m', '21 x', '30 |');
      expectTimeline(from(0, mqtt, 'a/b')).toBe('10 n', '22 y', '30 |');
    }),
  );

  it(
    'what one asks for and a message to it leave in this order, though the SUBACK of the other is owed',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 20);
      expectTimeline(from(0, mqtt, 'a/#')).toBe('20 |');
      act('---p', {
        p: () => {
          mqtt.topic$('a/b').subscribe();
          mqtt.publish('a/b').subscribe();
        },
      });
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 a/#:1',
        '3 SUBSCRIBE #2 a/#:1',
        '3 SUBSCRIBE #3 a/b:1',
        '3 PUBLISH q0 a/b',
        '20 DISCONNECT',
      );
    }),
  );
});
