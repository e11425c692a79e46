import { expect } from 'chai';
import {
  type Observable,
  Subscription,
  concatMap,
  delay,
  filter,
  firstValueFrom,
  ignoreElements,
  map,
  of,
  timer,
  merge,
} from 'rxjs';
import { ServerEncoder } from '../../src/codec/server/server-encoder.js';
import {
  type MqttClient,
  MqttError,
  type MqttMessage,
  type Packet,
  type ProtocolVersion,
  type PublishOptions,
} from '../../src/index.js';
import { type VirtualBroker, mqttMarbles, virtualBroker, describePacket } from '../../src/testing/index.js';

const fixed = { initial: 3, jitter: 'none' } as const;

const at = <T>(ms: number, source$: () => Observable<T>) => timer(ms).pipe(concatMap(source$));

const inWords = ({ topic, payload, qos, retain, dup, properties }: MqttMessage) =>
  [
    `${topic}=${new TextDecoder().decode(payload)}`,
    `q${qos}`,
    retain ? 'retain' : '',
    dup ? 'dup' : '',
    properties.subscriptionIdentifier ? `ids ${String(properties.subscriptionIdentifier)}` : '',
    properties.messageExpiryInterval ? `expires in ${properties.messageExpiryInterval}` : '',
  ]
    .filter(Boolean)
    .join(' ');

const messages = (mqtt: MqttClient, topic: string | string[], options = {}) =>
  mqtt.topic$(topic, options).pipe(map(inWords));

const publishAt = (ms: number, mqtt: MqttClient, topic: string, text = 'x', options: PublishOptions = {}) =>
  at(ms, () => mqtt.publish(topic, text, options)).pipe(map(({ reached, reasonCode }) => `${reached} ${reasonCode}`));

const packets = (broker: VirtualBroker, ...commands: string[]) =>
  broker.packet$.pipe(
    filter(({ packet }) => commands.includes(packet.cmd)),
    map(
      ({ direction, packet, clientId }) =>
        `${clientId} ${direction === 'received' ? '>' : '<'} ${describePacket(packet)}`,
    ),
  );

const reasons = (mqtt: MqttClient) =>
  mqtt.connection$.pipe(
    map(state =>
      'error' in state && state.error
        ? [state.status, state.error.code, state.error.reasonCode && `0x${state.error.reasonCode.toString(16)}`]
            .filter(Boolean)
            .join(' ')
        : state.status,
    ),
  );

describe('virtualBroker', () => {
  for (const protocolVersion of [5, 4, 3] as const) {
    const v = { protocolVersion };
    describe(`MQTT ${protocolVersion}`, () => {
      it(
        'routes between clients on virtual time: QoS 0, 1 and 2, each with its latency',
        mqttMarbles(({ client, expectTimeline }) => {
          const broker = virtualBroker({ latency: 5 });
          const [a, b] = [client(broker, v, 200), client(broker, v, 200)];
          const nobody = protocolVersion === 5 ? 16 : 0;
          expectTimeline(messages(b, 't/+', { qos: 2 })).toBe('110 t/0=x q0', '110 t/1=x q1', '110 t/2=x q2', '210 |');
          a.connect().subscribe();
          expectTimeline(publishAt(100, a, 't/0')).toBe('100 acknowledged 0', '100 |');
          expectTimeline(publishAt(100, a, 't/1', 'x', { qos: 1 })).toBe('110 acknowledged 0', '110 |');
          expectTimeline(publishAt(100, a, 't/2', 'x', { qos: 2 })).toBe('120 acknowledged 0', '120 |');
          expectTimeline(publishAt(150, a, 'nobody', 'x', { qos: 1 })).toBe(`160 acknowledged ${nobody}`, '160 |');
        }),
      );

      it(
        'keeps a session: what comes meanwhile waits, what was not acknowledged comes again with DUP',
        mqttMarbles(({ client, expectTimeline }) => {
          const broker = virtualBroker({ faults: [{ fault: 'cut', packet: 'puback', from: 'client' }] });
          const a = client(broker, v);
          const b = client(broker, { ...v, clientId: 'b', clean: false, reconnect: fixed }, 60);
          expectTimeline(messages(b, 't')).toBe('10 t=one q1', '13 t=one q1 dup', '13 t=two q1', '60 |');
          expectTimeline(publishAt(10, a, 't', 'one', { qos: 1 })).toBe('10 acknowledged 0', '10 |');
          expectTimeline(publishAt(11, a, 't', 'two', { qos: 1 })).toBe('11 acknowledged 0', '11 |');
          const kept = () => of(JSON.stringify(broker.sessions.find(one => one.clientId === 'b')));
          expectTimeline(at(12, kept)).toBe(
            '12 {"clientId":"b","connected":false,"filters":["t"],"queued":1,"inFlight":1}',
            '12 |',
          );
        }),
      );

      it(
        'QoS 2 is exactly once, wherever the connection breaks',
        mqttMarbles(({ client, expectTimeline }) => {
          const cut = (packet: Packet['cmd'], n: number) => ({ fault: 'cut', packet, n }) as const;
          const broker = virtualBroker({
            faults: [cut('publish', 1), cut('pubrec', 1), cut('pubrel', 1), cut('pubcomp', 1)],
          });
          const a = client(broker, { ...v, clientId: 'a', clean: false, reconnect: fixed }, 80);
          const b = client(broker, { ...v, clientId: 'b', clean: false, reconnect: fixed }, 80);
          expectTimeline(messages(b, 't', { qos: 2 }).pipe(map(text => text.replace(' dup', '')))).toBe(
            '13 t=x q2',
            '80 |',
          );
          expectTimeline(publishAt(10, a, 't', 'x', { qos: 2 }).pipe(map(text => text.slice(0, 12)))).toBe(
            '19 acknowledged',
            '19 |',
          );
        }),
      );

      it(
        'publishes the will when a client is lost, and not when it leaves in order',
        mqttMarbles(({ client, act, expectTimeline }) => {
          const broker = virtualBroker();
          const will = { topic: 'gone', payload: 'x', qos: 1 } as const;
          const lost = client(broker, { ...v, clientId: 'lost', will, reconnect: false });
          const polite = client(broker, { ...v, will });
          act('c--x', {
            c: () => [lost.connect().subscribe({ error: () => undefined }), polite.connect().subscribe()],
            x: () => {
              polite.close();
              broker.cut('lost');
            },
          });
          expectTimeline(messages(client(broker, v, 20), 'gone')).toBe('3 gone=x q1', '20 |');
        }),
      );
    });
  }

  describe('retained messages', () => {
    it(
      'come to new subscriptions, as the options say; an empty payload deletes',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker();
        broker.publish('r/1', 'one', { retain: true, qos: 1 });
        broker.publish('r/2', 'two', { retain: true });
        broker.publish('r/2', '', { retain: true });
        expect([...broker.retained.keys()]).to.deep.equal(['r/1']);
        const make = () => client(broker, {}, 20);
        expectTimeline(messages(make(), 'r/#')).toBe('0 r/1=one q1 retain', '10 r/3=x q0', '20 |');
        expectTimeline(messages(make(), 'r/#', { retainHandling: 2 })).toBe('10 r/3=x q0', '20 |');
        expectTimeline(messages(make(), 'r/#', { retainHandling: 1, retainAsPublished: true })).toBe(
          '0 r/1=one q1 retain',
          '10 r/3=x q0 retain',
          '20 |',
        );
        expectTimeline(messages(make(), '$share/g/r/#')).toBe('10 r/3=x q0', '20 |');
        act('----------p', { p: () => broker.publish('r/3', 'x', { retain: true }) });
      }),
    );

    it(
      'expire, as all messages do, and tell what is left of their time',
      mqttMarbles(({ client, expectTimeline }) => {
        const broker = virtualBroker();
        broker.publish('r', 'x', { retain: true, properties: { messageExpiryInterval: 3 } });
        const later = (ms: number) => at(ms, () => messages(client(broker, {}, 500), 'r'));
        expectTimeline(later(1500)).toBe('1500 r=x q0 retain expires in 2', '2000 |');
        expectTimeline(later(3000)).toBe('3500 |');
      }),
    );
  });

  it(
    'overlapping subscriptions bring a message once, with their highest QoS; $share takes turns',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker();
      const [a, b] = [client(broker, {}, 20), client(broker, {}, 20)];
      const withoutIds = map((text: string) => text.replace(/ ids.*/, ''));
      expectTimeline(messages(a, 't/#', { qos: 0 }).pipe(withoutIds)).toBe('5 t/1=1 q1', '6 t/1=2 q1', '20 |');
      expectTimeline(messages(a, 't/1', { qos: 1 }).pipe(withoutIds)).toBe('5 t/1=1 q1', '6 t/1=2 q1', '20 |');
      expectTimeline(messages(a, '$share/g/s/+')).toBe('5 s/1=1 q1', '20 |');
      expectTimeline(messages(b, '$share/g/s/+')).toBe('6 s/1=2 q1', '20 |');
      const both = (text: string) => () => {
        broker.publish('t/1', text, { qos: 1 });
        broker.publish('s/1', text, { qos: 1 });
      };
      act('-----12', { 1: both('1'), 2: both('2') });
    }),
  );

  describe('sessions and wills of 5.0', () => {
    it(
      'a session ends when its time is over',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker();
        const mqtt = client(
          broker,
          { clientId: 'a', clean: false, sessionExpiry: 2, reconnect: { initial: 1500, jitter: 'none' } },
          9000,
        );
        act('c', { c: () => mqtt.connect() });
        act('10ms x 4s d', { x: () => broker.cut(), d: () => mqtt.disconnect() });
        const present = (ms: number) => at(ms, () => of(`${broker.sessions.length}`));
        expectTimeline(present(1000)).toBe('1000 1', '1000 |');
        expectTimeline(present(6000)).toBe('6000 1', '6000 |');
        expectTimeline(present(6100)).toBe('6100 0', '6100 |');
      }),
    );

    it(
      'the will waits for its delay, and is dropped when the client is back before',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker();
        const will = { topic: 'gone', payload: 'x', properties: { willDelayInterval: 2 } };
        const dying = (clientId: string, initial: number) =>
          client(broker, { clientId, will, clean: false, reconnect: { initial, jitter: 'none' } }, 9000);
        const [back, late] = [dying('back', 1000), dying('late', 5000)];
        act('(bl)', { b: () => back.connect(), l: () => late.connect() });
        act('10ms x', { x: () => broker.cut() });
        expectTimeline(messages(client(broker, { reconnect: fixed }, 8000), 'gone')).toBe('2010 gone=x q0', '8000 |');
      }),
    );

    it(
      'disconnect({ will: true }) has it published',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker();
        const leaving = client(broker, { will: { topic: 'gone', payload: 'x' } });
        act('c--d', { c: () => leaving.connect(), d: () => leaving.disconnect({ will: true }) });
        expectTimeline(messages(client(broker, {}, 8), 'gone')).toBe('3 gone=x q0', '8 |');
      }),
    );

    it(
      'a client is taken over by another with its id',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker();
        const [first, second] = [client(broker, { clientId: 'x' }, 20), client(broker, { clientId: 'x' }, 20)];
        act('f--s', { f: () => first.connect(), s: () => second.connect() });
        act('-----t', { t: () => broker.takeOver('x') });
        expectTimeline(reasons(first)).toBe(
          '0 idle',
          '0 connecting',
          '0 connected',
          '3 closed SERVER_DISCONNECTED 0x8e',
          '3 |',
        );
        expectTimeline(reasons(second)).toBe(
          '0 idle',
          '3 connecting',
          '3 connected',
          '5 closed SERVER_DISCONNECTED 0x8e',
          '5 |',
        );
      }),
    );
  });

  describe('the terms of a connection', () => {
    it(
      'are those of the option connack',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({
          connack: {
            maximumQoS: 1,
            retainAvailable: false,
            serverKeepAlive: 7,
            receiveMaximum: 3,
            reasonString: 'welcome',
          },
        });
        const mqtt = client(broker, { properties: { receiveMaximum: 1 } }, 9);
        act('c', { c: () => mqtt.connect() });
        const limits$ = mqtt.connection$.pipe(
          filter(state => state.status === 'connected'),
          map(
            ({ limits, connack }) =>
              `${limits.maximumQoS} ${limits.retainAvailable} ${limits.keepalive} ${connack.properties!.reasonString}`,
          ),
        );
        expectTimeline(limits$).toBe('0 1 false 7 welcome', '9 |');
        expectTimeline(mqtt.publish('t', '', { qos: 2 }).pipe(map(String))).toBe('0 # NOT_SUPPORTED');
      }),
    );

    it(
      'it sends no more than the Receive Maximum of the client, and nothing above its Maximum Packet Size',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({ latency: 1 });
        const mqtt = client(broker, { clientId: 'a', properties: { receiveMaximum: 1, maximumPacketSize: 100 } }, 20);
        expectTimeline(messages(mqtt, 't').pipe(map(text => text.slice(0, 4)))).toBe('11 t=1 ', '13 t=2 ', '22 |');
        act('----------p', {
          p: () => {
            for (const text of ['1', 'x'.repeat(200), '2']) broker.publish('t', text, { qos: 1 });
            broker.publish('t', 'x'.repeat(200));
          },
        });
      }),
    );

    it(
      'an id for those who have none, and older versions for those who ask for 5.0',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({ versions: [4] });
        const mqtt = client(broker, { protocolVersion: 'auto', clientId: '' }, 9);
        act('c', { c: () => mqtt.connect() });
        expectTimeline(packets(broker, 'connect', 'connack')).toBe(
          '0 undefined > CONNECT v5',
          '0 undefined < CONNACK',
          '0 undefined > CONNECT v4',
          '0 virtual-1 < CONNACK',
        );
        const five = client(virtualBroker(), { clientId: '' }, 9);
        act('c', { c: () => five.connect() });
        const id$ = five.connection$.pipe(
          map(state => ('limits' in state ? state.limits.clientId : '')),
          filter(Boolean),
        );
        expectTimeline(id$).toBe('0 virtual-1', '9 |');
      }),
    );

    it(
      'who may connect, publish and subscribe',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({
          authenticate: ({ username }) => (username === 'banned' ? 0x8a : username === 'me'),
          authorize: (clientId, action, topic) => clientId === 'root' || (action === 'subscribe' && topic !== 'secret'),
        });
        const stranger = client(broker, { reconnect: false }, 9);
        const banned = client(broker, { username: 'banned', reconnect: false }, 9);
        const old = client(broker, { username: 'banned', reconnect: false, protocolVersion: 4 }, 9);
        const me = client(broker, { username: 'me' }, 9);
        for (const one of [stranger, banned, old]) one.connect().subscribe({ error: () => undefined });
        act('c', { c: () => me.connect() });
        expectTimeline(reasons(stranger)).toBe('0 connecting', '0 closed CONNECTION_REFUSED 0x86', '0 |');
        expectTimeline(reasons(banned)).toBe('0 connecting', '0 closed CONNECTION_REFUSED 0x8a', '0 |');
        expectTimeline(reasons(old)).toBe('0 connecting', '0 closed CONNECTION_REFUSED 0x88', '0 |');
        expectTimeline(messages(me, 'secret')).toBe('0 # SUBSCRIBE_REFUSED');
        expectTimeline(messages(me, 'public')).toBe('9 |');
        expectTimeline(publishAt(1, me, 't', 'x', { qos: 1 })).toBe('1 # PUBLISH_REFUSED');
        expectTimeline(publishAt(1, me, 't', 'x', { qos: 2 })).toBe('1 # PUBLISH_REFUSED');
      }),
    );

    it(
      'the keep alive: after one and a half of it in silence the client is gone',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({ latency: 5 });
        const silent = client(
          broker,
          { clientId: 'silent', keepalive: 10, will: { topic: 'gone', payload: 'x' }, reconnect: false },
          30_000,
        );
        act('c 99ms h', { c: () => silent.connect(), h: () => broker.halfOpen('silent') });
        expectTimeline(messages(client(broker, {}, 40_000), 'gone')).toBe('15015 gone=x q0', '40010 |');
        expectTimeline(reasons(silent)).toBe(
          '0 idle',
          '0 connecting',
          '15 connected',
          '17515 closed KEEPALIVE_TIMEOUT 0x8d',
          '17515 |',
        );
      }),
    );
  });

  describe('faults', () => {
    it(
      'drop and delay',
      mqttMarbles(({ client, expectTimeline }) => {
        const broker = virtualBroker({
          faults: [
            { fault: 'drop', packet: 'publish', n: 2, from: 'client' },
            { fault: 'delay', packet: 'puback', n: 1, ms: 7 },
            { fault: 'delay', packet: 'publish', n: 4, from: 'client', ms: 3 },
          ],
        });
        const mqtt = client(broker, { ackTimeout: 50, clean: false, clientId: 'a', reconnect: fixed }, 100);
        expectTimeline(publishAt(1, mqtt, 't', 'x', { qos: 1 })).toBe('8 acknowledged 16', '8 |');
        expectTimeline(publishAt(9, mqtt, 't', 'x', { qos: 1 })).toBe('79 acknowledged 16', '79 |');
        expectTimeline(publishAt(90, mqtt, 't', 'x', { qos: 1 })).toBe('93 acknowledged 16', '93 |');
      }),
    );

    it(
      'delay: a packet that arrives when the delay is over does not overtake the delayed ones',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({
          latency: 5,
          faults: [{ fault: 'delay', packet: 'publish', from: 'client', ms: 1 }],
        });
        const mqtt = client(broker, { clientId: 'a' }, 100);
        act('c 29ms pq', {
          c: () => mqtt.connect(),
          p: () => merge(mqtt.publish('one'), mqtt.publish('two')),
          q: () => mqtt.publish('three'),
        });
        expectTimeline(packets(broker, 'publish')).toBe(
          '36 a > PUBLISH q0 one',
          '36 a > PUBLISH q0 two',
          '36 a > PUBLISH q0 three',
        );
      }),
    );

    it(
      'cannot be reached, busy, refused, cut',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({
          faults: [{ fault: 'unreachable' }, { fault: 'refuse', times: 2 }, { fault: 'cut', packet: 'any', n: 5 }],
        });
        const mqtt = client(broker, { reconnect: { initial: 2, factor: 1, jitter: 'none' } }, 14);
        act('c', { c: () => mqtt.connect() });
        act('----------r', { r: () => broker.inject({ fault: 'refuse', reasonCode: 0x97 }) });
        act('-----------x', { x: () => broker.cut() });
        expectTimeline(reasons(mqtt)).toBe(
          '0 idle',
          '0 connecting',
          '0 reconnecting CONNECTION_FAILED',
          '2 connecting',
          '2 reconnecting CONNECTION_REFUSED 0x89',
          '4 connecting',
          '4 reconnecting CONNECTION_REFUSED 0x89',
          '6 connecting',
          '6 reconnecting TRANSPORT_ERROR',
          '8 connecting',
          '8 connected',
          '11 reconnecting TRANSPORT_ERROR',
          '13 connecting',
          '13 reconnecting CONNECTION_REFUSED 0x97',
          '14 disconnecting',
          '14 closed',
          '14 |',
        );
      }),
    );

    for (const protocolVersion of [5, 4] as const) {
      it(
        `hangs up at what it does not like, each time or so often, MQTT ${protocolVersion}`,
        mqttMarbles(({ client, act, expectTimeline }) => {
          const broker = virtualBroker({
            faults: [
              { fault: 'hangUp', packet: 'publish', matching: 'cmd/#' },
              { fault: 'hangUp', packet: 'subscribe', matching: 'cmd/+', times: 1, reasonCode: 0x83 },
              { fault: 'hangUp', packet: 'unsubscribe', matching: '#', reasonCode: 0x83 },
            ],
          });
          const mqtt = client(broker, { protocolVersion, reconnect: { initial: 1, factor: 1, jitter: 'none' } }, 40);
          const publish = (topic: string) => () => mqtt.publish(topic, '').pipe(ignoreElements());
          const word = protocolVersion === 5 ? 'SERVER_DISCONNECTED 0x83' : 'CONNECTION_CLOSED';
          const connect = (ms: number) => [`${ms} connecting`, `${ms} connected`];
          act('c', { c: () => mqtt.connect() });
          act('--g-p----p', { g: publish('other'), p: publish('cmd/x') });
          const stream = new Subscription();
          act('---------------s----u', {
            s: () => {
              stream.add(mqtt.topic$('cmd/#').subscribe());
            },
            u: () => stream.unsubscribe(),
          });
          expectTimeline(reasons(mqtt)).toBe(
            '0 idle',
            ...connect(0),
            '4 reconnecting CONNECTION_CLOSED',
            ...connect(5),
            '9 reconnecting CONNECTION_CLOSED',
            ...connect(10),
            `15 reconnecting ${word}`,
            ...connect(16),
            `20 reconnecting ${word}`,
            ...connect(21),
            '40 disconnecting',
            '40 closed',
            '40 |',
          );
        }),
      );
    }

    it(
      'half-open: neither side is told, and the client finds out by itself',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({ faults: [{ fault: 'halfOpen', packet: 'publish', from: 'client' }] });
        const mqtt = client(
          broker,
          { keepalive: 1, pingTimeout: 500, clean: false, clientId: 'a', reconnect: fixed },
          3000,
        );
        act('c', { c: () => mqtt.connect() });
        expectTimeline(publishAt(10, mqtt, 't', 'x', { qos: 1 }).pipe(map(text => text.slice(0, 12)))).toBe(
          '1253 acknowledged',
          '1253 |',
        );
        expectTimeline(packets(broker, 'connect', 'publish')).toBe(
          '0 undefined > CONNECT v5 resume',
          '1253 undefined > CONNECT v5 resume',
          '1253 a > PUBLISH q1 #1 dup t',
        );
      }),
    );

    it(
      'half-open: what was written together with the packet does not arrive either',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({ faults: [{ fault: 'halfOpen', packet: 'publish', n: 2, from: 'client' }] });
        const mqtt = client(broker, { clientId: 'a' }, 100);
        act('c 9ms p', {
          c: () => mqtt.connect(),
          p: () => merge(...['one', 'two', 'three'].map(topic => mqtt.publish(topic))),
        });
        expectTimeline(packets(broker, 'publish')).toBe('10 a > PUBLISH q0 one');
      }),
    );

    it(
      'a consumer that is slow holds the messages up on the wire, and none is lost',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker();
        const mqtt = client(broker, { clientId: 'slow', clean: false }, 100);
        const buffer = { size: 2 };
        const done$ = mqtt.consume('jobs', job => of(job.text()).pipe(delay(10)), { buffer, qos: 1 });
        expectTimeline(done$.pipe(map(({ message }) => message.text()))).toBe(
          '12 0',
          '22 1',
          '32 2',
          '42 3',
          '52 4',
          '62 5',
          '100 |',
        );
        expectTimeline(packets(broker, 'puback')).toBe(
          ...[12, 22, 32, 42, 52, 62].map((ms, i) => `${ms} slow > PUBACK #${i + 1}`),
        );
        act('--p', {
          p: () => ['0', '1', '2', '3', '4', '5'].forEach(text => broker.publish('jobs', text, { qos: 1 })),
        });
      }),
    );

    it(
      'bytes come one by one',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker({ pieces: 1 });
        const mqtt = client(broker, {}, 9);
        expectTimeline(messages(mqtt, 't', { qos: 2 })).toBe('2 t=hello q2', '9 |');
        act('--p', { p: () => mqtt.publish('t', 'hello', { qos: 2 }) });
      }),
    );

    it(
      'disconnect says why; one client or all',
      mqttMarbles(({ client, act, expectTimeline }) => {
        const broker = virtualBroker();
        const [a, b] = [
          client(broker, { clientId: 'a', reconnect: false }, 9),
          client(broker, { reconnect: false }, 9),
        ];
        act('c', { c: () => [a.connect().subscribe(), b.connect().subscribe()] });
        act('--xy', { x: () => broker.disconnect(0x98, 'a'), y: () => broker.disconnect(0x8b) });
        expectTimeline(reasons(a)).toBe(
          '0 idle',
          '0 connecting',
          '0 connected',
          '2 closed SERVER_DISCONNECTED 0x98',
          '2 |',
        );
        expectTimeline(reasons(b)).toBe(
          '0 idle',
          '0 connecting',
          '0 connected',
          '3 closed SERVER_DISCONNECTED 0x8b',
          '3 |',
        );
      }),
    );
  });

  describe('a client that breaks the protocol is told why', () => {
    const connect: Packet = { cmd: 'connect', protocolVersion: 5, clientId: 'raw', clean: true, keepalive: 0 };
    const message: Packet = {
      cmd: 'publish',
      topic: 't',
      payload: new Uint8Array(),
      qos: 0,
      retain: false,
      dup: false,
    };
    const filterOf = (filter: string, given = {}): Packet => ({
      cmd: 'subscribe',
      packetId: 1,
      subscriptions: [{ filter, qos: 2, ...given }],
    });
    const connack = { maximumQoS: 1, retainAvailable: false, topicAliasMaximum: 1, maximumPacketSize: 300 } as const;
    const none = {
      ...connack,
      subscriptionIdentifiersAvailable: false,
      wildcardSubscriptionAvailable: false,
      sharedSubscriptionAvailable: false,
    };
    const bytes = (...all: number[]) => Uint8Array.from(all);

    const cases: [name: string, sent: readonly (Packet | Uint8Array)[], answer: string][] = [
      ['a packet before CONNECT', [message], ''],
      ['a second CONNECT', [connect, connect], 'CONNACK, DISCONNECT 0x82'],
      ['a packet of servers', [connect, { cmd: 'pingresp' }], 'CONNACK, DISCONNECT 0x82'],
      ['reserved flags', [connect, bytes(0xc1, 0)], 'CONNACK, DISCONNECT 0x81'],
      ['trailing bytes', [connect, bytes(0xc0, 1, 0)], 'CONNACK, DISCONNECT 0x81'],
      ['a length that does not end', [connect, bytes(0x30, 0xff, 0xff, 0xff, 0xff, 1)], 'CONNACK, DISCONNECT 0x81'],
      ['a packet too large', [connect, { ...message, payload: new Uint8Array(300) }], 'CONNACK, DISCONNECT 0x95'],
      ['QoS 3', [connect, bytes(0x36, 6, 0, 1, 0x74, 0, 1, 0)], 'CONNACK, DISCONNECT 0x81'],
      ['a QoS above the maximum', [connect, { ...message, qos: 2, packetId: 1 }], 'CONNACK, DISCONNECT 0x9b'],
      ['packet identifier 0', [connect, bytes(0x32, 6, 0, 1, 0x74, 0, 0, 0)], 'CONNACK, DISCONNECT 0x82'],
      ['a retained message', [connect, { ...message, retain: true }], 'CONNACK, DISCONNECT 0x9a'],
      ['a wildcard in a topic', [connect, { ...message, topic: 'a/#' }], 'CONNACK, DISCONNECT 0x90'],
      ['no topic', [connect, { ...message, topic: '' }], 'CONNACK, DISCONNECT 0x90'],
      [
        'an alias above the maximum',
        [connect, { ...message, properties: { topicAlias: 2 } }],
        'CONNACK, DISCONNECT 0x94',
      ],
      [
        'an unknown alias',
        [connect, { ...message, topic: '', properties: { topicAlias: 1 } }],
        'CONNACK, DISCONNECT 0x82',
      ],
      [
        'a known alias is none',
        [
          connect,
          { ...message, properties: { topicAlias: 1 } },
          { ...message, topic: '', qos: 1, packetId: 1, properties: { topicAlias: 1 } },
        ],
        'CONNACK, PUBACK #1 0x10',
      ],
      ['an invalid filter', [connect, bytes(0x82, 9, 0, 1, 0, 0, 3, 0x61, 0x2f, 0x23, 3)], 'CONNACK, DISCONNECT 0x81'],
      ['no filter', [connect, bytes(0x82, 3, 0, 1, 0)], 'CONNACK, DISCONNECT 0x82'],
      ['nothing to unsubscribe', [connect, bytes(0xa2, 3, 0, 1, 0)], 'CONNACK, DISCONNECT 0x82'],
      ['noLocal on a share', [connect, filterOf('$share/g/t', { noLocal: true })], 'CONNACK, DISCONNECT 0x82'],
      ['retain handling 3', [connect, bytes(0x82, 7, 0, 1, 0, 0, 1, 0x74, 0x31)], 'CONNACK, DISCONNECT 0x82'],
      ['AUTH without a method', [connect, { cmd: 'auth', reasonCode: 0x19 }], 'CONNACK, DISCONNECT 0x82'],
      ['a PUBREL for nothing', [connect, { cmd: 'pubrel', packetId: 9 }], 'CONNACK, PUBCOMP #9 0x92'],
      ['a PUBREC for nothing', [connect, { cmd: 'pubrec', packetId: 9 }], 'CONNACK, PUBREL #9 0x92'],
      [
        'acknowledgements for nothing',
        [connect, { cmd: 'puback', packetId: 9 }, { cmd: 'pubcomp', packetId: 9 }],
        'CONNACK',
      ],
      [
        'unsubscribing nothing',
        [connect, { cmd: 'unsubscribe', packetId: 1, filters: ['t'] }],
        'CONNACK, UNSUBACK [17]',
      ],
      [
        'a session that ends cannot be kept',
        [connect, { cmd: 'disconnect', properties: { sessionExpiryInterval: 5 } }],
        'CONNACK, DISCONNECT 0x82',
      ],
      ['an unknown protocol', [bytes(0x10, 8, 0, 4, 0x58, 0x51, 0x54, 0x54, 5, 2)], ''],
      ['another protocol name', [bytes(0x10, 13, 0, 4, 0x58, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 0x78)], ''],
      ['a reserved flag of CONNECT', [bytes(0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 3, 0, 0, 0, 1, 0x78)], ''],
      ['an authentication method', [{ ...connect, properties: { authenticationMethod: 'x' } }], 'CONNACK 0x8c'],
      [
        'a will above the maximum QoS',
        [{ ...connect, will: { topic: 'w', payload: bytes(), qos: 2, retain: false } }],
        'CONNACK 0x9b',
      ],
      [
        'a retained will',
        [{ ...connect, will: { topic: 'w', payload: bytes(), qos: 0, retain: true } }],
        'CONNACK 0x9a',
      ],
      ['no id in 3.1', [bytes(0x10, 14, 0, 6, 0x4d, 0x51, 0x49, 0x73, 0x64, 0x70, 3, 2, 0, 0, 0, 0)], 'CONNACK 0x85'],
      [
        'no id for a session in 3.1.1',
        [bytes(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 0, 0, 0)],
        'CONNACK 0x85',
      ],
    ];
    for (const [name, sent, answer] of cases) {
      it(name, async () => expect(await exchange(virtualBroker({ connack }), sent)).to.equal(answer));
    }

    it('subscriptions that it does not offer', async () => {
      const asked = [filterOf('a/#'), filterOf('$share/g/t'), filterOf('t')];
      expect(await exchange(virtualBroker({ connack: none }), [connect, ...asked])).to.equal(
        'CONNACK, SUBACK [162], SUBACK [158], SUBACK [1]',
      );
      const identified = { ...filterOf('t'), properties: { subscriptionIdentifier: 1 } } as Packet;
      expect(await exchange(virtualBroker({ connack: none }), [connect, identified])).to.equal(
        'CONNACK, DISCONNECT 0xa1',
      );
      const invalid = bytes(0x82, 9, 0, 1, 0, 0, 3, 0x61, 0x23, 0x2f, 1);
      expect(await exchange(virtualBroker(), [connect, invalid])).to.equal('CONNACK, SUBACK [143]');
    });

    it('more QoS 2 messages than its Receive Maximum', async () => {
      const two = (packetId: number): Packet => ({ ...message, qos: 2, packetId });
      const broker = virtualBroker({ connack: { receiveMaximum: 1 } });
      expect(await exchange(broker, [connect, two(1), two(1), two(2)])).to.equal(
        'CONNACK, PUBREC #1 0x10, PUBREC #1, DISCONNECT 0x93',
      );
    });

    it('identifiers of subscriptions come with the message, response information to those who ask', async () => {
      const broker = virtualBroker({ connack: { responseInformation: 'replies' } });
      const identified = { ...filterOf('t'), properties: { subscriptionIdentifier: 7 } } as Packet;
      const asking = { ...connect, properties: { requestResponseInformation: true } } as Packet;
      const seen: Packet[] = [];
      broker.packet$.pipe(filter(({ direction }) => direction === 'sent')).subscribe(({ packet }) => seen.push(packet));
      await exchange(broker, [asking, identified, message]);
      expect(seen.find(({ cmd }) => cmd === 'publish')).to.deep.include({
        properties: { subscriptionIdentifier: [7] },
      });
      expect(seen[0]).to.deep.include({ properties: { responseInformation: 'replies' } });
    });
  });

  describe('says what is wrong with a test', () => {
    const cases: [name: string, use: () => unknown, message: string][] = [
      [
        'an unknown option',
        () => virtualBroker({ lag: 1 } as never),
        "unknown option 'lag' of virtualBroker(); known are 'scheduler', 'latency'",
      ],
      [
        'a latency that is none',
        () => virtualBroker({ latency: -1 }),
        "'latency' of virtualBroker() is '-1'; it must be a number of ms of at least 0",
      ],
      [
        'pieces of nothing',
        () => virtualBroker({ pieces: 0 }),
        "'pieces' of virtualBroker() is '0'; it must be an integer of at least 1",
      ],
      [
        'an unknown fault',
        () => virtualBroker({ faults: [{ fault: 'lose' } as never] }),
        `unknown fault 'lose'; known are 'drop', 'delay', 'cut', 'halfOpen', 'unreachable', 'refuse', 'hangUp'`,
      ],
      [
        'a fault with a bad n',
        () => virtualBroker().inject({ fault: 'drop', packet: 'puback', n: 0 }),
        "'n' of the fault 'drop' is '0'; it must be a whole number from 1",
      ],
      [
        'a fault with bad times',
        () => virtualBroker().inject({ fault: 'refuse', times: 1.5 }),
        "'times' of the fault 'refuse' is '1.5'",
      ],
      [
        'a packet that is none',
        () => virtualBroker().inject({ fault: 'cut', packet: 'pubak' as never }),
        `'packet' of the fault 'cut' is 'pubak'; it must be 'any' or a name such as 'puback'`,
      ],
      [
        'a hang-up at a packet that has no name in it',
        () => virtualBroker().inject({ fault: 'hangUp', packet: 'puback' as never, matching: 'a' }),
        "'packet' of the fault 'hangUp' is 'puback'; it must be one of 'publish', 'subscribe', 'unsubscribe'",
      ],
      [
        'a hang-up that matches nothing',
        () => virtualBroker().inject({ fault: 'hangUp', packet: 'publish', matching: 'a/#/b' }),
        `'matching' of the fault 'hangUp' is "a/#/b"; it must be a topic filter`,
      ],
      [
        'a delay of no time',
        () => virtualBroker().inject({ fault: 'delay', packet: 'any', ms: NaN }),
        "'ms' of the fault 'delay' is 'NaN'; it must be a number from 0",
      ],
      ['a client that is not there', () => virtualBroker().cut('x'), "has no connection of 'x'; connected are none"],
      ['a topic that is a filter', () => virtualBroker().publish('a/#'), 'wildcard'],
    ];
    for (const [name, use, message] of cases) {
      it(name, () => expect(use).to.throw(MqttError, message).that.includes({ code: 'INVALID_ARGUMENT' }));
    }
  });
});

/** What the broker answers to packets of a client of a few lines, in words, until it has hung up or is silent. */
async function exchange(broker: VirtualBroker, sent: readonly (Packet | Uint8Array)[]): Promise<string> {
  const answers: string[] = [];
  broker.packet$.pipe(filter(({ direction }) => direction === 'sent')).subscribe(({ packet }) => {
    const codes = 'reasonCodes' in packet ? ` [${packet.reasonCodes.join(' ')}]` : '';
    const refusal = packet.cmd === 'connack' && packet.reasonCode ? ` 0x${packet.reasonCode.toString(16)}` : '';
    answers.push(describePacket(packet) + codes + refusal);
  });
  const first = sent[0]!;
  const version: ProtocolVersion = 'cmd' in first && first.cmd === 'connect' ? first.protocolVersion : 5;
  const encoder = new ServerEncoder(version);
  const subscription = broker.transport({} as never).subscribe(link => {
    for (const packet of sent) {
      if (!(packet instanceof Uint8Array)) encoder.write(packet);
      link.write(packet instanceof Uint8Array ? packet : encoder.take());
    }
  });
  await firstValueFrom(timer(5));
  subscription.unsubscribe();
  return answers.join(', ');
}
