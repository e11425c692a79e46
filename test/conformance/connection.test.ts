import {
  NEVER,
  type Observable,
  Subject,
  concat,
  concatMap,
  filter,
  finalize,
  ignoreElements,
  map,
  of,
  timer,
} from 'rxjs';
import { type ConnectPacket, type MqttClient, type Packet, type Transport, json } from '../../src/index.js';
import { wire } from '../codec/support.js';
import { type MqttHelpers, mqttMarbles } from '../support/marbles.js';
import { connack, disconnect, publish, pubrel, suback } from '../support/packets.js';

const a = connack();
const fixed = { initial: 5, jitter: 'none' } as const;
const noMatter = { error: () => undefined };

/** The transport, and when a link of it is closed. */
function watched(transport: Transport): { transport: Transport; closed$: Observable<string> } {
  const closed$ = new Subject<string>();
  return { transport: target => transport(target).pipe(finalize(() => closed$.next('closed'))), closed$ };
}

/** A link on which a server says these bytes, in the notation of the codec's tests. */
const speaking =
  ({ cold }: MqttHelpers, marbles: string, bytes: Readonly<Record<string, string>>): Transport =>
  () => {
    const data$ = cold(marbles, bytes).pipe(map(wire));
    return concat(of({ data$, write: () => true, drain$: NEVER }), NEVER);
  };

describe('conformance: a connection', () => {
  for (const [protocolVersion, statement] of [
    [5, '[MQTT-3.1.0-1]'],
    [4, '[MQTT3-3.1.0-1]'],
  ] as const) {
    it(
      `begins with CONNECT, and nothing goes before CONNACK ${statement}`,
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const mqtt = client(broker(['-----a'], { a }, protocolVersion), { protocolVersion }, 9);
        act('p-s', {
          p: () => mqtt.publish('t', '', { qos: 1 }).subscribe(noMatter),
          s: () => mqtt.topic$('f').subscribe(noMatter),
        });
        expectTimeline(sent(mqtt)).toBe(
          `0 CONNECT v${protocolVersion}`,
          '5 SUBSCRIBE #1 f:1',
          '5 PUBLISH q1 #2 t',
          '9 DISCONNECT',
        );
      }),
    );
  }

  it(
    'keeps alive as the server says [MQTT-3.1.2-21] [MQTT-3.2.2-21]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const s = connack({ properties: { serverKeepAlive: 2 } });
      const mqtt = client(broker(['s'], { s }), { keepalive: 60 }, 3000);
      act('c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1500 PINGREQ', '3000 DISCONNECT');
    }),
  );

  it(
    'where the server receives no more, goes on with everything but PUBLISH [MQTT-3.3.4-8] [MQTT-4.9.0-3]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const script = {
        a: connack({ properties: { receiveMaximum: 1, serverKeepAlive: 1 } }),
        s: suback(2, 1),
        o: publish('f', { qos: 1, packetId: 7 }),
        t: publish('f', { qos: 2, packetId: 8 }),
        r: pubrel(8),
      };
      const mqtt = client(broker(['-a--sotr'], script), {}, 1000);
      act('p--s', {
        p: () => ['one', 'two'].forEach(each => mqtt.publish(each, '', { qos: 1 }).subscribe(noMatter)),
        s: () => {
          const subscription = mqtt.topic$('f').subscribe();
          timer(5).subscribe(() => subscription.unsubscribe());
        },
      });
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 PUBLISH q1 #1 one',
        '3 SUBSCRIBE #2 f:1',
        '5 PUBACK #7',
        '6 PUBREC #8',
        '7 PUBCOMP #8',
        '8 UNSUBSCRIBE #3 f',
        '757 PINGREQ',
        '1000 DISCONNECT',
      );
    }),
  );

  it(
    'sends nothing again while it lasts [MQTT-4.4.0-1]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['a'], { a }), { protocolVersion: 'auto', resendInterval: 100 }, 1000);
      act('p', { p: () => mqtt.publish('t', '', { qos: 1 }).subscribe(noMatter) });
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '0 PUBLISH q1 #1 t', '1000 DISCONNECT');
    }),
  );

  const deaf: [title: string, listen: (mqtt: MqttClient) => void][] = [
    ['that nobody wants', () => undefined],
    ['that cannot be decoded', mqtt => void mqtt.topic$('t', { decode: json() }).subscribe()],
    [
      'whose subscriber leaves at the sight of it',
      mqtt => {
        const subscription = mqtt.topic$('t').subscribe(() => subscription.unsubscribe());
      },
    ],
  ];
  for (const [title, listen] of deaf) {
    it(
      `acknowledges a message ${title} [MQTT-4.5.0-2]`,
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const script = {
          a,
          s: suback(1, 1),
          o: publish('t', { qos: 1, packetId: 7, payload: '{' }),
          t: publish('t', { qos: 2, packetId: 8, payload: '{' }),
          r: pubrel(8),
        };
        const mqtt = client(broker(['-as-otr'], script), {}, 9);
        act('(cl)', { c: () => mqtt.connect().subscribe(), l: () => listen(mqtt) });
        const ack$ = sent(mqtt).pipe(filter(what => what.startsWith('PUB')));
        expectTimeline(ack$).toBe('4 PUBACK #7', '5 PUBREC #8', '6 PUBCOMP #8');
      }),
    );
  }

  it(
    'finishes with a QoS 2 message that has expired meanwhile [MQTT-4.3.3-13]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const expiring = { qos: 2, packetId: 8, properties: { messageExpiryInterval: 1 } } as const;
      const script = { a, t: publish('t', expiring), d: publish('t', { ...expiring, dup: true }), r: pubrel(8) };
      const mqtt = client(broker(['at 1500ms d 1500ms r'], script), {}, 4000);
      act('c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(mqtt.unrouted$.pipe(map(({ topic }) => topic))).toBe('1 t');
      const ack$ = sent(mqtt).pipe(filter(what => what.startsWith('PUB')));
      expectTimeline(ack$).toBe('1 PUBREC #8', '1502 PUBREC #8', '3003 PUBCOMP #8');
    }),
  );
});

describe('conformance: the end of a connection', () => {
  const ends: [title: string, version: 5 | 4, script: string, packets: Record<string, Packet>, sent: string[]][] = [
    ['by a CONNACK that refuses [MQTT-4.13.2-1]', 5, '-r', { r: connack({ reasonCode: 0x88 }) }, []],
    ['by a DISCONNECT of the server [MQTT-4.13.2-1]', 5, 'a-d', { a, d: disconnect(0x8b) }, []],
    ['by our DISCONNECT 0x82 [MQTT-4.13.2-1] [MQTT-3.14.4-2]', 5, 'a-a', { a }, ['2 DISCONNECT 0x82']],
    ['by a CONNACK of 3.1.1 that refuses', 4, '-r', { r: connack({ reasonCode: 0x88, returnCode: 3 }) }, []],
  ];
  for (const [title, protocolVersion, script, packets, said] of ends) {
    it(
      `the link is closed ${title}`,
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const { transport, closed$ } = watched(broker([script], packets, protocolVersion));
        const mqtt = client(transport, { protocolVersion, reconnect: fixed }, 4);
        act('c', { c: () => mqtt.connect().subscribe(noMatter) });
        expectTimeline(closed$).toBe(`${script.length - 1} closed`);
        expectTimeline(sent(mqtt)).toBe(`0 CONNECT v${protocolVersion}`, ...said);
      }),
    );
  }

  for (const [protocolVersion, statements] of [
    [5, '[MQTT-3.14.4-1] [MQTT-3.14.4-2]'],
    [4, '[MQTT3-3.14.4-1] [MQTT3-3.14.4-2]'],
  ] as const) {
    it(
      `after our DISCONNECT nothing is sent, and the link is closed ${statements}`,
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const script = { a, o: publish('t', { qos: 1, packetId: 7 }) };
        const scripted = broker(['a--o-o'], script, protocolVersion);
        // a server that goes on talking, and does not hang up
        const talking: Transport = target => scripted(target).pipe(map(link => ({ ...link, end: () => undefined })));
        const { transport, closed$ } = watched(talking);
        const mqtt = client(transport, { protocolVersion, keepalive: 1, closeTimeout: 2000 }, 9000);
        act('c---d-p', {
          c: () => mqtt.connect().subscribe(),
          d: () => mqtt.disconnect().subscribe(),
          p: () => [mqtt.publish('t', '', { qos: 1 }).subscribe(noMatter), mqtt.topic$('t').subscribe(noMatter)],
        });
        expectTimeline(sent(mqtt)).toBe(`0 CONNECT v${protocolVersion}`, '3 PUBACK #7', '4 DISCONNECT');
        expectTimeline(closed$).toBe('2004 closed');
      }),
    );
  }

  const violations: [title: string, bytes: string][] = [
    ['a second CONNACK', '20 02 00 00'],
    ['reserved flags [MQTT3-2.2.2-2]', '41 02 0001'],
    ['QoS 3 [MQTT3-3.3.1-4]', "36 [0001 'a' 0001]"],
    ['a topic that is no UTF-8 [MQTT3-1.5.3-1]', '30 [0002 c328]'],
    ['U+0000 in a topic [MQTT3-1.5.3-2]', "30 [0003 'a' 00 'b']"],
    ['a wildcard in a topic [MQTT3-3.3.2-2]', "30 [0003 'a/#']"],
    ['a packet that only clients send', 'c0 00'],
  ];
  for (const [title, bytes] of violations) {
    it(
      `3.1.1: ${title} closes the link without a word [MQTT3-4.8.0-1]`,
      mqttMarbles(helpers => {
        const { client, act, sent, expectTimeline } = helpers;
        const { transport, closed$ } = watched(speaking(helpers, 'a-x', { a: '20 02 00 00', x: bytes }));
        const mqtt = client(transport, { protocolVersion: 4, reconnect: fixed }, 4);
        act('c', { c: () => mqtt.connect().subscribe() });
        expectTimeline(closed$).toBe('2 closed');
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v4');
      }),
    );
  }
});

describe('conformance: DISCONNECT', () => {
  const properties = { reasonString: 'bye', userProperties: [['a', 'b'] as const] };
  const sizes: [maximumPacketSize: number, sent: object | undefined][] = [
    // 2 bytes of header, 2 of reason and property length, 5 of expiry, 6 of reason string, 7 of user property
    [22, { sessionExpiryInterval: 5, ...properties }],
    [21, { sessionExpiryInterval: 5, reasonString: 'bye' }],
    [15, { sessionExpiryInterval: 5, reasonString: 'bye' }],
    [14, { sessionExpiryInterval: 5 }],
    [9, { sessionExpiryInterval: 5 }],
    [8, undefined],
  ];
  describe('says no more than fits the Maximum Packet Size [MQTT-3.14.2-3] [MQTT-3.14.2-4] [MQTT-3.2.2-15]', () => {
    for (const [maximumPacketSize, expected] of sizes) {
      it(
        `of ${maximumPacketSize} bytes`,
        mqttMarbles(({ broker, client, act, expectTimeline }) => {
          const mqtt = client(broker(['a'], { a: connack({ properties: { maximumPacketSize } }) }), {
            sessionExpiry: 60,
          });
          const goodbye$ = mqtt.packet$.pipe(
            filter(({ packet }) => packet.cmd === 'disconnect'),
            map(({ packet }) => JSON.stringify((packet as { properties?: object }).properties) ?? 'nothing'),
          );
          act('c-d', {
            c: () => mqtt.connect().subscribe(),
            d: () => mqtt.disconnect({ sessionExpiry: 5, properties }).subscribe(),
          });
          expectTimeline(goodbye$).toBe(`2 ${JSON.stringify(expected) ?? 'nothing'}`);
        }),
      );
    }
  });

  const disconnecting = (mqtt: MqttClient) => timer(2).pipe(concatMap(() => mqtt.disconnect({ sessionExpiry: 60 })));

  it(
    'gives no time to a session that CONNECT gave none [MQTT-3.14.2.2.2]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['a'], { a }), {}, 9);
      act('c', { c: () => mqtt.connect().subscribe() });
      expectTimeline(disconnecting(mqtt)).toBe('2 # INVALID_ARGUMENT');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '9 DISCONNECT');
    }),
  );

  it(
    'goes by what CONNECT said, which onConnectPacket may change [MQTT-3.14.2.2.2]',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const properties = (sessionExpiryInterval: number) => ({ properties: { sessionExpiryInterval } });
      const none = { sessionExpiry: 60, onConnectPacket: (packet: ConnectPacket) => ({ ...packet, ...properties(0) }) };
      const some = { onConnectPacket: (packet: ConnectPacket) => ({ ...packet, ...properties(60) }) };
      const without = client(broker(['a'], { a }), none, 9);
      const kept = client(broker(['a'], { a }), some, 9);
      act('c', { c: () => [without.connect().subscribe(), kept.connect().subscribe()] });
      expectTimeline(disconnecting(without)).toBe('2 # INVALID_ARGUMENT');
      expectTimeline(disconnecting(kept)).toBe('2 |');
      expectTimeline(sent(without)).toBe('0 CONNECT v5', '9 DISCONNECT');
      expectTimeline(sent(kept)).toBe('0 CONNECT v5', '2 DISCONNECT');
    }),
  );

  it(
    'gives it to one that had some, and 3.1.1 has no such word',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const kept = client(broker(['a'], { a }), { clientId: 'me', clean: false }, 9);
      const old = client(broker(['a'], { a }, 4), { protocolVersion: 4 }, 9);
      act('c', { c: () => [kept.connect().subscribe(), old.connect().subscribe()] });
      expectTimeline(disconnecting(kept)).toBe('2 |');
      expectTimeline(disconnecting(old)).toBe('2 |');
      expectTimeline(sent(kept)).toBe('0 CONNECT v5 resume', '2 DISCONNECT');
      expectTimeline(sent(old)).toBe('0 CONNECT v4', '2 DISCONNECT');
    }),
  );
});

describe('conformance: what MQTT forbids is refused, and never sent', () => {
  const asked: [title: string, ask: (mqtt: MqttClient) => Observable<unknown>][] = [
    ['a wildcard in a topic [MQTT-3.3.2-2]', mqtt => mqtt.publish('a/#')],
    [
      'a wildcard in a response topic [MQTT-3.3.2-14]',
      mqtt => mqtt.publish('a', '', { properties: { responseTopic: 'b/+' } }),
    ],
    [
      'a subscription identifier [MQTT-3.3.4-6]',
      mqtt => mqtt.publish('a', '', { properties: { subscriptionIdentifier: 1 } as object }),
    ],
    [
      "a topic alias, which is not the caller's to choose [MQTT-3.2.2-17] [MQTT-3.2.2-18] [MQTT-3.3.2-9]",
      mqtt => mqtt.publish('a', '', { properties: { topicAlias: 1 } as object }),
    ],
    ['noLocal for a shared subscription [MQTT-3.8.3-4]', mqtt => mqtt.topic$('$share/g/f', { noLocal: true })],
    ['no filter [MQTT-3.8.3-2]', mqtt => mqtt.topic$([])],
  ];
  for (const [title, ask] of asked) {
    it(
      title,
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const mqtt = client(broker(['a'], { a }), {}, 9);
        act('c', { c: () => mqtt.connect().subscribe() });
        const answer$ = timer(2).pipe(concatMap(() => ask(mqtt).pipe(ignoreElements())));
        expectTimeline(answer$).toBe('2 # INVALID_ARGUMENT');
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '9 DISCONNECT');
      }),
    );
  }
});
