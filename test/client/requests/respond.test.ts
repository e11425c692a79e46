import { expect } from 'chai';
import {
  EMPTY,
  NEVER,
  type Observable,
  concat,
  concatMap,
  delay,
  filter,
  finalize,
  interval,
  map,
  merge,
  mergeMap,
  of,
  take,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import {
  type MqttClient,
  type MqttError,
  type MqttMessage,
  type Reply,
  type RespondOptions,
  type Responded,
  json,
} from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, puback, publish, suback } from '../../support/packets.js';
import { asked, exchanges, fixed } from './support.js';

const a = connack();
const s = suback(1, 1);

const inWords = (responded: Responded): string => {
  const request = responded.request.text();
  switch (responded.status) {
    case 'replied':
      return `${request}: replied to ${responded.topic} ${responded.result.reasonCode}`;
    case 'failed':
      return `${request}: ${responded.error.code}`;
    case 'unanswered':
      return `${request}: ${responded.reason}`;
  }
};

type Handler = (request: MqttMessage) => Reply<string | Uint8Array | undefined>;

/** A responder from the start until a moment, in words. */
function responding(
  mqtt: MqttClient,
  handler: Handler,
  options: RespondOptions = {},
  until?: number,
): Observable<string> {
  const words$ = mqtt.respond('lamp/+id/get', handler, options).pipe(map(inWords));
  return until === undefined ? words$ : words$.pipe(takeUntil(timer(until)));
}

const upper: Handler = request => request.text().toUpperCase();

describe('respond', () => {
  it(
    'publishes what the handler gives to where the request says, with its correlation data [MQTT-4.10]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a, s, x: asked('lamp/7/get', 1, 'a'), k: puback(2), l: puback(3, 0x10), y: asked('lamp/8/get', 2, 'b', 'you/too') }; // prettier-ignore
      const mqtt = client(broker(['-as-xk-yl'], script), {}, 20);
      expectTimeline(responding(mqtt, upper)).toBe(
        '5 a: replied to rxjs-mqtt/reply/you 0',
        '8 b: replied to you/too 16',
        '20 |',
      );
      expectTimeline(exchanges(mqtt)).toBe('4 rxjs-mqtt/reply/you (1) A', '7 you/too (2) B');
      expectTimeline(sent(mqtt)).toBe(
        '1 SUBSCRIBE #1 lamp/+/get:1',
        '4 PUBLISH q1 #2 rxjs-mqtt/reply/you',
        '7 PUBLISH q1 #3 you/too',
        '20 DISCONNECT',
      );
    }),
  );

  describe('takes from the handler', () => {
    const one = { a, s, x: asked('lamp/7/get', 1, 'a') };
    const gives = (title: string, handler: Handler, replies: string[], ...outcomes: string[]) =>
      it(
        title,
        mqttMarbles(({ broker, client, expectTimeline }) => {
          const mqtt = client(broker(['-asx'], one), {}, 20);
          expectTimeline(responding(mqtt, handler, { qos: 0 })).toBe(...outcomes, '20 |');
          expectTimeline(exchanges(mqtt).pipe(map(words => words.split(') ')[1] ?? ''))).toBe(...replies);
        }),
      );
    const done = 'a: replied to rxjs-mqtt/reply/you 0';
    gives('text, as one reply', () => 'text', ['3 text'], `3 ${done}`);
    gives('bytes, as one reply', () => Buffer.from('bytes'), ['3 bytes'], `3 ${done}`);
    gives('nothing, as an empty reply', () => undefined, ['3 '], `3 ${done}`);
    gives('a stream, at once', () => of('1', '2'), ['3 1', '3 2'], `3 ${done}`, `3 ${done}`);
    gives(
      'a stream, over time',
      () => interval(2).pipe(take(2), map(String)),
      ['5 0', '7 1'],
      `5 ${done}`,
      `7 ${done}`,
    );
    gives('an empty stream, as no reply', () => EMPTY, [], '3 a: noValue');
    gives('a stream that never ends', () => NEVER, []);
    gives(
      'an exception',
      () => {
        throw new Error('out of order');
      },
      [],
      '3 a: HANDLER_FAILED',
    );
    gives('an error', () => throwError(() => 'no error at all'), [], '3 a: HANDLER_FAILED');
    gives(
      'an error after values, which are replied all the same',
      () =>
        concat(
          of('1'),
          throwError(() => new Error('then not')),
        ),
      ['3 1'],
      '3 a: HANDLER_FAILED',
      `3 ${done}`,
    );
    gives('what is no payload', () => 7 as never, [], '3 a: INVALID_ARGUMENT');
    gives('what is no payload, between others', () => of('1', 7 as never, '3'), ['3 1', '3 3'], '3 a: INVALID_ARGUMENT', `3 ${done}`, `3 ${done}`); // prettier-ignore
  });

  it(
    'a handler that fails ends neither the stream nor its siblings; the error keeps what was thrown [S50]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const script = { a, s, x: asked('lamp/7/get', 1, 'bad'), y: asked('lamp/7/get', 2, 'good') };
      const mqtt = client(broker(['-asxy'], script), {}, 20);
      const thrown = new RangeError('bad');
      const outcome$ = mqtt
        .respond('lamp/+/get', request => (request.text() === 'bad' ? throwError(() => thrown) : 'yes'), { qos: 0 })
        .pipe(
          map(responded =>
            responded.status === 'failed'
              ? `${responded.error.message}; ${responded.error.cause === thrown}`
              : inWords(responded),
          ),
        );
      expectTimeline(outcome$).toBe(
        "3 the handler of the message of 'lamp/7/get' failed: bad; true",
        '4 good: replied to rxjs-mqtt/reply/you 0',
        '20 |',
      );
    }),
  );

  it(
    'a message without a response topic is none for the handler',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      let calls = 0;
      const mqtt = client(broker(['-asm'], { a, s, m: publish('lamp/7/get', { payload: 'a' }) }), {}, 20);
      const handler = () => `${++calls}`;
      expectTimeline(responding(mqtt, handler)).toBe('3 a: noResponseTopic', '20 |');
      expectTimeline(timer(10).pipe(map(() => `${calls} calls`))).toBe('10 0 calls', '10 |');
    }),
  );

  describe('replyTo: a requester names the topic, and the responder publishes there with its own rights', () => {
    const refused: [responseTopic: string, options?: RespondOptions][] = [
      ['$SYS/broker/uptime'],
      ['$share'],
      ['lamp/8/get'],
      ['a\u001b[31mb'],
      ['a\u0085b'],
      ['admin/door/open', { replyTo: 'replies/+id/#rest' }],
      ['admin/door/open', { replyTo: ['a/b', 'admin/door'] }],
      ['admin/door/open', { replyTo: topic => topic.startsWith('replies/') }],
    ];
    const allowed: [responseTopic: string, options?: RespondOptions][] = [
      ['admin/door/open'],
      ['lamp/8/got'],
      ['replies/me/1', { replyTo: 'replies/+id/#rest' }],
      ['admin/door', { replyTo: ['a/b', 'admin/door'] }],
      ['$own/x', { replyTo: (topic, request) => topic === '$own/x' && request.text() === 'a' }],
    ];
    for (const [cases, isAllowed] of [
      [refused, false],
      [allowed, true],
    ] as const) {
      for (const [responseTopic, options] of cases) {
        const given = options === undefined ? 'by default' : `by ${String(options.replyTo)}`;
        it(
          `${JSON.stringify(responseTopic)} is ${isAllowed ? 'allowed' : 'refused'} ${given} [S160]`,
          mqttMarbles(({ broker, client, expectTimeline }) => {
            const request = publish('lamp/7/get', { payload: 'a', qos: 1, packetId: 9, properties: { responseTopic } });
            const mqtt = client(broker(['-asm'], { a, s, m: request }), {}, 20);
            let calls = 0;
            const handler = () => `${++calls}`;
            const outcome = isAllowed ? `replied to ${responseTopic} 0` : 'replyTopicRefused';
            expectTimeline(responding(mqtt, handler, { qos: 0, ...options })).toBe(`3 a: ${outcome}`, '20 |');
            expectTimeline(exchanges(mqtt)).toBe(...(isAllowed ? [`3 ${responseTopic} 1`] : []));
            expectTimeline(timer(10).pipe(map(() => `${calls} calls`))).toBe(`10 ${isAllowed ? 1 : 0} calls`, '10 |');
          }),
        );
      }
    }

    it(
      'the topics of a filter with a prefix of the option topicPrefixes come back to the responder: refused [S160]',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const properties = { responseTopic: 'lamp/8/get' };
        const m = publish('lamp/7/get', { payload: 'a', properties });
        for (const [topicPrefixes, outcome] of [
          [['$local/'], '4 a: replyTopicRefused'],
          [[], undefined],
        ] as const) {
          const mqtt = client(broker(['-as-m'], { a, s, m }), { topicPrefixes }, 20);
          const responded$ = timer(0).pipe(
            concatMap(() => mqtt.respond('$local/lamp/+/get', () => 'b', { qos: 0 })),
            map(inWords),
          );
          expectTimeline(responded$).toBe(...(outcome === undefined ? [] : [outcome]), '20 |');
        }
      }),
    );

    it(
      'a function that throws is a failed request; a filter that is none is INVALID_ARGUMENT',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const m = publish('lamp/7/get', { payload: 'a', properties: { responseTopic: 'r' } });
        const mqtt = client(broker(['-asm'], { a, s, m }), {}, 20);
        const replyTo = () => {
          throw new Error('no');
        };
        expectTimeline(responding(mqtt, upper, { replyTo })).toBe('3 a: HANDLER_FAILED', '20 |');
        for (const wrong of ['a/#/b', [], 7]) {
          let code: unknown;
          mqtt.respond('x', upper, { replyTo: wrong as never }).subscribe({
            error: (error: unknown) => (code = (error as MqttError).code),
          });
          expect(code).to.equal('INVALID_ARGUMENT');
        }
      }),
    );
  });

  it(
    'without correlation data the reply has none',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const request = publish('lamp/7/get', { payload: 'a', properties: { responseTopic: 'r' } });
      const mqtt = client(broker(['-asm'], { a, s, m: request }), {}, 20);
      expectTimeline(responding(mqtt, upper, { qos: 0 })).toBe('3 a: replied to r 0', '20 |');
      expectTimeline(exchanges(mqtt)).toBe('3 r A');
    }),
  );

  it(
    'at most so many handlers at a time',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const script = { a, s, x: asked('lamp/7/get', 1, 'a'), y: asked('lamp/7/get', 2, 'b'), z: asked('lamp/7/get', 3, 'c') }; // prettier-ignore
      const handler: Handler = request => of(request.text()).pipe(delay(4));
      const two = client(broker(['-asxyz'], script), {}, 20);
      expectTimeline(responding(two, handler, { concurrency: 2, qos: 0 })).toBe(
        '7 a: replied to rxjs-mqtt/reply/you 0',
        '8 b: replied to rxjs-mqtt/reply/you 0',
        '11 c: replied to rxjs-mqtt/reply/you 0',
        '20 |',
      );
    }),
  );

  it(
    'params and value of the request are those of topic$; what cannot be decoded is a value too',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const script = { a, s, x: asked('lamp/7/get', 1, '{"on":true}'), y: asked('lamp/7/get', 2, '{') };
      const mqtt = client(broker(['-asxy'], script), {}, 20);
      const responded$ = mqtt.respond('lamp/+id/get', ({ params, value }) => ({ [params.id]: value.on }), {
        decode: json<{ on: boolean }>(),
        encode: json(),
        qos: 0,
        properties: { contentType: 'application/json' },
      });
      expectTimeline(responded$.pipe(map(inWords))).toBe(
        '3 {"on":true}: replied to rxjs-mqtt/reply/you 0',
        '4 {: DECODE_FAILED',
        '20 |',
      );
      expectTimeline(exchanges(mqtt)).toBe('3 rxjs-mqtt/reply/you (1) {"7":true}');
      const type$ = mqtt.packet$.pipe(
        concatMap(({ direction, packet }) =>
          direction === 'sent' && packet.cmd === 'publish' ? [`${packet.properties?.contentType}`] : [],
        ),
      );
      expectTimeline(type$).toBe('3 application/json');
    }),
  );

  const byHand = { a, s, x: publish('lamp/7/get', { payload: 'a', qos: 1, packetId: 1, properties: { responseTopic: 'r' } }), k: puback(2) }; // prettier-ignore

  for (const [ack, ...lines] of [
    ['answered', '5 PUBLISH q1 #2 r', '6 a: replied to r 0', '6 PUBACK #1'],
    ['received', '3 PUBACK #1', '5 PUBLISH q1 #2 r', '6 a: replied to r 0'],
  ] as const) {
    it(
      `a request is acknowledged when it is ${ack}`,
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const mqtt = client(broker(['-asx--k'], byHand), {}, 20);
        const warned$ = mqtt.warning$.pipe(map(({ code }) => code));
        const pub$ = sent(mqtt).pipe(filter(words => words.startsWith('PUB')));
        const replied$ = responding(mqtt, request => of(request.text()).pipe(delay(2)), { ack }, 18);
        expectTimeline(merge(pub$, replied$, warned$).pipe(takeUntil(timer(18)))).toBe(...lines, '18 |');
      }),
    );
  }

  it(
    'one that was not answered comes again where the session lasts; what waited for a handler is told',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const again = (n: number) => publish('lamp/7/get', { payload: `${n}`, qos: 1, packetId: n, dup: n > 2, properties: { responseTopic: 'r' } }); // prettier-ignore
      const script = { ...byHand, p: connack({ sessionPresent: true }), x: again(1), y: again(2), z: again(3) };
      const mqtt = client(broker(['-asxy#', '-pz'], script), { reconnect: fixed, clean: false, clientId: 'me' }, 20);
      const handler: Handler = () => timer(6).pipe(mergeMap(() => EMPTY));
      expectTimeline(responding(mqtt, handler, { concurrency: 1 }, 18)).toBe(
        '9 1: noValue',
        '9 2: stale',
        '16 3: noValue',
        '18 |',
      );
    }),
  );

  it(
    'one more than may wait is not handled, and told of',
    mqttMarbles(({ broker, client, act }) => {
      const x = publish('lamp/7/get', { payload: 'a', properties: { responseTopic: 'r' } });
      const mqtt = client(broker([`-as${'x'.repeat(1003)}`], { a, s, x }), {}, 1100);
      const words: string[] = [];
      responding(mqtt, () => NEVER, { concurrency: 1 }).subscribe(one => words.push(one));
      act('1010ms e', { e: () => expect(words).to.deep.equal(['a: overflow', 'a: overflow']) });
    }),
  );

  it(
    'a reply that waits goes out on the next connection',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const script = { a, s, x: asked('lamp/7/get', 1, 'a'), t: suback(2, 1), k: puback(3) };
      const mqtt = client(broker(['-asx#', '-atk'], script), { reconnect: fixed }, 20);
      expectTimeline(responding(mqtt, request => of(request.text()).pipe(delay(2)))).toBe(
        '10 a: replied to rxjs-mqtt/reply/you 0',
        '20 |',
      );
    }),
  );

  it(
    'unsubscribing stops the handlers and drops what waits; disconnect() completes it [S50]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      let stopped = 0;
      const mqtt = client(broker(['-asx'], { a, s, x: asked('lamp/7/get', 1, 'a') }), {}, 20);
      const forever$ = NEVER.pipe(finalize(() => stopped++));
      expectTimeline(responding(mqtt, () => forever$, {}, 10)).toBe('10 |');
      expectTimeline(timer(11).pipe(map(() => `${stopped} stopped`))).toBe('11 1 stopped', '11 |');
      expectTimeline(sent(mqtt)).toBe('1 SUBSCRIBE #1 lamp/+/get:1', '10 UNSUBSCRIBE #2 lamp/+/get', '20 DISCONNECT');
    }),
  );

  it(
    'ends as its topic$ does: refused, given up, closed [S50]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const refused = client(broker(['-as'], { a, s: suback(1, 0x87) }), {}, 20);
      expectTimeline(responding(refused, upper)).toBe('2 # SUBSCRIBE_REFUSED');
      const lost = client(broker(['-as#'], { a, s }), { reconnect: false }, 20);
      expectTimeline(responding(lost, upper)).toBe('3 # CONNECTION_CLOSED');
      expectTimeline(timer(5).pipe(concatMap(() => responding(lost, upper)))).toBe('5 # CLIENT_CLOSED');
      const closed = client(broker(['-asx'], { a, s, x: asked('lamp/7/get', 1, 'a') }), {}, 10);
      expectTimeline(responding(closed, () => NEVER)).toBe('10 |');
    }),
  );

  it(
    'arguments that cannot be are refused at subscription',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 20);
      const refused = (...args: unknown[]) => {
        const responded$ = mqtt.respond(...(args as Parameters<typeof mqtt.respond>));
        expectTimeline(responded$.pipe(map(inWords))).toBe('0 # INVALID_ARGUMENT');
      };
      refused('t', 'no function');
      refused('t', undefined);
      refused('a#', upper);
      refused([], upper);
      refused('+a/+a', upper);
      refused('t', upper, { concurrency: 0 });
      refused('t', upper, { timeout: 7 });
    }),
  );
});
