import { expect } from 'chai';
import { type Observable, concatMap, map, take, takeUntil, timer } from 'rxjs';
import type { MqttClient, Packet, TopicOptions } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, publish, suback, unsuback } from '../support/packets.js';
import { expectUnhandled } from '../support/unhandled.js';

const a = connack();
const p = connack({ sessionPresent: true });
const fixed = { initial: 3, jitter: 'none' } as const;
const m = publish('t', { payload: 'hello' });

/** The messages of a filter from one moment on, until another. */
function topicFrom(
  ms: number,
  mqtt: MqttClient,
  filter: string | string[],
  options: TopicOptions = {},
  until?: number,
): Observable<string> {
  const messages$ = timer(ms).pipe(
    concatMap(() => mqtt.topic$(filter, options)),
    map(message => `${message.topic}=${message.text()}`),
  );
  return until === undefined ? messages$ : messages$.pipe(takeUntil(timer(until)));
}

describe('topic$', () => {
  it(
    'subscribes for the first, shares among all, unsubscribes after the last [S20]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as--m---m--u'], { a, s: suback(1, 0), m, u: unsuback(2, 0) }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 't', { qos: 0 }, 8)).toBe('5 t=hello', '8 |');
      expectTimeline(topicFrom(3, mqtt, 't', { qos: 0 }, 10)).toBe('5 t=hello', '9 t=hello', '10 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:0', '10 UNSUBSCRIBE #2 t', '20 DISCONNECT');
    }),
  );

  it(
    'N5, Z10: all filters asked for in one tick go in one SUBSCRIBE, before what is published after them [S22] [S53]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 20);
      act('c----b', {
        c: () => mqtt.connect().subscribe(),
        b: () => {
          mqtt.topic$('one').subscribe();
          mqtt.topic$(['two', 'three/#'], { qos: 2 }).subscribe();
          mqtt.publish('one').subscribe();
          mqtt.topic$('four', { qos: 0 }).subscribe();
        },
      });
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '5 SUBSCRIBE #1 one:1 two:2 three/#:2 four:0',
        '5 PUBLISH q0 one',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'no SUBSCRIBE and UNSUBSCRIBE churn within one tick [S22]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as'], { a, s: suback(1, 1) }), {}, 20);
      act('c----b', {
        c: () => mqtt.topic$('kept').subscribe(),
        b: () => mqtt.topic$('passing').subscribe().unsubscribe(),
      });
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 kept:1', '20 DISCONNECT');
    }),
  );

  it(
    'a refused filter errors its own stream only, and is reported as what it is [S24]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a-s--m'], { a, s: suback(1, 1, 0x87), m }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 't')).toBe('6 t=hello', '20 |');
      expectTimeline(topicFrom(0, mqtt, 'secret')).toBe('3 # SUBSCRIBE_REFUSED');
      const acks$ = mqtt.ack$.pipe(
        map(ack => (ack.kind === 'publish' ? '' : `${ack.filters.join()} ${ack.reasonCodes.join()}`)),
      );
      expectTimeline(acks$).toBe('3 t,secret 1,135');
    }),
  );

  it(
    'ack$ has what the broker says with SUBACK, user properties in order and with duplicates (3.9.2.1) [S17]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const userProperties = [
        ['b', '2'],
        ['a', '1'],
        ['b', '2'],
      ] as const;
      const s: Packet = { ...suback(1, 1), properties: { reasonString: 'fine', userProperties } };
      const mqtt = client(broker(['-as'], { a, s }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 't')).toBe('20 |');
      const said$ = mqtt.ack$.pipe(map(ack => (ack.kind === 'publish' ? '' : JSON.stringify(ack))));
      expectTimeline(said$).toBe(
        `2 ${JSON.stringify({
          kind: 'subscribe',
          packetId: 1,
          filters: ['t'],
          reasonCodes: [1],
          reasonString: 'fine',
          userProperties,
        })}`,
      );
    }),
  );

  it(
    'a refused filter can be asked for again [S24]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as------m'], { a, s: suback(1, 0x87), m }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 't')).toBe('2 # SUBSCRIBE_REFUSED');
      expectTimeline(topicFrom(5, mqtt, 't')).toBe('9 t=hello', '20 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:1', '5 SUBSCRIBE #2 t:1', '20 DISCONNECT');
    }),
  );

  it(
    'M4: subscribes again with the same options when the session is gone, and not when it is there [S4] [S63]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const script = { a, p, s: suback(1, 2), t: suback(2, 2) };
      const mqtt = client(
        broker(['-as-#', '-at-#', '-p'], script),
        { reconnect: fixed, clientId: 'me', clean: false },
        30,
      );
      act('s', { s: () => mqtt.topic$('t', { qos: 2, noLocal: true }).subscribe() });
      const nl$ = mqtt.packet$.pipe(
        map(({ packet }) => (packet.cmd === 'subscribe' ? `noLocal ${packet.subscriptions[0]?.noLocal}` : packet.cmd)),
      );
      expectTimeline(nl$.pipe(takeUntil(timer(10)))).toBe(
        '0 connect',
        '1 connack',
        '1 noLocal true',
        '2 suback',
        '7 connect',
        '8 connack',
        '8 noLocal true',
        '9 suback',
        '10 |',
      );
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5 resume',
        '1 SUBSCRIBE #1 t:2',
        '7 CONNECT v5 resume',
        '8 SUBSCRIBE #2 t:2',
        '17 CONNECT v5 resume',
        '30 DISCONNECT',
      );
    }),
  );

  it(
    '#1124: the route exists from the subscription on: messages before SUBACK, and of a resumed session before SUBSCRIBE, arrive [S21] [MQTT-3.8.4]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-(pm)m'], { p, m }), { clientId: 'me', clean: false }, 20);
      expectTimeline(topicFrom(0, mqtt, 't')).toBe('1 t=hello', '5 t=hello', '20 |');
    }),
  );

  it(
    'overlapping filters of one stream deliver once; other streams have their own [S23]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a-m'], { a, m: publish('a/b', { payload: 'x' }) }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, ['a/b', 'a/+', 'a/#'])).toBe('3 a/b=x', '20 |');
      expectTimeline(topicFrom(0, mqtt, 'a/+')).toBe('3 a/b=x', '20 |');
      expectTimeline(topicFrom(0, mqtt, '$share/g/a/b')).toBe('3 a/b=x', '20 |');
    }),
  );

  it(
    'Z3: unrouted$ has the messages that no stream claims [S19]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a-m-n'], { a, m, n: publish('other') }), {}, 20);
      act('s', { s: () => mqtt.topic$('t').subscribe() });
      expectTimeline(mqtt.unrouted$.pipe(map(({ topic }) => topic))).toBe('5 other');
    }),
  );

  it('a throwing subscriber harms neither the engine nor its siblings [S66]', () => {
    expectUnhandled(/mine/, /mine/);
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a-m-m'], { a, m: publish('t', { qos: 1, packetId: 7 }) }), {}, 20);
      timer(0).subscribe(() =>
        mqtt.topic$('t').subscribe(() => {
          throw new Error('mine');
        }),
      );
      expectTimeline(topicFrom(0, mqtt, 't')).toBe('3 t=', '5 t=', '20 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '3 PUBACK #7',
        '5 PUBACK #7',
        '20 DISCONNECT',
      );
    })();
  });

  it(
    'what is published in answer follows the acknowledgement; disconnect() in a handler does so too [S54] [S65]',
    mqttMarbles(({ broker, client, sent, status, expectTimeline }) => {
      const mqtt = client(broker(['-a-m'], { a, m: publish('t', { qos: 1, packetId: 7 }) }), {}, 20);
      timer(0).subscribe(() =>
        mqtt.topic$('t').subscribe(() => {
          mqtt.publish('answer').subscribe();
          mqtt.disconnect().subscribe();
        }),
      );
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '3 PUBACK #7',
        '3 PUBLISH q0 answer',
        '3 DISCONNECT',
      );
      expectTimeline(status(mqtt).pipe(map(String))).toBe(
        '0 idle',
        '0 connecting',
        '1 connected',
        '3 disconnecting',
        '3 closed',
        '3 |',
      );
    }),
  );

  it(
    'unsubscribing in a handler takes effect before the next packet of the same chunk [S29]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a-(mm)'], { a, m }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 't').pipe(take(1))).toBe('3 t=hello', '3 |');
      expectTimeline(mqtt.unrouted$.pipe(map(message => message.text()))).toBe('3 hello');
    }),
  );

  it(
    'options that cannot be merged on one filter are a clear error for the one who comes second [S25]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a-m'], { a, m }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 't', { noLocal: true })).toBe('3 t=hello', '20 |');
      expectTimeline(topicFrom(2, mqtt, ['other', 't'])).toBe('2 # SUBSCRIPTION_CONFLICT');
    }),
  );

  it(
    "the broker's limits rule a filter out without asking it [S24]",
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const poor = connack({
        properties: { wildcardSubscriptionAvailable: false, sharedSubscriptionAvailable: false },
      });
      const mqtt = client(broker(['-a'], { a: poor }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 'a/#')).toBe('1 # NOT_SUPPORTED');
      expectTimeline(topicFrom(3, mqtt, '$share/g/a')).toBe('3 # NOT_SUPPORTED');
      expectTimeline(topicFrom(0, mqtt, 'a')).toBe('20 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 a:1', '20 DISCONNECT');
    }),
  );

  it(
    'bad filters error the stream, and nothing is opened for them [S3]',
    mqttMarbles(({ broker, client, status, expectTimeline }) => {
      const mqtt = client(broker([]), {}, 5);
      for (const filter of ['', 'a/#/b', 'a+', 'nul\0', '$share/g', 'x'.repeat(65_536)]) {
        expectTimeline(topicFrom(0, mqtt, filter)).toBe('0 # INVALID_ARGUMENT');
      }
      for (const topic of ['', 'a/#', '+', 'nul\0', 'x'.repeat(65_536)]) {
        expectTimeline(mqtt.publish(topic).pipe(map(String))).toBe('0 # INVALID_ARGUMENT');
      }
      expectTimeline(status(mqtt)).toBe('0 idle', '5 disconnecting', '5 closed', '5 |');
      expect(mqtt.connection.status).to.equal('idle');
    }),
  );
});
