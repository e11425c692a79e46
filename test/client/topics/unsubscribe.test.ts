import { expect } from 'chai';
import { type Observable, Subscription, catchError, concatMap, map, timer } from 'rxjs';
import type { MqttError, Subscribed, Unsubscribed } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback, unsuback } from '../../support/packets.js';
import { inWords } from './support.js';

const a = connack();
const fixed = { initial: 3, jitter: 'none' } as const;
const then = <T>(stream$: Observable<T>) => timer(0).pipe(concatMap(() => stream$));
const words = ({ filters, reasonCodes, packetId }: Subscribed | Unsubscribed) =>
  `#${packetId} ${filters.join(' ')} ${reasonCodes.join(' ')}`;

describe('unsubscribe()', () => {
  it(
    'connects, ends filters that nobody here has subscribed, emits what the broker says and completes [S130]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a-u'], { a, u: unsuback(1, 0, 0x11) }), {}, 20);
      expectTimeline(then(mqtt.unsubscribe(['old/+id', 'old/#'])).pipe(map(words))).toBe(
        '3 #1 old/+ old/# 0 17',
        '3 |',
      );
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 UNSUBSCRIBE #1 old/+ old/#', '20 DISCONNECT');
    }),
  );

  it(
    'a refusal is an error, an empty list and a filter that a stream holds too [S130]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a-u'], { a, u: unsuback(1, 0x87) }), {}, 20);
      expectTimeline(mqtt.unsubscribe('a').pipe(map(words))).toBe('3 # UNSUBSCRIBE_REFUSED');
      expectTimeline(mqtt.unsubscribe([]).pipe(map(words))).toBe('0 # INVALID_ARGUMENT');
      expectTimeline(mqtt.topic$('b').pipe(map(inWords))).toBe('20 |');
      expectTimeline(mqtt.unsubscribe('b').pipe(map(words))).toBe('0 # SUBSCRIPTION_CONFLICT');
    }),
  );

  it(
    'sends its user properties, and tells what the broker says beside the codes',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const u = { ...unsuback(1, 0x87), properties: { reasonString: 'not yours' } };
      const v = { ...unsuback(2, 0), properties: { reasonString: 'gone', userProperties: [['k', 'v']] } } as const;
      const mqtt = client(broker(['-a-u-v'], { a, u, v }), {}, 20);
      const reasons$ = mqtt.unsubscribe('a').pipe(
        map(words),
        catchError((error: unknown) => {
          const { code, reasonCode, message } = error as MqttError;
          return [code, String(reasonCode), message];
        }),
      );
      expectTimeline(then(reasons$)).toBe(
        '3 UNSUBSCRIBE_REFUSED',
        '3 135',
        "3 the broker refused to unsubscribe 'a': 0x87 not authorized (not yours)",
        '3 |',
      );
      const properties = { userProperties: [['k', 'w']] } as const;
      const told$ = mqtt.unsubscribe('b', { properties });
      const said$ = told$.pipe(map(said => `${said.reasonString} ${JSON.stringify(said.userProperties)}`));
      expectTimeline(timer(1).pipe(concatMap(() => said$))).toBe('5 gone [["k","v"]]', '5 |');
      const sent$ = mqtt.packet$.pipe(
        concatMap(({ packet }) => (packet.cmd === 'unsubscribe' ? [packet] : [])),
        map(packet => `${packet.filters.join()} ${JSON.stringify(packet.properties ?? {})}`),
      );
      expectTimeline(sent$).toBe('1 a {}', '1 b {"userProperties":[["k","w"]]}');
    }),
  );

  it(
    'asks again when the connection ends before UNSUBACK [S130]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a-|', '-au'], { a, u: unsuback(2, 0) }), { reconnect: fixed }, 20);
      expectTimeline(then(mqtt.unsubscribe('a')).pipe(map(words))).toBe('8 #2 a 0', '8 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 UNSUBSCRIBE #1 a',
        '6 CONNECT v5',
        '7 UNSUBSCRIBE #2 a',
        '20 DISCONNECT',
      );
    }),
  );
});

describe('topic$ that stays subscribed when it is left', () => {
  for (const options of [{ linger: Infinity }, { unsubscribeOnLeave: false }] as const) {
    it(
      `${Object.entries(options).join()}: no UNSUBSCRIBE until unsubscribe() [S131]`,
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const mqtt = client(broker(['-as-------u'], { a, s: suback(1, 1), u: unsuback(2, 0) }), {}, 20);
        let subscription = Subscription.EMPTY;
        act('s---x---u', {
          s: () => (subscription = mqtt.topic$('a', options).subscribe()),
          x: () => subscription.unsubscribe(),
          u: () => mqtt.unsubscribe('a').subscribe(),
        });
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 a:1', '8 UNSUBSCRIBE #2 a', '20 DISCONNECT');
      }),
    );
  }
});

describe('topic$ and what SUBSCRIBE says and hears', () => {
  it(
    'subscribeObserver is told with the SUBACK, at once for a second stream, and again after a lost session [S132]',
    mqttMarbles(({ broker, client, act }) => {
      const script = { a, s: suback(1, 1), t: suback(2, 0) };
      const mqtt = client(broker(['-as---|', '-at'], script), { reconnect: fixed }, 20);
      const told: string[] = [];
      const subscribeObserver = (name: string) => ({
        next: (granted: Subscribed) => void told.push(name + words(granted)),
      });
      act('a---b---------c', {
        a: () => mqtt.topic$('t', { subscribeObserver: subscribeObserver('a') }).subscribe(),
        b: () => {
          expect(told).to.deep.equal(['a#1 t 1']);
          mqtt.topic$('t', { subscribeObserver: subscribeObserver('b') }).subscribe();
          expect(told).to.deep.equal(['a#1 t 1', 'b#1 t 1']);
        },
        c: () => expect(told.slice(2)).to.deep.equal(['a#2 t 0', 'b#2 t 0']),
      });
    }),
  );

  it(
    'pairs give filters options of their own, and user properties go in a SUBSCRIBE of their own [S133]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 20);
      const properties = { userProperties: [['site', 'north']] } as const;
      const filters = ['a', ['b', { qos: 2 }], ['c', { properties }]] as const;
      expectTimeline(then(mqtt.topic$(filters, { qos: 0 }).pipe(map(inWords)))).toBe('20 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 a:0 b:2', '1 SUBSCRIBE #2 c:0', '20 DISCONNECT');
    }),
  );
});

describe('topic$ of filters that differ from their topics', () => {
  for (const [filter, topic] of [
    ['$queue/+any/f', 't/f'],
    ['$queue/+any/f', '$queue/t/f'],
    ['$exclusive/t/f', 't/f'],
    ['#share/g/t/#rest', 't/f'],
    ['$local/t/f', 't/f'],
  ] as const) {
    it(
      `${filter} has the messages of ${topic} [S134]`,
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(
          broker(['-as-m'], { a, s: suback(1, 1), m: publish(topic) }),
          { topicPrefixes: ['$local/'] },
          20,
        );
        expectTimeline(mqtt.topic$(filter).pipe(map(inWords))).toBe(`4 ${topic}=`, '20 |');
      }),
    );
  }

  it(
    'a topic that the broker has rewritten is known by its identifier [S134]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const m = publish('elsewhere', { properties: { subscriptionIdentifier: 1 } });
      const mqtt = client(broker(['-as-m'], { a, s: suback(1, 1), m }), { random: () => 0 }, 20);
      expectTimeline(mqtt.topic$('$queue/t').pipe(map(inWords))).toBe('4 elsewhere=', '20 |');
      expectTimeline(mqtt.unrouted$.pipe(map(inWords))).toBe();
    }),
  );
});
