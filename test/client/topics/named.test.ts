import { map } from 'rxjs';
import type { MqttMessage } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { topicFrom } from './support.js';

const a = connack();
const params = ({ params: found }: MqttMessage) => JSON.stringify(found);

describe('topic$ with named wildcards', () => {
  it(
    "'devices/+id/#rest' is 'devices/+/#' on the wire, and params has { id, rest }",
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = {
        a,
        s: suback(1, 1),
        m: publish('devices/7/state/on'),
        n: publish('devices/7'),
        o: publish('devices//'),
      };
      const mqtt = client(broker(['-as-mno'], script), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 'devices/+id/#rest', {}, 10, params)).toBe(
        '4 {"id":"7","rest":"state/on"}',
        '5 {"id":"7","rest":""}',
        '6 {"id":"","rest":""}',
        '10 |',
      );
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 devices/+/#:1',
        '10 UNSUBSCRIBE #2 devices/+/#',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'two templates of one filter share its subscription at the broker, each with its own params',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as-m'], { a, s: suback(1, 1), m: publish('d/7') }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 'd/+id', {}, 10, params)).toBe('4 {"id":"7"}', '10 |');
      expectTimeline(topicFrom(0, mqtt, 'd/+name', {}, 8, params)).toBe('4 {"name":"7"}', '8 |');
      expectTimeline(topicFrom(0, mqtt, 'd/+', {}, 8, params)).toBe('4 {}', '8 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 d/+:1', '10 UNSUBSCRIBE #2 d/+', '20 DISCONNECT');
    }),
  );

  it(
    'of several filters the first that matches names the params, in the order given; a message comes once',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const acks = { s: suback(1, 1), t: suback(2, 1), u: suback(3, 1), v: suback(4, 1) };
      const script = { a, ...acks, m: publish('a/1'), n: publish('b/2'), o: publish('c') };
      const mqtt = client(broker(['-astuvmno'], script), {}, 20);
      const filters = ['a/+x', 'a/+again', 'b/#rest', '+any', '#'];
      expectTimeline(topicFrom(0, mqtt, filters, {}, 10, params)).toBe(
        '6 {"x":"1"}',
        '7 {"rest":"2"}',
        '8 {"any":"c"}',
        '10 |',
      );
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 a/+:1',
        '1 SUBSCRIBE #2 b/#:1',
        '1 SUBSCRIBE #3 +:1',
        '1 SUBSCRIBE #4 #:1',
        '10 UNSUBSCRIBE #5 a/+ b/# + #',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'a shared subscription has params of its filter; a wildcard alone has none',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a-m'], { a, m: publish('d/7/x') }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, '$share/g/d/+id/+', {}, 10, params)).toBe('3 {"id":"7"}', '10 |');
    }),
  );

  it(
    'a bad name is INVALID_ARGUMENT',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker([]), {}, 5);
      for (const filter of ['+1', 'a/+b-c', '+a/+a', '+a/#a', '#a/b', '+a+', '++', '##', 'a+b', '+__proto__', '+ ']) {
        expectTimeline(topicFrom(0, mqtt, filter)).toBe('0 # INVALID_ARGUMENT');
      }
      for (const filter of ['$share/+g/a', 'a/+b/c+', '+b/\0', `+a/${'x'.repeat(65_535)}`]) {
        expectTimeline(topicFrom(0, mqtt, filter)).toBe('0 # INVALID_ARGUMENT');
      }
      expectTimeline(mqtt.connection$.pipe(map(({ status }) => status))).toBe(
        '0 idle',
        '5 disconnecting',
        '5 closed',
        '5 |',
      );
    }),
  );
});
