import { map } from 'rxjs';
import { type MqttClient, json } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback, unsuback } from '../../support/packets.js';
import { topicFrom } from './support.js';

const a = connack();
const s = suback(1, 1);
const m = publish('t', { payload: '1' });

/** The retain handling of each SUBSCRIBE. */
const handling = (client: MqttClient) =>
  client.packet$.pipe(
    map(({ packet }) =>
      packet.cmd === 'subscribe' ? `handling ${packet.subscriptions[0]?.retainHandling}` : packet.cmd,
    ),
  );

describe('topic$: options are part of the key', () => {
  it(
    'retainHandling, linger, latest and decode may differ: streams of their own over one subscription',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, s, m, u: unsuback(2, 0) };
      const mqtt = client(broker(['-as-m----m--------u'], script), {}, 30);
      expectTimeline(topicFrom(0, mqtt, 't', {}, 6)).toBe('4 t=1', '6 |');
      expectTimeline(topicFrom(0, mqtt, 't', { retainHandling: 2 }, 6)).toBe('4 t=1', '6 |');
      expectTimeline(topicFrom(0, mqtt, 't', { latest: true }, 8)).toBe('4 t=1', '8 |');
      expectTimeline(topicFrom(0, mqtt, 't', { latest: { max: 1 } }, 6)).toBe('4 t=1', '6 |');
      expectTimeline(topicFrom(0, mqtt, 't', { decode: json() }, 6)).toBe('4 t=1', '6 |');
      expectTimeline(topicFrom(5, mqtt, 't', { linger: 8 }, 10)).toBe('9 t=1', '10 |');
      // late, and to another route than the one that knows the latest
      expectTimeline(topicFrom(7, mqtt, 't', {}, 8)).toBe('8 |');
      expectTimeline(topicFrom(7, mqtt, 't', { latest: true }, 8)).toBe('7 t=1', '8 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:1', '18 UNSUBSCRIBE #2 t', '30 DISCONNECT');
    }),
  );

  it(
    'different words for the same are the same',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-m'], { a, s, m }), {}, 30);
      expectTimeline(topicFrom(0, mqtt, 't', { latest: true, qos: 1, linger: 0 }, 9)).toBe('4 t=1', '9 |');
      expectTimeline(topicFrom(6, mqtt, 't', { latest: {} }, 9)).toBe('6 t=1', '9 |');
      expectTimeline(topicFrom(6, mqtt, 't', { latest: { max: 1000 } }, 9)).toBe('6 t=1', '9 |');
    }),
  );

  it(
    'streams with codecs made by json() share a route: it is one codec',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-m'], { a, s, m }), {}, 30);
      expectTimeline(topicFrom(0, mqtt, 't', { latest: true, decode: json() }, 9)).toBe('4 t=1', '9 |');
      expectTimeline(topicFrom(6, mqtt, 't', { latest: true, decode: json<number>() }, 9)).toBe('6 t=1', '9 |');
      expectTimeline(topicFrom(6, mqtt, 't', { latest: true, decode: json(Number) }, 9)).toBe('9 |');
    }),
  );

  it(
    'the subscription asks for the retained messages that one of its streams wants, also after a lost session',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const reconnect = { initial: 1, jitter: 'none' } as const;
      const mqtt = client(broker(['-as---#', '-a'], { a, s, m }), { reconnect }, 20);
      expectTimeline(topicFrom(0, mqtt, 't', { retainHandling: 2 })).toBe('20 |');
      expectTimeline(topicFrom(0, mqtt, 't', { retainHandling: 1 })).toBe('20 |');
      expectTimeline(topicFrom(3, mqtt, 't', { retainHandling: 2 })).toBe('20 |');
      expectTimeline(handling(mqtt)).toBe(
        '0 connect',
        '1 connack',
        '1 handling 1',
        '2 suback',
        '7 connect',
        '8 connack',
        '8 handling 1',
        '20 disconnect',
      );
    }),
  );

  it(
    'what a broker can do for a filter only one way is a clear error for the second, whatever its name',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-m'], { a, s, m }), {}, 10);
      expectTimeline(topicFrom(0, mqtt, '+x', { noLocal: true })).toBe('4 t=1', '10 |');
      expectTimeline(topicFrom(2, mqtt, '+')).toBe('2 # SUBSCRIPTION_CONFLICT');
      expectTimeline(topicFrom(2, mqtt, '+y', { noLocal: true, retainAsPublished: true })).toBe(
        '2 # SUBSCRIPTION_CONFLICT',
      );
    }),
  );
});
