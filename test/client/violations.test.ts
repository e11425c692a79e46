import { expect } from 'chai';
import { EMPTY, concatMap, filter, map, merge, of, throwError, timer } from 'rxjs';
import { type MqttClient, type MqttOptions, type Packet, mqtt } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, disconnect, publish, puback, pubrec, pubrel, suback, unsuback } from '../support/packets.js';

const a = connack();
const fixed = { initial: 3, jitter: 'none' } as const;
const noMatter = { error: () => undefined };
const reasons = (mqtt: MqttClient) =>
  mqtt.connection$.pipe(
    concatMap(state => (state.status === 'reconnecting' ? of(state.error) : EMPTY)),
    map(({ code, reasonCode, phase }) => [code, reasonCode && `0x${reasonCode.toString(16)}`, phase].join(' ').trim()),
  );

describe('a broker that is not trusted', () => {
  const cases: [title: string, script: string, what: object, told: string, why: string][] = [
    ['a second CONNACK [MQTT-3.2.0-2]', '-a-b', connack(), '0x82', 'PROTOCOL_ERROR 0x82 mqtt'],
    ['PUBACK for a QoS 2 message', '-a-b', puback(2), '0x82', 'PROTOCOL_ERROR 0x82 mqtt'],
    ['SUBACK with a code too many', '-a-b', suback(1, 1, 1), '0x82', 'PROTOCOL_ERROR 0x82 mqtt'],
    [
      'a topic alias, though none is allowed',
      '-a-b',
      publish('', { properties: { topicAlias: 1 } }),
      '0x94',
      'PROTOCOL_ERROR 0x94 mqtt',
    ],
    [
      'AUTH without a method [MQTT-4.12.0-6] [MQTT-4.12.0-7]',
      '-a-b',
      { cmd: 'auth', reasonCode: 0x18 },
      '0x82',
      'PROTOCOL_ERROR 0x82 mqtt',
    ],
  ];
  for (const [title, script, packet, told, why] of cases) {
    it(
      `${title}: DISCONNECT ${told}, then normal backoff [MQTT-4.13.1] [S71]`,
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const mqtt = client(
          broker([script, '-a'], { a, b: packet as never }),
          { reconnect: fixed, clientId: 'me', clean: false },
          9,
        );
        timer(0).subscribe(() => {
          mqtt.topic$('t').subscribe();
          mqtt.publish('t', '', { qos: 2 }).subscribe({ error: () => undefined });
        });
        expectTimeline(reasons(mqtt)).toBe(`3 ${why}`, '9 |');
        expectTimeline(sent(mqtt)).toBe(
          '0 CONNECT v5 resume',
          '1 SUBSCRIBE #1 t:1',
          '1 PUBLISH q2 #2 t',
          `3 DISCONNECT ${told}`,
          '6 CONNECT v5 resume',
          '7 SUBSCRIBE #3 t:1',
          '9 DISCONNECT',
        );
      }),
    );
  }

  it(
    'anything before CONNACK is a protocol error, and nothing of it is handed over [MQTT-3.2.0-1] [S71]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['-m-a', '-a'], { a, m: publish('t') }), { reconnect: fixed }, 9);
      act('s', { s: () => mqtt.topic$('t').subscribe() });
      expectTimeline(mqtt.unrouted$.pipe(map(String))).toBe();
      expectTimeline(reasons(mqtt)).toBe('1 PROTOCOL_ERROR 0x82 mqtt', '9 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '4 CONNECT v5', '5 SUBSCRIBE #1 t:1', '9 DISCONNECT');
    }),
  );

  it(
    'session present with a clean start is a protocol error [MQTT-3.2.2-4]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-p', '-a'], { a, p: connack({ sessionPresent: true }) }), { reconnect: fixed }, 9);
      act('c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(reasons(mqtt)).toBe('1 PROTOCOL_ERROR 0x82 mqtt', '9 |');
    }),
  );

  it(
    'nothing counts that comes after the DISCONNECT of the broker [MQTT-3.14.4]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, d: disconnect(0x8b), m: publish('t', { qos: 1, packetId: 1 }) };
      const mqtt = client(broker(['-a-(dm)', '-a'], script), { reconnect: fixed }, 9);
      expectTimeline(timer(0).pipe(concatMap(() => mqtt.topic$('t').pipe(map(String))))).toBe('9 |');
      expectTimeline(reasons(mqtt)).toBe('3 SERVER_DISCONNECTED 0x8b', '9 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '6 CONNECT v5',
        '7 SUBSCRIBE #2 t:1',
        '9 DISCONNECT',
      );
    }),
  );

  it(
    'unknown PUBREC and PUBREL are answered, unknown PUBACK, SUBACK and PINGRESP are ignored',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const script = { a, b: pubrec(9), c: pubrel(8), d: puback(7), e: suback(6, 0), f: { cmd: 'pingresp' } as const };
      const mqtt = client(broker(['-abcdef'], script), {}, 20);
      act('c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '2 PUBREL #9 0x92', '3 PUBCOMP #8 0x92', '20 DISCONNECT');
    }),
  );

  describe('with Request Problem Information 0 (5.0 section 3.1.2.11.7) [MQTT-3.1.2-29] [MQTT-3.1.2.11.7]', () => {
    const declined = { requestProblemInformation: false };
    const explained = { properties: { reasonString: '' } };
    const noted = { properties: { userProperties: [['a', 'b'] as const] } };
    const verbose: [title: string, packet: Packet][] = [
      ['PUBACK', { ...puback(2), ...explained }],
      ['PUBREC', { ...pubrec(2), ...noted }],
      ['PUBREL', { ...pubrel(2), ...explained }],
      ['SUBACK', { ...suback(1, 1), ...noted }],
      ['UNSUBACK', { ...unsuback(7, 0), ...explained }],
    ];
    for (const [title, packet] of verbose) {
      it(
        `${title} may say no more than its reason code`,
        mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
          const options = { properties: declined, reconnect: false } as const;
          const mqtt = client(broker(['a--b'], { a, b: packet }), options, 9);
          act('s', { s: () => mqtt.topic$('t').subscribe(noMatter) });
          expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '0 SUBSCRIBE #1 t:1', '3 DISCONNECT 0x82');
        }),
      );
    }

    it(
      'CONNACK, PUBLISH and DISCONNECT may',
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const script = {
          a: connack({ properties: { ...explained.properties, ...noted.properties } }),
          s: suback(1, 1),
          m: publish('t', noted),
          d: { ...disconnect(0x8b), properties: { reasonString: 'bye' } },
        };
        const mqtt = client(broker(['a-smd'], script), { properties: declined, reconnect: false }, 9);
        act('s', { s: () => mqtt.topic$('t').subscribe(noMatter) });
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '0 SUBSCRIBE #1 t:1');
        const why$ = mqtt.connection$.pipe(
          map(state => (state.status === 'closed' ? (state.error?.reasonString ?? '') : state.status)),
        );
        expectTimeline(why$).toBe('0 idle', '0 connecting', '0 connected', '4 bye', '4 |');
      }),
    );

    it(
      'and without it every packet may',
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const mqtt = client(broker(['a-s'], { a, s: { ...suback(1, 1), ...noted } }), {}, 9);
        act('s', { s: () => mqtt.topic$('t').subscribe() });
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '0 SUBSCRIBE #1 t:1', '9 DISCONNECT');
      }),
    );
  });

  it(
    'a link that throws when it is written to is a lost connection',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const script = broker(['-a', '-a'], { a });
      let writes = 0;
      const transport: typeof script = target =>
        script(target).pipe(
          map(link => ({
            ...link,
            write: () => {
              if (writes++ === 0) throw new Error('broken pipe');
              return true;
            },
          })),
        );
      const mqtt = client(transport, { reconnect: fixed }, 9);
      act('c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(reasons(mqtt)).toBe('0 TRANSPORT_ERROR', '9 |');
    }),
  );

  it(
    'a broker that lives but does not acknowledge is left, and asked again on the next connection',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const options = { clientId: 'me', clean: false, ackTimeout: 10, reconnect: fixed };
      const p = connack({ sessionPresent: true });
      const mqtt = client(broker(['-a', '-pk'], { a, p, k: puback(1) }), options, 40);
      const published$ = timer(0).pipe(concatMap(() => mqtt.publish('t', '', { qos: 1 }).pipe(map(() => 'done'))));
      expectTimeline(published$).toBe('16 done', '16 |');
      expectTimeline(reasons(mqtt)).toBe('11 ACK_TIMEOUT', '40 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5 resume',
        '1 PUBLISH q1 #1 t',
        '14 CONNECT v5 resume',
        '15 PUBLISH q1 #1 dup t',
        '40 DISCONNECT',
      );
    }),
  );
});

describe('options', () => {
  it(
    'as a function are asked for before every attempt, also asynchronously; when they fail, backoff',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-a-#', '-a'], { a });
      let asked = 0;
      const perAttempt = () => {
        asked++;
        if (asked === 2) return throwError(() => new Error('token s3cret'));
        return timer(2).pipe(map((): MqttOptions => ({ transport, protocolVersion: 5, username: `user ${asked}` })));
      };
      const client = mqtt('custom://broker', { random: () => 1, perAttempt });
      timer(4000).subscribe(() => client.close());
      const log$ = merge(
        client.packet$.pipe(map(({ packet }) => (packet.cmd === 'connect' ? String(packet.username) : packet.cmd))),
        client.connection$.pipe(map(state => ('error' in state ? (state.error?.code ?? '') : state.status))),
      );
      expectTimeline(log$.pipe(filter(what => /user|FAILED|CLOSED/.test(what)))).toBe(
        '2 user 1',
        '5 CONNECTION_CLOSED',
        '1005 OPTIONS_FAILED',
        '3007 user 3',
      );
      const messages: string[] = [];
      client.connection$.subscribe(state => messages.push('error' in state ? String(state.error) : ''));
      client.connect().subscribe({ error: () => expect(messages.join()).to.not.include('s3cret') });
    }),
  );

  it(
    'credentials are never seen: not in states, not in packets, not in errors',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-b'], { b: connack({ reasonCode: 0x86 }) });
      const client = mqtt('custom://user:s3cret@broker', { transport, password: 's3cret2', protocolVersion: 5 });
      const seen: unknown[] = [];
      client.packet$.subscribe(event => seen.push(event));
      client.connection$.subscribe(state => seen.push(state, 'error' in state && String(state.error?.stack)));
      client.connect().subscribe({ error: (error: unknown) => seen.push(error) });
      expectTimeline(timer(9).pipe(map(() => (JSON.stringify(seen).includes('s3cret') ? 'seen' : 'hidden')))).toBe(
        '9 hidden',
        '9 |',
      );
    }),
  );
});
