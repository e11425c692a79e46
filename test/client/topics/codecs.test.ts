import { expect } from 'chai';
import { EMPTY, catchError, concatMap, map, merge, mergeMap, of, takeUntil, timer } from 'rxjs';
import { MqttError, type MqttMessage, type PayloadDecoder, bytes, json, text } from '../../../src/index.js';
import { mockMqtt } from '../../../src/testing/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { inWords, topicFrom } from './support.js';

const a = connack();
const script = {
  a,
  s: suback(1, 1),
  m: publish('t', { payload: '{"n":1}' }),
  n: publish('t', { payload: '{"n":2}', qos: 1, packetId: 7 }),
  x: publish('t', { payload: 'no json', qos: 1, packetId: 8 }),
};
const value = (message: MqttMessage) => JSON.stringify(message.value);

describe('topic$ with decode', () => {
  it(
    'json, text and bytes make the value; without, there is none',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-m'], script), {}, 10);
      expectTimeline(topicFrom(0, mqtt, 't', { decode: json<{ n: number }>() }, 6, value)).toBe('4 {"n":1}', '6 |');
      expectTimeline(topicFrom(0, mqtt, 't', { decode: text }, 6, value)).toBe('4 "{\\"n\\":1}"', '6 |');
      const copied = ({ value: copy, payload }: MqttMessage) =>
        `${(copy as Uint8Array).length} ${(copy as Uint8Array).buffer === payload.buffer}`;
      expectTimeline(topicFrom(0, mqtt, 't', { decode: bytes }, 6, copied)).toBe('4 7 false', '6 |');
      expectTimeline(topicFrom(0, mqtt, 't', {}, 6, message => typeof message.value)).toBe('4 undefined', '6 |');
    }),
  );

  it(
    'any object with decode will do: it gets payload and message, once for all subscribers of a route [S20]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-mn'], script), {}, 10);
      let calls = 0;
      const decode: PayloadDecoder<string> = {
        decode: (payload, { topic, params }) => `${++calls} ${topic} ${JSON.stringify(params)} ${payload.length}`,
      };
      expectTimeline(topicFrom(0, mqtt, '+x', { decode }, 6, ({ value: made }) => String(made))).toBe(
        '4 1 t {"x":"t"} 7',
        '5 2 t {"x":"t"} 7',
        '6 |',
      );
      expectTimeline(topicFrom(0, mqtt, '+x', { decode }, 6, ({ value: made }) => String(made))).toBe(
        '4 1 t {"x":"t"} 7',
        '5 2 t {"x":"t"} 7',
        '6 |',
      );
    }),
  );

  it(
    'one bad message does not end the stream: it is left out, acknowledged, and shown by undecodable$ [S19] [S27]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as-mxn'], script), {}, 10);
      expectTimeline(topicFrom(0, mqtt, 't', { decode: json() }, 8, value)).toBe('4 {"n":1}', '6 {"n":2}', '8 |');
      expectTimeline(topicFrom(0, mqtt, 't', {}, 8)).toBe('4 t={"n":1}', '5 t=no json', '6 t={"n":2}', '8 |');
      const undecodable$ = mqtt.undecodable$.pipe(
        map(({ filters, message, error }) =>
          [filters.join(), inWords(message), error.code, (error.cause as Error).name, error.subject].join(' '),
        ),
      );
      expectTimeline(undecodable$).toBe('5 t t=no json DECODE_FAILED SyntaxError t');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '5 PUBACK #8',
        '6 PUBACK #7',
        '8 UNSUBSCRIBE #2 t',
        '10 DISCONNECT',
      );
    }),
  );

  it(
    "onDecodeError 'error': the stream errors, its neighbours go on [S27]",
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-mxn'], script), {}, 10);
      const options = { decode: json(), onDecodeError: 'error' } as const;
      expectTimeline(topicFrom(0, mqtt, 't', options, 8, value)).toBe('4 {"n":1}', '5 # DECODE_FAILED');
      expectTimeline(topicFrom(0, mqtt, 't', { decode: json() }, 8, value)).toBe('4 {"n":1}', '6 {"n":2}', '8 |');
      expectTimeline(mqtt.undecodable$.pipe(map(({ error }) => error.code))).toBe('5 DECODE_FAILED', '5 DECODE_FAILED');
    }),
  );

  it(
    'onDecodeError as a function is told; what it throws errors the stream',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-xn'], script), {}, 10);
      const told: string[] = [];
      const told$ = timer(9).pipe(map(() => told.join()));
      const tells = {
        decode: json(),
        onDecodeError: (error: MqttError, message: MqttMessage) => void told.push(`${error.code} ${inWords(message)}`),
      };
      const throws = {
        decode: json(),
        onDecodeError: () => {
          throw new MqttError('INVALID_ARGUMENT', 'mine');
        },
      };
      expectTimeline(topicFrom(0, mqtt, 't', tells, 8, value)).toBe('5 {"n":2}', '8 |');
      expectTimeline(topicFrom(0, mqtt, 't', throws, 8, value)).toBe('4 # INVALID_ARGUMENT');
      expectTimeline(told$).toBe('9 DECODE_FAILED t=no json', '9 |');
    }),
  );

  it(
    'bytes that are no UTF-8 are undecodable for text and json, not replaced in silence',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const bad = { ...publish('t'), payload: Uint8Array.of(0x22, 0xff, 0x22) };
      const mqtt = client(broker(['-as-b'], { ...script, b: bad }), {}, 10);
      expectTimeline(topicFrom(0, mqtt, 't', { decode: text }, 8)).toBe('8 |');
      expectTimeline(topicFrom(0, mqtt, 't', { decode: json() }, 8)).toBe('8 |');
      expectTimeline(mqtt.undecodable$.pipe(map(({ error }) => error.code))).toBe('4 DECODE_FAILED', '4 DECODE_FAILED');
    }),
  );

  it(
    'json can make sure of what it parsed',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-mn'], script), {}, 10);
      const decode = json(parsed => {
        const { n } = parsed as { n: number };
        if (n !== 2) throw new RangeError('two, please');
        return n;
      });
      expectTimeline(topicFrom(0, mqtt, 't', { decode }, 8, ({ value: n }) => String(n))).toBe('5 2', '8 |');
      const causes$ = mqtt.undecodable$.pipe(map(({ error }) => error.message));
      expectTimeline(causes$).toBe("4 cannot decode the message of 't': two, please");
    }),
  );

  it(
    'what nobody hears of on undecodable$ or by onDecodeError is a warning [S143]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-mx--x--x'], script), {}, 20);
      const warnings$ = mqtt.warning$.pipe(
        map(warning =>
          warning.code === 'UNDECODABLE' ? `${warning.topic} of ${warning.filters.join()}` : warning.code,
        ),
      );
      expectTimeline(topicFrom(0, mqtt, 't', { decode: json() }, 10, value)).toBe('4 {"n":1}', '10 |');
      expectTimeline(topicFrom(0, mqtt, '+', { decode: json(), onDecodeError: () => undefined }, 12, value)).toBe(
        '4 {"n":1}',
        '12 |',
      );
      const listening$ = timer(7).pipe(concatMap(() => mqtt.undecodable$.pipe(map(({ error }) => error.code))));
      expectTimeline(listening$.pipe(takeUntil(timer(10)))).toBe('8 DECODE_FAILED', '8 DECODE_FAILED', '10 |');
      expectTimeline(warnings$).toBe('5 t of t');
    }),
  );

  it(
    'and goes to the console once, where nobody hears warnings either [S143]',
    mqttMarbles(({ broker, client, expectTimeline, act }) => {
      const mqtt = client(broker(['-as-x--x'], script), { quiet: false }, 20);
      const { warn } = console;
      const said: string[] = [];
      act('a--------b', {
        a: () => (console.warn = (words: string) => said.push(words)),
        b: () => {
          console.warn = warn;
          expect(said).to.deep.equal([
            "rxjs-mqtt: UNDECODABLE: cannot decode the message of 't': it is not JSON; it was skipped: subscribe to undecodable$, or set " +
              "option 'onDecodeError'",
          ]);
        },
      });
      expectTimeline(topicFrom(0, mqtt, 't', { decode: json() }, 10, value)).toBe('10 |');
    }),
  );

  it(
    'what is no codec is INVALID_ARGUMENT',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker([]), {}, 5);
      for (const options of [
        { decode: 'json' },
        { decode: json },
        { decode: null },
        { decode: JSON },
        { decode: json(), onDecodeError: 'ignore' },
        { linger: -1 },
        { linger: NaN },
        { latest: 5 },
        { latest: { max: 0 } },
        { latest: { maximum: 1 } },
      ]) {
        expectTimeline(topicFrom(0, mqtt, 't', options as never)).toBe('0 # INVALID_ARGUMENT');
      }
    }),
  );
});

describe('publish with encode', () => {
  it(
    'M7: the JSON form of publish; text and bytes, or any object with encode',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 10);
      const published: string[] = [];
      mqtt.packet$.subscribe(({ packet }) => {
        if (packet.cmd === 'publish') published.push(`${packet.topic}=${Buffer.from(packet.payload).toString()}`);
      });
      act('--p', {
        p: () =>
          merge(
            mqtt.publish('json', { a: [1, null] }, { encode: json() }),
            mqtt.publish('text', 'grüße', { encode: text }),
            mqtt.publish('bytes', Uint8Array.of(65), { encode: bytes }),
            mqtt.publish('own', 20, { encode: { encode: (celsius: number, topic: string) => `${topic}:${celsius}` } }),
          ).subscribe(),
      });
      expectTimeline(timer(5).pipe(map(() => published.join(' ')))).toBe(
        '5 json={"a":[1,null]} text=grüße bytes=A own=own:20',
        '5 |',
      );
    }),
  );

  it(
    'M7: a publish by JSON gives its packet identifier',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 10);
      const result$ = mqtt.publish('t', { a: 1 }, { encode: json(), qos: 1, until: 'sent' });
      expectTimeline(result$.pipe(map(({ reached, packetId }) => `${reached} #${packetId}`))).toBe('1 sent #1', '1 |');
    }),
  );

  for (const [words, payload] of Object.entries({
    null: null,
    'a number': 21.5,
    'a boolean': true,
    'an object': { celsius: 21.5 },
    'an array': [1],
    'an object of class Promise': Promise.resolve('x'),
    'an object of class Uint16Array': new Uint16Array(1),
  })) {
    it(`without it, ${words} is INVALID_ARGUMENT, and the message says how to send it`, () => {
      let failure: unknown;
      mockMqtt()
        .publish('t', payload as never)
        .subscribe({ error: (error: unknown) => (failure = error) });
      expect(failure).to.include({
        code: 'INVALID_ARGUMENT',
        subject: 'payload',
        message:
          `a payload must be a string, a Uint8Array or an ArrayBuffer, not ${words}; ` +
          "option 'encode', such as json(), encodes other values",
      });
    });
  }

  it(
    'what cannot be encoded is INVALID_ARGUMENT with its cause, and nothing is sent',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 10);
      const circle: Record<string, unknown> = {};
      circle.circle = circle;
      const wrong = { encode: () => 5 as never };
      const errors$ = of(
        mqtt.publish('t', circle, { encode: json() }),
        mqtt.publish('t', undefined, { encode: json() }),
        mqtt.publish('t', () => 1, { encode: json() }),
        mqtt.publish('t', 1n, { encode: json() }),
        mqtt.publish('t', undefined, { encode: wrong }),
        mqtt.publish('t', 'x', { encode: {} as never }),
      ).pipe(
        mergeMap(result$ =>
          result$.pipe(
            catchError((error: unknown) => {
              const { code, subject, cause } = error as MqttError;
              return of(`${code} ${subject} ${(cause as Error | undefined)?.name}`);
            }),
          ),
        ),
        map(String),
      );
      expectTimeline(merge(errors$, EMPTY)).toBe(
        '0 INVALID_ARGUMENT payload TypeError',
        '0 INVALID_ARGUMENT payload TypeError',
        '0 INVALID_ARGUMENT payload TypeError',
        '0 INVALID_ARGUMENT payload TypeError',
        '0 INVALID_ARGUMENT payload undefined',
        '0 INVALID_ARGUMENT encode undefined',
        '0 |',
      );
      expectTimeline(sent(mqtt)).toBe();
    }),
  );
});
