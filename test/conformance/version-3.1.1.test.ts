import { filter, map } from 'rxjs';
import type { MqttClient } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, puback, pubcomp, publish, pubrec, pubrel, suback } from '../support/packets.js';

const noMatter = { error: () => undefined };
const options = {
  protocolVersion: 4,
  clientId: 'me',
  clean: false,
  reconnect: { initial: 5, jitter: 'none' },
} as const;
const a = connack();
const p = connack({ sessionPresent: true });
const send = (mqtt: MqttClient, ...topics: string[]) => {
  for (const topic of topics) mqtt.publish(topic, '', { qos: topic === 'one' ? 1 : 2 }).subscribe(noMatter);
};

// that one code serves both versions is shown by what it does, not by what it is
describe('conformance: 3.1.1 goes the ways of 5.0', () => {
  it(
    'sends QoS 1 and 2, and again after a cut [MQTT3-4.3.2-1] [MQTT3-4.3.3-1] [MQTT3-4.4.0-1] [MQTT3-4.6.0-1] [MQTT3-3.3.1-1]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const script = { a, p, r: pubrec(2), k: puback(1), s: pubrec(3), c: pubcomp(2), d: pubcomp(3) };
      const mqtt = client(broker(['a-r-#', 'p-kcsd'], script, 4), options, 30);
      act('-p', { p: () => send(mqtt, 'one', 'two', 'three') });
      expectTimeline(sent(mqtt)).toBe(
        '1 CONNECT v4 resume',
        '1 PUBLISH q1 #1 one',
        '1 PUBLISH q2 #2 two',
        '1 PUBLISH q2 #3 three',
        '3 PUBREL #2',
        '10 CONNECT v4 resume',
        '10 PUBLISH q1 #1 dup one',
        '10 PUBREL #2',
        '10 PUBLISH q2 #3 dup three',
        '14 PUBREL #3',
        '30 DISCONNECT',
      );
    }),
  );

  it(
    'receives QoS 1 and 2, once where it is to be once [MQTT3-4.3.2-2] [MQTT3-4.3.3-2] [MQTT3-3.3.4-1] [MQTT3-4.6.0-2] [MQTT3-4.6.0-3]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = {
        a,
        p,
        s: suback(1, 2),
        o: publish('t', { qos: 1, packetId: 7, payload: 'one' }),
        t: publish('t', { qos: 2, packetId: 8, payload: 'two' }),
        d: publish('t', { qos: 2, packetId: 8, payload: 'two', dup: true }),
        r: pubrel(8),
      };
      const mqtt = client(broker(['as-ot-o-#', 'pdrt'], script, 4), options, 30);
      const text$ = mqtt.topic$('t', { qos: 2 }).pipe(map(message => message.text()));
      expectTimeline(text$).toBe('3 one', '4 two', '6 one', '16 two', '30 |');
      expectTimeline(sent(mqtt).pipe(filter(what => what.startsWith('PUB')))).toBe(
        '3 PUBACK #7',
        '4 PUBREC #8',
        '6 PUBACK #7',
        '14 PUBREC #8',
        '15 PUBCOMP #8',
        '16 PUBREC #8',
      );
    }),
  );

  it(
    'answers PUBRECs with PUBRELs in their order [MQTT3-4.6.0-4]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['a-rs'], { a, r: pubrec(2), s: pubrec(1) }, 4), options, 9);
      act('-p', { p: () => send(mqtt, 'first', 'second') });
      expectTimeline(sent(mqtt).pipe(filter(what => what.startsWith('PUBREL')))).toBe('3 PUBREL #2', '4 PUBREL #1');
    }),
  );

  it(
    'pings where nothing else goes out [MQTT3-3.1.2-23]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['a'], { a }, 4), { ...options, keepalive: 1, pingTimeout: 5000 }, 1500);
      act('c', { c: () => mqtt.connect().subscribe(noMatter) });
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v4 resume', '750 PINGREQ', '1500 DISCONNECT');
    }),
  );
});
