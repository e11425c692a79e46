import { expect } from 'chai';
import { map, merge } from 'rxjs';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { answers, unrouted } from './support.js';

const p = connack({ sessionPresent: true });
const lasting = { clean: false, clientId: 'me' } as const;
const packets = {
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
