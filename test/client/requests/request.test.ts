import { expect } from 'chai';
import { catchError, concatMap, map, of, timer } from 'rxjs';
import { type MqttError, json } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, puback, publish, suback } from '../../support/packets.js';
import { exchanges, idOf, inbox, me, reply, requestAt } from './support.js';

const a = connack();
const p = connack({ sessionPresent: true });
const s = suback(1, 1);

describe('request', () => {
  it(
    'goes out when the broker has acknowledged where its reply comes, and emits that [S46]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a--s-k-r'], { a, s, k: puback(2), r: reply(1, '20') }), me, 20);
      expectTimeline(requestAt(0, mqtt, 'thermometer/get')).toBe('8 20', '8 |');
      expectTimeline(exchanges(mqtt)).toBe(`4 thermometer/get <- ${inbox} (${idOf(1)}) x`);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        `1 SUBSCRIBE #1 ${inbox}:1`,
        '4 PUBLISH q1 #2 thermometer/get',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'many at a time, answered in any order, before or after their PUBACK, each gets its own reply',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, s, x: reply(3, 'c'), y: reply(1, 'a'), k: puback(2), z: reply(2, 'b') };
      const mqtt = client(broker(['-as-x-kyz'], script), me, 20);
      expectTimeline(requestAt(0, mqtt, 'one')).toBe('7 a', '7 |');
      expectTimeline(requestAt(0, mqtt, 'two')).toBe('8 b', '8 |');
      expectTimeline(requestAt(3, mqtt, 'three')).toBe('4 c', '4 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        `1 SUBSCRIBE #1 ${inbox}:1`,
        '2 PUBLISH q1 #2 one',
        '2 PUBLISH q1 #3 two',
        '3 PUBLISH q1 #4 three',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'sequential requests share the subscription, which stays for a minute [S46]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, s, q: reply(1, '1'), r: reply(2, '2') };
      const mqtt = client(broker(['-asq------r'], script), { ...me, keepalive: 0, ackTimeout: 0 }, 70_000); // it sends no PUBACK
      expectTimeline(requestAt(0, mqtt, 't')).toBe('3 1', '3 |');
      expectTimeline(requestAt(8, mqtt, 't')).toBe('10 2', '10 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        `1 SUBSCRIBE #1 ${inbox}:1`,
        '2 PUBLISH q1 #2 t',
        '8 PUBLISH q1 #3 t',
        `60010 UNSUBSCRIBE #4 ${inbox}`,
        '70000 DISCONNECT',
      );
    }),
  );

  it(
    'takes several replies, and ignores more [S47]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-asqrq'], { a, s, q: reply(1, 'q'), r: reply(1, 'r') }), me, 20);
      expectTimeline(requestAt(0, mqtt, 't', { replies: 2 })).toBe('3 q', '4 r', '4 |');
      expectTimeline(mqtt.unrouted$.pipe(map(message => message.text()))).toBe('5 q');
    }),
  );

  it(
    'any number of replies: silence after them is the end [S47]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-askqr'], { a, s, k: puback(2), q: reply(1, 'q'), r: reply(1, 'r') }), me, 30);
      expectTimeline(requestAt(0, mqtt, 't', { replies: Infinity, timeout: 10 })).toBe('4 q', '5 r', '15 |');
    }),
  );

  it(
    'any number of replies: none is no error, when the request has gone out',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-ask'], { a, s, k: puback(2) }), me, 30);
      expectTimeline(requestAt(0, mqtt, 't', { replies: Infinity, timeout: 10 })).toBe('10 |');
    }),
  );

  it(
    'any number of replies: a request that has not gone out is an error',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), me, 30);
      expectTimeline(requestAt(0, mqtt, 't', { replies: Infinity, timeout: 10 })).toBe('10 # REQUEST_TIMEOUT');
    }),
  );

  it(
    'a request without a timeout waits until it is unsubscribed',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-ask'], { a, s, k: puback(2) }), me, 200_000);
      expectTimeline(requestAt(0, mqtt, 't', { timeout: 0 }, 100_000)).toBe('100000 |');
      expectTimeline(requestAt(0, mqtt, 't', { timeout: Infinity }, 100_000)).toBe('100000 |');
    }),
  );

  it(
    'times out after 30 s, and a late reply shows on unrouted$',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-ask 30s r'], { a, s, k: puback(2), r: reply(1, 'late') }), me, 40_000);
      expectTimeline(requestAt(0, mqtt, 't')).toBe('30000 # REQUEST_TIMEOUT');
      expectTimeline(mqtt.unrouted$.pipe(map(message => message.text()))).toBe('30004 late');
    }),
  );

  describe('the timeout says how far it came', () => {
    const inFull = ({ delivery, message }: MqttError) => `${delivery} ${message.split(': ').at(-1)}`;
    const says = (...words: string[]) => [`10 ${words.join(' ')}`, '10 |'];
    const cases: [script: string, expected: string[]][] = [
      ['-', says('rejected', 'there was no connection, so it was not sent')],
      ['-a', says('rejected', 'the broker did not acknowledge the subscription to its replies, so it was not sent')],
      ['-as', says('indeterminate', 'the broker did not acknowledge it')],
      ['-ask', says('indeterminate', 'the broker has it, but no reply came')],
    ];
    for (const [script, expected] of cases) {
      it(
        expected[0]!,
        mqttMarbles(({ broker, client, expectTimeline }) => {
          const mqtt = client(broker([script], { a, s, k: puback(2) }), me, 20);
          const told$ = mqtt.request('t', '', { timeout: 10 }).pipe(
            map(() => 'a reply'),
            catchError((error: unknown) => of(inFull(error as MqttError))),
          );
          expectTimeline(told$).toBe(...expected);
        }),
      );
    }

    it(
      'only 1 reply came',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-asr'], { a, s, r: reply(1, 'r') }), me, 20);
        const told$ = mqtt.request('t', '', { timeout: 10, replies: 2 }).pipe(
          map(message => message.text()),
          catchError((error: unknown) => of((error as MqttError).message)),
        );
        const words = "the request to 't' timed out after 10 ms without a further reply: only 1 reply came";
        expectTimeline(told$).toBe('3 r', `13 ${words}`, '13 |');
      }),
    );
  });

  it(
    'is told at once when nobody listens [S47]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-askl'], { a, s, k: puback(2, 0x10), l: puback(3, 0x10) }), me, 20);
      expectTimeline(requestAt(0, mqtt, 'one')).toBe('3 # NO_RESPONDER');
      expectTimeline(requestAt(0, mqtt, 'all', { replies: Infinity })).toBe('4 |');
    }),
  );

  it(
    'fails as its publish does',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-ask'], { a, s, k: puback(2, 0x87) }), me, 20);
      expectTimeline(requestAt(0, mqtt, 't')).toBe('3 # PUBLISH_REFUSED');
      expectTimeline(requestAt(5, mqtt, 't', { properties: { userProperties: [['a', '\ud800']] } })).toBe(
        '5 # INVALID_ARGUMENT',
      );
    }),
  );

  it(
    'a refused subscription to the replies fails what waits for it; the next request asks again',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(
        broker(['-as----t-r'], { a, s: suback(1, 0x87), t: suback(2, 1), r: reply(3, 'yes') }),
        me,
        20,
      );
      expectTimeline(requestAt(0, mqtt, 't')).toBe('2 # SUBSCRIBE_REFUSED');
      expectTimeline(requestAt(0, mqtt, 't')).toBe('2 # SUBSCRIBE_REFUSED');
      expectTimeline(requestAt(5, mqtt, 't')).toBe('9 yes', '9 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        `1 SUBSCRIBE #1 ${inbox}:1`,
        `5 SUBSCRIBE #2 ${inbox}:1`,
        '7 PUBLISH q1 #3 t',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'who asks again right when told of the refusal gets a new subscription, and its reply once',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-t-r'], { a, s: suback(1, 0x87), t: suback(2, 1), r: reply(2, 'yes') }), me, 20);
      const again$ = mqtt.request('t', 'x').pipe(
        catchError(() => mqtt.request('t', 'x')),
        map(message => message.text()),
      );
      expectTimeline(again$).toBe('6 yes', '6 |');
      expectTimeline(mqtt.unrouted$.pipe(map(message => message.text()))).toBe();
    }),
  );

  it(
    'unsubscribing forgets it: a late reply is unrouted, one that waits is not sent [S49]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as--r'], { a, s, r: reply(1, 'late') }), me, 20);
      expectTimeline(requestAt(0, mqtt, 'one', {}, 4)).toBe('4 |');
      expectTimeline(requestAt(0, mqtt, 'two', {}, 1)).toBe('1 |');
      expectTimeline(mqtt.unrouted$.pipe(map(message => message.text()))).toBe('5 late');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        `1 SUBSCRIBE #1 ${inbox}:1`,
        '2 PUBLISH q1 #2 one',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'a closed client ends it, however far it came [S47]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const waiting = client(broker(['-a'], { a }), me, 10);
      expectTimeline(requestAt(0, waiting, 't')).toBe('10 # CLIENT_CLOSED');
      expectTimeline(requestAt(15, waiting, 't')).toBe('15 # CLIENT_CLOSED');
      const unacknowledged = client(broker(['-as'], { a, s }), me, 10);
      expectTimeline(requestAt(0, unacknowledged, 't')).toBe('10 # CLIENT_CLOSED');
      const unanswered = client(broker(['-ask'], { a, s, k: puback(2) }), me, 10);
      expectTimeline(requestAt(0, unanswered, 't')).toBe('10 # CLIENT_CLOSED');
      const refused = client(broker(['-ask#'], { a, s, k: puback(2) }), { clientId: 'me', reconnect: false }, 10);
      expectTimeline(requestAt(0, refused, 't')).toBe('4 # CLIENT_CLOSED');
      const hopeless = client(broker([]), { clientId: 'me', reconnect: false }, 10);
      expectTimeline(requestAt(0, hopeless, 't')).toBe('0 # CLIENT_CLOSED');
    }),
  );

  it(
    'does nothing before it is subscribed, and once for each subscription [S1]',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-as'], { a, s }), me, 20);
      const request$ = mqtt.request('t', 'x', { timeout: 15 });
      act('---b-c', {
        b: () => request$.subscribe({ error: () => undefined }),
        c: () => request$.subscribe({ error: () => undefined }),
      });
      expectTimeline(exchanges(mqtt)).toBe(`5 t <- ${inbox} (${idOf(1)}) x`, `5 t <- ${inbox} (${idOf(2)}) x`);
    }),
  );

  it(
    'encodes at once, and decodes each reply',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-asqr'], { a, s, q: reply(1, '{"c":20}'), r: reply(2, '{') }), me, 20);
      const ask = () => mqtt.request('t', { a: 1 }, { encode: json(), decode: json<{ c: number }>() });
      expectTimeline(ask().pipe(map(({ value, topic }) => `${topic} ${value.c}`))).toBe(`3 ${inbox} 20`, '3 |');
      expectTimeline(ask().pipe(map(({ value }) => `${value.c}`))).toBe('4 # DECODE_FAILED');
      expectTimeline(mqtt.request('t', undefined, { encode: json() }).pipe(map(() => ''))).toBe('0 # INVALID_ARGUMENT');
      expectTimeline(exchanges(mqtt).pipe(map(words => words.split(' ').at(-1)!))).toBe('2 {"a":1}', '2 {"a":1}');
    }),
  );

  it(
    'expires when nobody waits for it any more, unless told otherwise',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as'], { a, s }), me, 5);
      for (const options of [{}, { timeout: 1500 }, { timeout: 0 }, { properties: { messageExpiryInterval: 7 } }]) {
        mqtt.request('t', '', options).subscribe({ error: () => undefined });
      }
      const expiry$ = mqtt.packet$.pipe(
        concatMap(({ packet }) => (packet.cmd === 'publish' ? [`${packet.properties?.messageExpiryInterval}`] : [])),
      );
      expectTimeline(expiry$).toBe('2 31', '2 2', '2 undefined', '2 7');
    }),
  );

  it(
    'what comes to the reply topic and answers nothing is unrouted',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const noise = publish(inbox, { payload: 'no data' });
      const other = publish(inbox, { payload: 'other', properties: { correlationData: Buffer.of(0xff, 0) } });
      const mqtt = client(broker(['-asnor'], { a, s, n: noise, o: other, r: reply(1, 'r') }), me, 20);
      expectTimeline(requestAt(0, mqtt, 't')).toBe('5 r', '5 |');
      expectTimeline(mqtt.unrouted$.pipe(map(message => message.text()))).toBe('3 no data', '4 other');
    }),
  );

  describe('across a reconnect', () => {
    it(
      'with the session: sent again, and answered on the new connection [S48]',
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const mqtt = client(broker(['-as--#', '-pkr'], { a, p, s, k: puback(2), r: reply(1, 'r') }), { ...me, clientId: 'me', clean: false }, 20); // prettier-ignore
        expectTimeline(requestAt(0, mqtt, 't')).toBe('11 r', '11 |');
        expectTimeline(sent(mqtt)).toBe(
          '0 CONNECT v5 resume',
          `1 SUBSCRIBE #1 ${inbox}:1`,
          '2 PUBLISH q1 #2 t',
          '8 CONNECT v5 resume',
          '9 PUBLISH q1 #2 dup t',
          '20 DISCONNECT',
        );
      }),
    );

    it(
      'without the session: its replies are subscribed to before it is sent again; a new request waits for SUBACK',
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const script = { a, s, t: suback(3, 1), q: reply(1, 'q'), r: reply(2, 'r') };
        const mqtt = client(broker(['-as--#', '-a--t-qr'], script), me, 20);
        expectTimeline(requestAt(0, mqtt, 'one')).toBe('14 q', '14 |');
        expectTimeline(requestAt(6, mqtt, 'two')).toBe('15 r', '15 |');
        expectTimeline(sent(mqtt)).toBe(
          '0 CONNECT v5',
          `1 SUBSCRIBE #1 ${inbox}:1`,
          '2 PUBLISH q1 #2 one',
          '8 CONNECT v5',
          `9 SUBSCRIBE #3 ${inbox}:1`,
          '9 PUBLISH q1 #4 one',
          '12 PUBLISH q1 #5 two',
          '20 DISCONNECT',
        );
      }),
    );

    it(
      'lost before SUBACK: asked for again, and sent once',
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const mqtt = client(broker(['-a-#', '-as-r'], { a, s: suback(2, 1), r: reply(1, 'r') }), me, 20);
        expectTimeline(requestAt(0, mqtt, 't')).toBe('10 r', '10 |');
        expectTimeline(sent(mqtt)).toBe(
          '0 CONNECT v5',
          `1 SUBSCRIBE #1 ${inbox}:1`,
          '6 CONNECT v5',
          `7 SUBSCRIBE #2 ${inbox}:1`,
          '8 PUBLISH q1 #3 t',
          '20 DISCONNECT',
        );
      }),
    );

    it(
      'a broker that refuses the subscription this time ends what waits for a reply',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-ask-#', '-at'], { a, s, k: puback(2), t: suback(3, 0x87) }), me, 20);
        expectTimeline(requestAt(0, mqtt, 't')).toBe('10 # SUBSCRIBE_REFUSED');
      }),
    );
  });

  describe('where the replies go', () => {
    const to = (given: { properties?: object; options?: object; clientId?: string; connack?: object }) => {
      const seen: string[] = [];
      mqttMarbles(({ broker, client, sent }) => {
        const first = connack({ properties: { ...given.connack } });
        const options = { clientId: given.clientId ?? 'me', properties: given.properties ?? {} };
        const mqtt = client(broker(['-a'], { a: first }), options, 5);
        sent(mqtt).subscribe(words => seen.push(words));
        mqtt.request('t', '', given.options).subscribe({ error: () => undefined });
      })();
      return seen.find(words => words.startsWith('SUBSCRIBE'));
    };

    it('to a topic of its own, of the client id that is in use', () => {
      expect(to({})).to.equal('SUBSCRIBE #1 rxjs-mqtt/reply/me:1');
      expect(to({ clientId: '', connack: { assignedClientIdentifier: 'given' } })).to.equal(
        'SUBSCRIBE #1 rxjs-mqtt/reply/given:1',
      );
    });

    it('with a client id that is no level of a topic as one', () => {
      expect(to({ clientId: 'a/b+#%c' })).to.equal('SUBSCRIBE #1 rxjs-mqtt/reply/a%2Fb%2B%23%25c:1');
    });

    it('below what the broker set aside [MQTT-3.2.2.3.15]', () => {
      const properties = { requestResponseInformation: true };
      expect(to({ properties, connack: { responseInformation: 'for/you/' } })).to.equal('SUBSCRIBE #1 for/you/me:1');
    });

    it('to the topic of the call', () => {
      expect(to({ options: { responseTopic: 'my/inbox' } })).to.equal('SUBSCRIBE #1 my/inbox:1');
    });
  });

  it(
    'a topic that cannot be, and an option that cannot be, are refused at subscription',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), me, 20);
      expectTimeline(requestAt(1, mqtt, 'a/+')).toBe('1 # INVALID_ARGUMENT');
      expectTimeline(requestAt(1, mqtt, '')).toBe('1 # INVALID_ARGUMENT');
      expectTimeline(requestAt(1, mqtt, 't', { replies: 0 })).toBe('1 # INVALID_ARGUMENT');
      expectTimeline(requestAt(1, mqtt, 't', { timeout: -1 })).toBe('1 # INVALID_ARGUMENT');
      expectTimeline(timer(1).pipe(concatMap(() => mqtt.request('t', 7 as never).pipe(map(() => ''))))).toBe(
        '1 # INVALID_ARGUMENT',
      );
    }),
  );
});
