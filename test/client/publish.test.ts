import { type Observable, concatMap, map, noop, takeUntil, timer } from 'rxjs';
import type { MqttClient, PublishOptions } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, puback, pubcomp, pubrec } from '../support/packets.js';

const a = connack();
const p = connack({ sessionPresent: true });
const fixed = { initial: 3, jitter: 'none' } as const;

/** A publish at a moment; its result in words. */
function publishAt(ms: number, mqtt: MqttClient, topic: string, options: PublishOptions = {}): Observable<string> {
  return timer(ms).pipe(
    concatMap(() => mqtt.publish(topic, 'x', options)),
    map(({ reached, qos, packetId }) => `${reached} q${qos}${packetId ? ` #${packetId}` : ''}`),
  );
}

const acks = (mqtt: MqttClient) =>
  mqtt.ack$.pipe(map(ack => (ack.kind === 'publish' ? `${ack.topic} ${ack.delivery}` : ack.kind)));

describe('publish', () => {
  it(
    'settles QoS 0 when the link has it, QoS 1 by PUBACK, QoS 2 by PUBCOMP [S35]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a---b-c--d'], { a, b: puback(1), c: pubrec(2), d: pubcomp(2) }), {}, 20);
      expectTimeline(publishAt(3, mqtt, 'zero')).toBe('4 acknowledged q0', '4 |');
      expectTimeline(publishAt(3, mqtt, 'one', { qos: 1 })).toBe('8 acknowledged q1 #1', '8 |');
      expectTimeline(publishAt(3, mqtt, 'two', { qos: 2 })).toBe('13 acknowledged q2 #2', '13 |');
      expectTimeline(acks(mqtt)).toBe('4 zero delivered', '8 one delivered', '13 two delivered');
      expectTimeline(sent(mqtt)).toBe(
        '3 CONNECT v5',
        '4 PUBLISH q0 zero',
        '4 PUBLISH q1 #1 one',
        '4 PUBLISH q2 #2 two',
        '10 PUBREL #2',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'Z9: resends what is unacknowledged after a reconnect, with DUP, before anything new (#450, #2015) [S52] [S57] [S58]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, p, r: pubrec(2), k: puback(1), c: pubcomp(2), l: puback(3) };
      const mqtt = client(
        broker(['-a-r---#', '-p-kcl'], script),
        { clientId: 'me', clean: false, reconnect: fixed },
        40,
      );
      expectTimeline(publishAt(3, mqtt, 'one', { qos: 1 })).toBe('16 acknowledged q1 #1', '16 |');
      expectTimeline(publishAt(3, mqtt, 'two', { qos: 2 })).toBe('17 acknowledged q2 #2', '17 |');
      expectTimeline(publishAt(12, mqtt, 'while waiting', { qos: 1 })).toBe('18 acknowledged q1 #3', '18 |');
      expectTimeline(publishAt(15, mqtt, 'while resending', { qos: 0 })).toBe('15 acknowledged q0', '15 |');
      expectTimeline(sent(mqtt)).toBe(
        '3 CONNECT v5 resume',
        '4 PUBLISH q1 #1 one',
        '4 PUBLISH q2 #2 two',
        '6 PUBREL #2',
        '13 CONNECT v5 resume',
        '14 PUBLISH q1 #1 dup one',
        '14 PUBREL #2',
        '14 PUBLISH q1 #3 while waiting',
        '15 PUBLISH q0 while resending',
        '40 DISCONNECT',
      );
    }),
  );

  it(
    'without a session at the broker: QoS 1 goes out as new, of QoS 2 nobody knows [S57] [S58]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a--#', '-ak'], { a, k: puback(3) }), { reconnect: fixed }, 20);
      expectTimeline(publishAt(3, mqtt, 'one', { qos: 1 })).toBe('12 acknowledged q1 #3', '12 |');
      expectTimeline(publishAt(3, mqtt, 'two', { qos: 2 })).toBe('11 # SESSION_LOST');
      expectTimeline(acks(mqtt)).toBe('11 two indeterminate', '12 one delivered');
      expectTimeline(sent(mqtt)).toBe(
        '3 CONNECT v5',
        '4 PUBLISH q1 #1 one',
        '4 PUBLISH q2 #2 two',
        '10 CONNECT v5',
        '11 PUBLISH q1 #3 one',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    "republish: 'never' settles QoS 1 as SESSION_LOST too [S57]",
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a--#', '-a'], { a }), { reconnect: fixed, republish: 'never' }, 20);
      expectTimeline(publishAt(3, mqtt, 'one', { qos: 1 })).toBe('11 # SESSION_LOST');
    }),
  );

  it(
    'QoS 0 waits for the first connection, and is refused while there is none in sight [S56]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['--a--#', '--a'], { a }), { reconnect: fixed }, 20);
      expectTimeline(publishAt(0, mqtt, 'first')).toBe('2 acknowledged q0', '2 |');
      expectTimeline(publishAt(6, mqtt, 'offline')).toBe('6 # NOT_CONNECTED');
      expectTimeline(publishAt(9, mqtt, 'again connecting')).toBe('9 # NOT_CONNECTED');
      expectTimeline(publishAt(11, mqtt, 'back')).toBe('11 acknowledged q0', '11 |');
    }),
  );

  it(
    "offlineQos0: 'queue' lets QoS 0 wait too [S56]",
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const options = { reconnect: fixed, queue: { offlineQos0: 'queue' } } as const;
      const mqtt = client(broker(['#', '--a'], { a }), options, 20);
      expectTimeline(publishAt(0, mqtt, 'first')).toBe('5 acknowledged q0', '5 |');
      expectTimeline(publishAt(1, mqtt, 'offline')).toBe('5 acknowledged q0', '5 |');
    }),
  );

  it(
    "I2: until 'queued' and 'sent' settle early; what becomes of the message shows on ack$ [S35]",
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['--a--k', ''], { a, k: puback(1, 0x87) }), {}, 20);
      expectTimeline(publishAt(0, mqtt, 'queued', { qos: 1, until: 'queued' })).toBe('0 queued q1', '0 |');
      expectTimeline(publishAt(0, mqtt, 'sent', { qos: 1, until: 'sent' })).toBe('2 sent q1 #2', '2 |');
      expectTimeline(acks(mqtt)).toBe('5 queued rejected', '20 sent indeterminate');
    }),
  );

  it(
    "with until 'queued' too the client connects",
    mqttMarbles(({ broker, client, status, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 9);
      expectTimeline(publishAt(2, mqtt, 't', { qos: 1, until: 'queued' })).toBe('2 queued q1', '2 |');
      expectTimeline(status(mqtt)).toBe('0 idle', '2 connecting', '3 connected', '9 disconnecting', '9 closed', '9 |');
    }),
  );

  it(
    'unsubscribing drops a message that waits; one that is sent goes on, and its end shows on ack$ [S17] [S37]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['---a--k'], { a, k: puback(1) }), {}, 20);
      expectTimeline(publishAt(0, mqtt, 'dropped', { qos: 1 }).pipe(takeUntil(timer(2)))).toBe('2 |');
      expectTimeline(publishAt(0, mqtt, 'goes on', { qos: 1 }).pipe(takeUntil(timer(4)))).toBe('4 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '3 PUBLISH q1 #1 goes on', '20 DISCONNECT');
      expectTimeline(acks(mqtt)).toBe('6 goes on delivered');
    }),
  );

  it(
    'with withdraw, what was sent does not go out again after unsubscribing, nor after timeout [S114]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a----|', '-a'], { a }), { reconnect: fixed }, 20);
      const withdraw = { qos: 1, withdraw: true } as const;
      expectTimeline(publishAt(2, mqtt, 'left', withdraw).pipe(takeUntil(timer(4)))).toBe('4 |');
      expectTimeline(publishAt(2, mqtt, 'late', { ...withdraw, timeout: 3 })).toBe('5 # PUBLISH_TIMEOUT');
      expectTimeline(sent(mqtt)).toBe(
        '2 CONNECT v5',
        '3 PUBLISH q1 #1 left',
        '3 PUBLISH q1 #2 late',
        '11 CONNECT v5',
        '20 DISCONNECT',
      );
      expectTimeline(acks(mqtt)).toBe('8 left indeterminate', '8 late indeterminate');
    }),
  );

  it(
    'timeout: a queued message is taken out, a sent one goes on [S38]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['---a----k'], { a, k: puback(1) }), {}, 20);
      expectTimeline(publishAt(0, mqtt, 'queued', { qos: 1, timeout: 2 })).toBe('2 # PUBLISH_TIMEOUT');
      expectTimeline(publishAt(0, mqtt, 'sent', { qos: 1, timeout: 5 })).toBe('5 # PUBLISH_TIMEOUT');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '3 PUBLISH q1 #1 sent', '20 DISCONNECT');
      expectTimeline(acks(mqtt)).toBe('2 queued rejected', '8 sent delivered');
    }),
  );

  it(
    'message expiry counts down in the queue: in time it is sent with what is left, else MESSAGE_EXPIRED [S39]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['2500ms a'], { a }), {}, 5000);
      const expiring = (seconds: number) => ({ qos: 1, properties: { messageExpiryInterval: seconds } }) as const;
      expectTimeline(publishAt(0, mqtt, 'short', expiring(2))).toBe('2000 # MESSAGE_EXPIRED');
      expectTimeline(publishAt(0, mqtt, 'long', expiring(4))).toBe('5000 # CLIENT_CLOSED');
      const left$ = mqtt.packet$.pipe(
        map(({ packet }) =>
          packet.cmd === 'publish' ? `${packet.topic} ${packet.properties?.messageExpiryInterval}` : packet.cmd,
        ),
      );
      expectTimeline(left$).toBe('0 connect', '2500 connack', '2500 long 2', '5000 disconnect');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '2500 PUBLISH q1 #1 long', '5000 DISCONNECT');
    }),
  );

  it(
    '#1987: nothing stays unsettled when the client is closed: queued is rejected, in flight is indeterminate [S36] [S61]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const one = connack({ properties: { receiveMaximum: 1 } });
      const mqtt = client(broker(['-a'], { a: one }), {}, 9);
      expectTimeline(publishAt(2, mqtt, 'in flight', { qos: 1 })).toBe('9 # CLIENT_CLOSED');
      expectTimeline(publishAt(2, mqtt, 'queued', { qos: 1 })).toBe('9 # CLIENT_CLOSED');
      expectTimeline(acks(mqtt)).toBe('9 queued rejected', '9 in flight indeterminate');
    }),
  );

  it(
    'disconnect({ drain }) waits for what is on its way, but no longer than it is told [S61]',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const prompt = client(broker(['-a----k'], { a, k: puback(1) }), {}, 90);
      const silent = client(broker(['-a'], { a }), {}, 90);
      act('----d', {
        d: () => [prompt, silent].forEach(mqtt => mqtt.disconnect({ drain: 10 }).subscribe()),
      });
      expectTimeline(publishAt(2, prompt, 't', { qos: 1 })).toBe('8 acknowledged q1 #1', '8 |');
      expectTimeline(publishAt(2, silent, 't', { qos: 1 })).toBe('14 # CLIENT_CLOSED');
      const states = ['0 idle', '2 connecting', '3 connected', '4 disconnecting'];
      expectTimeline(status(prompt)).toBe(...states, '8 closed', '8 |');
      expectTimeline(status(silent)).toBe(...states, '14 closed', '14 |');
    }),
  );

  it(
    'disconnect({ drain }) waits for a connection first, as long as a message needs one [S61]',
    mqttMarbles(({ broker, client, act, sent, status, expectTimeline }) => {
      const late = client(broker(['---a-k'], { a, k: puback(1) }), {}, 90);
      const lost = client(broker(['-a-#', '-a-k'], { a, k: puback(1) }), { reconnect: fixed }, 90);
      const never = client(broker(['']), {}, 90);
      const empty = client(broker(['']), {}, 90);
      const all = [late, lost, never, empty];
      act('c', { c: () => all.forEach(mqtt => mqtt.connect().subscribe({ error: noop })) });
      act('--d--e', {
        d: () => [late, never, empty].forEach(mqtt => mqtt.disconnect({ drain: 10 }).subscribe()),
        e: () => lost.disconnect({ drain: 10 }).subscribe(),
      });
      expectTimeline(publishAt(1, late, 't', { qos: 1 })).toBe('5 acknowledged q1 #1', '5 |');
      expectTimeline(publishAt(4, lost, 't', { qos: 1 })).toBe('9 acknowledged q1 #1', '9 |');
      expectTimeline(publishAt(1, never, 't', { qos: 1 })).toBe('12 # CLIENT_CLOSED');
      const begin = ['0 idle', '0 connecting'];
      expectTimeline(status(late)).toBe(...begin, '3 connected', '5 disconnecting', '5 closed', '5 |');
      const again = ['3 reconnecting', '6 connecting', '7 connected', '9 disconnecting', '9 closed', '9 |'];
      expectTimeline(status(lost)).toBe(...begin, '1 connected', ...again);
      expectTimeline(status(never)).toBe(...begin, '12 disconnecting', '12 closed', '12 |');
      expectTimeline(status(empty)).toBe(...begin, '2 disconnecting', '2 closed', '2 |');
      expectTimeline(sent(late)).toBe('0 CONNECT v5', '3 PUBLISH q1 #1 t', '5 DISCONNECT');
    }),
  );

  it(
    'while disconnect({ drain }) waits for a connection, connect() opens the client again, and disconnect() closes it [S61]',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const again = client(broker(['----a-k', '-a'], { a, k: puback(1) }), {}, 90);
      const hasty = client(broker(['----a-k'], { a, k: puback(1) }), {}, 90);
      const gone = client(broker(['---#']), { reconnect: false }, 90);
      act('c', { c: () => [again, hasty, gone].forEach(mqtt => mqtt.connect().subscribe({ error: noop })) });
      act('--dx', {
        d: () => [again, hasty, gone].forEach(mqtt => mqtt.disconnect({ drain: 10 }).subscribe().unsubscribe()),
        x: () => hasty.disconnect().subscribe(),
      });
      const connack$ = timer(3).pipe(
        concatMap(() => again.connect()),
        map(({ sessionPresent }) => String(sessionPresent)),
      );
      expectTimeline(connack$).toBe('7 false', '7 |');
      expectTimeline(publishAt(1, again, 't', { qos: 1 })).toBe('6 acknowledged q1 #1', '6 |');
      expectTimeline(publishAt(1, hasty, 't', { qos: 1 })).toBe('3 # CLIENT_CLOSED');
      expectTimeline(publishAt(1, gone, 't', { qos: 1 })).toBe('3 # CLIENT_CLOSED');
      expectTimeline(status(gone)).toBe('0 idle', '0 connecting', '3 closed', '3 |');
    }),
  );

  it(
    "the broker's limits: at once when they are known, and before the wire when they come with CONNACK [S40]",
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const poor = connack({ properties: { maximumQoS: 1, retainAvailable: false, maximumPacketSize: 30 } });
      const mqtt = client(broker(['-a'], { a: poor }), {}, 9);
      for (const ms of [0, 5]) {
        const when = Math.max(ms, 1);
        expectTimeline(publishAt(ms, mqtt, 't', { qos: 2 })).toBe(`${when} # NOT_SUPPORTED`);
        expectTimeline(publishAt(ms, mqtt, 't', { retain: true })).toBe(`${when} # NOT_SUPPORTED`);
        expectTimeline(publishAt(ms, mqtt, 'a topic that is rather too long')).toBe(`${when} # PACKET_TOO_LARGE`);
      }
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '9 DISCONNECT');
    }),
  );

  it(
    'M9: maximumQoS lowers what is published and subscribed, and the result says so [S40]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a--k'], { a, k: puback(2) }), { maximumQoS: 1 }, 9);
      timer(0).subscribe(() => mqtt.topic$('t', { qos: 2 }).subscribe());
      expectTimeline(publishAt(0, mqtt, 't', { qos: 2 })).toBe('4 acknowledged q1 #2', '4 |');
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:1', '1 PUBLISH q1 #2 t', '9 DISCONNECT');
    }),
  );

  it(
    'the queue is bounded: QUEUE_FULL, or the oldest is evicted where that is the policy [S41]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const refusing = client(broker(['-----a'], { a }), { queue: { maxMessages: 1 } }, 3);
      expectTimeline(publishAt(0, refusing, 'old', { qos: 1 })).toBe('3 # CLIENT_CLOSED');
      expectTimeline(publishAt(1, refusing, 'new', { qos: 1 })).toBe('1 # QUEUE_FULL');
      const evicting = client(broker(['-----a'], { a }), { queue: { maxMessages: 1, overflow: 'evictOldest' } }, 3);
      expectTimeline(publishAt(0, evicting, 'old', { qos: 1 })).toBe('1 # MESSAGE_EVICTED');
      expectTimeline(publishAt(1, evicting, 'new', { qos: 1 })).toBe('3 # CLIENT_CLOSED');
    }),
  );

  it(
    '20,000 publishes on a link that says no fill no memory: they wait in the bounded queue, and stats$ shows it',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const script = broker(['-a'], { a });
      const full: typeof script = target => script(target).pipe(map(link => ({ ...link, write: () => false })));
      const mqtt = client(full, {}, 3000);
      let refused = 0;
      timer(5).subscribe(() => {
        for (let i = 0; i < 20_000; i++) mqtt.publish('t', 'x').subscribe({ error: () => refused++ });
      });
      mqtt.connect().subscribe();
      expectTimeline(timer(6).pipe(map(() => String(refused)))).toBe('6 19000', '6 |');
      const queued$ = timer(6).pipe(concatMap(() => mqtt.stats$.pipe(map(({ queued }) => `${queued.messages}`))));
      expectTimeline(queued$.pipe(takeUntil(timer(10)))).toBe('6 1000', '10 |');
    }),
  );

  it(
    'N4: each Observable answers for its own call only, and ids count up from 1 [S35]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a--lk'], { a, k: puback(1), l: puback(2, 0x97) }), {}, 9);
      expectTimeline(publishAt(0, mqtt, 'one', { qos: 1 })).toBe('5 acknowledged q1 #1', '5 |');
      expectTimeline(publishAt(0, mqtt, 'two', { qos: 1 })).toBe('4 # PUBLISH_REFUSED');
    }),
  );
});
