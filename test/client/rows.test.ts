import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { NEVER, Subject, concat, concatMap, map, of, timer } from 'rxjs';
import { type Link, type MqttErrorCode, MqttMessage, type MqttOptions, received } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, publish } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';

const a = connack();

/** The type fails to check where one of these is missing, or is none. */
const codes: Readonly<Record<MqttErrorCode, true>> = {
  INVALID_ARGUMENT: true,
  NOT_SUPPORTED: true,
  PACKET_TOO_LARGE: true,
  ABORTED: true,
  SUBSCRIPTION_CONFLICT: true,
  CONNECTION_FAILED: true,
  CONNECTION_CLOSED: true,
  CONNECTION_REFUSED: true,
  CONNECT_TIMEOUT: true,
  AUTHENTICATION_FAILED: true,
  UNSUPPORTED_PROTOCOL_VERSION: true,
  SERVER_DISCONNECTED: true,
  KEEPALIVE_TIMEOUT: true,
  ACK_TIMEOUT: true,
  MALFORMED_PACKET: true,
  PROTOCOL_ERROR: true,
  TRANSPORT_ERROR: true,
  RECEIVE_OVERFLOW: true,
  OPTIONS_FAILED: true,
  NOT_CONNECTED: true,
  QUEUE_FULL: true,
  MESSAGE_EVICTED: true,
  MESSAGE_EXPIRED: true,
  PUBLISH_REFUSED: true,
  PUBLISH_TIMEOUT: true,
  SESSION_LOST: true,
  DELIVERY_GIVEN_UP: true,
  MESSAGE_DISCARDED: true,
  SUBSCRIBE_REFUSED: true,
  UNSUBSCRIBE_REFUSED: true,
  DECODE_FAILED: true,
  REQUEST_TIMEOUT: true,
  NO_RESPONDER: true,
  HANDLER_FAILED: true,
  STORE_FAILED: true,
  STORE_UNREADABLE: true,
  STORE_IN_USE: true,
  TRACE_UNREADABLE: true,
  CLIENT_CLOSED: true,
};

describe('what the ancestors have', () => {
  it('P12: one error type; every code it can have is explained in docs/errors.md, and no other', () => {
    const explained = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
      .split('## Warnings')[0]!
      .split('\n')
      .flatMap(line => [...(/^\|([^|]*)\|/.exec(line)?.[1] ?? '').matchAll(/`([A-Z_]+)`/g)])
      .map(([, code]) => code);
    expect(explained).to.have.members(Object.keys(codes));
  });

  it(
    'Z1: a message has topic, payload, qos, retain and the id of its delivery',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const m = publish('t', { qos: 1, packetId: 7, retain: true, payload: '{"on":true}' });
      const mqtt = client(broker(['-a-m'], { a, m }), {}, 9);
      let message: MqttMessage | undefined;
      timer(0).subscribe(() => mqtt.topic$('t').subscribe(came => (message = came)));
      timer(5).subscribe(() => {
        expect(message).to.be.instanceOf(MqttMessage);
        expect(message).to.include({ topic: 't', qos: 1, retain: true, packetId: 7, dup: false });
        expect(message!.payload).to.deep.equal(new TextEncoder().encode('{"on":true}'));
        expect(message!.json()).to.deep.equal({ on: true });
      });
      expectTimeline(
        mqtt.packet$.pipe(
          received('publish'),
          map(packet => packet.topic),
        ),
      ).toBe('3 t');
    }),
  );

  it(
    'Z5, N3: user name, password and will go into CONNECT as they were set, also per attempt',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const will = { topic: 'gone', payload: 'x', qos: 1, retain: true } as const;
      const perAttempt = (): MqttOptions => ({ username: 'late' });
      const mqtt = client(
        broker(['-a'], { a }),
        { username: 'early', password: 'p', will, perAttempt: () => of(perAttempt()) },
        9,
      );
      const connect$ = mqtt.packet$.pipe(
        concatMap(({ packet }) => (packet.cmd === 'connect' ? of(packet) : [])),
        map(({ username, will: sent }) => `${username} ${sent?.topic} q${sent?.qos} ${sent?.retain}`),
      );
      timer(0).subscribe(() => mqtt.connect().subscribe());
      expectTimeline(connect$).toBe('0 late gone q1 true');
    }),
  );

  it(
    'N1, M10, M11: one place for connect, offline and message events, the low level included',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a-m#'], { a, m: publish('t') }), { reconnect: { initial: 90, jitter: 'none' } }, 9);
      timer(0).subscribe(() => mqtt.connect().subscribe());
      expectTimeline(mqtt.packet$.pipe(map(({ direction, packet }) => `${direction} ${packet.cmd}`))).toBe(
        '0 sent connect',
        '1 received connack',
        '3 received publish',
      );
      expectTimeline(mqtt.connection$.pipe(map(state => state.status))).toBe(
        '0 idle',
        '0 connecting',
        '1 connected',
        '4 reconnecting',
        '9 disconnecting',
        '9 closed',
        '9 |',
      );
    }),
  );

  it(
    'I6: speaks MQTT over a link that the user opened',
    mqttMarbles(({ client, expectTimeline }) => {
      const data$ = new Subject<Uint8Array>();
      const link: Link = {
        data$,
        drain$: NEVER,
        write: chunk => {
          if (chunk[0] === 0x10) timer(1).subscribe(() => data$.next(serverBytes(a, 5)));
          return true;
        },
      };
      const mqtt = client(() => concat(of(link), NEVER), { closeTimeout: 1 }, 9);
      expectTimeline(mqtt.connect().pipe(map(({ sessionPresent }) => `connected ${sessionPresent}`))).toBe(
        '1 connected false',
        '1 |',
      );
    }),
  );
});
