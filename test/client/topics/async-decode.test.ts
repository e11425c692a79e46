import { type Observable, NEVER, map, take, timer } from 'rxjs';
import { type MqttMessage, type PayloadDecoder } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { inWords, topicFrom } from './support.js';

/** `decode` takes the number of ms that is the payload: `5` settles after 5 ms, `5!` fails after it, `0` is synchronous, and `-` never. */
const decode: PayloadDecoder<string> = {
  decode: payload => {
    const words = Buffer.from(payload).toString();
    const ms = Number.parseInt(words);
    if (words === '0!') throw new RangeError('no');
    if (ms === 0) return words;
    return promiseOf(words === '-' ? NEVER : timer(ms).pipe(map(() => words)));
  },
};

/** A promise on virtual time. */
const promiseOf = (words$: Observable<string>): PromiseLike<string> =>
  ({
    then: (resolve: (value: string) => unknown, reject: (error: unknown) => unknown) =>
      void words$.subscribe(words => (words.endsWith('!') ? reject(new RangeError('no')) : resolve(words))),
  }) as unknown as PromiseLike<string>;

let packetId = 0;
const qos1 = (payload: string, id = ++packetId) => publish('t', { payload, qos: 1, packetId: id });
const script = { a: connack(), s: suback(1, 1) };
const value = ({ value: decoded }: MqttMessage) => String(decoded);

describe('topic$ with a decode that returns promises', () => {
  it(
    'emits in the order of arrival, and acknowledges a message only after it is decoded [S200]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const messages = {
        ...script,
        m: qos1('6', 1),
        n: qos1('1', 2),
        o: qos1('0', 3),
        p: publish('t', { payload: '0' }),
      };
      const mqtt = client(broker(['-as-mnop'], messages), {}, 20);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '10 PUBACK #1',
        '10 PUBACK #2',
        '10 PUBACK #3',
        '15 UNSUBSCRIBE #2 t',
        '20 DISCONNECT',
      );
      expectTimeline(topicFrom(0, mqtt, 't', { decode }, 15, value)).toBe('10 6', '10 1', '10 0', '10 0', '15 |');
    }),
  );

  it(
    'leaves out what is rejected or throws, in its turn, shows it on undecodable$ and acknowledges it [S200]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const messages = { ...script, m: qos1('5', 1), n: qos1('1!', 2), o: qos1('0!', 3), p: qos1('1', 4) };
      const mqtt = client(broker(['-as-mnop'], messages), {}, 20);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '9 PUBACK #1',
        '9 PUBACK #2',
        '9 PUBACK #3',
        '9 PUBACK #4',
        '15 UNSUBSCRIBE #2 t',
        '20 DISCONNECT',
      );
      expectTimeline(topicFrom(0, mqtt, 't', { decode }, 15, value)).toBe('9 5', '9 1', '15 |');
      expectTimeline(mqtt.undecodable$.pipe(map(({ message, error }) => `${inWords(message)} ${error.code}`))).toBe(
        '9 t=1! DECODE_FAILED',
        '9 t=0! DECODE_FAILED',
      );
    }),
  );

  it(
    "onDecodeError 'error' ends the stream, and what waited behind is offered to others [S201]",
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const messages = { ...script, m: qos1('5!', 1), n: qos1('-', 2) };
      const mqtt = client(broker(['-as-mn'], messages), {}, 20);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '9 PUBACK #1',
        '9 PUBACK #2',
        '9 UNSUBSCRIBE #2 t',
        '20 DISCONNECT',
      );
      expectTimeline(topicFrom(0, mqtt, 't', { decode, onDecodeError: 'error' }, 15, value)).toBe('9 # DECODE_FAILED');
      expectTimeline(mqtt.unrouted$.pipe(map(inWords))).toBe('9 t=-');
    }),
  );

  it(
    "with ack: 'manual', a message that waits for its promise when its stream ends goes to the next stream [S201]",
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const messages = { ...script, t: suback(2, 1), m: qos1('2', 1), n: qos1('-', 2) };
      const mqtt = client(broker(['-as-mn'], messages), { clean: false, clientId: 'c' }, 20);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5 resume',
        '1 SUBSCRIBE #1 t:1',
        '6 PUBACK #1',
        '9 PUBACK #2',
        '20 DISCONNECT',
      );
      const manual = { ack: 'manual', decode, unsubscribeOnLeave: false } as const;
      const first$ = mqtt.topic$('t', manual).pipe(take(1));
      const second$ = timer(9).pipe(
        map(() => mqtt.topic$('t', { ack: 'manual', unsubscribeOnLeave: false })),
        take(1),
      );
      const got: string[] = [];
      second$.subscribe(second =>
        second.subscribe(message => {
          got.push(inWords(message));
          message.ack();
        }),
      );
      expectTimeline(
        first$.pipe(
          map(message => {
            message.ack();
            return value(message);
          }),
        ),
      ).toBe('6 2', '6 |');
      expectTimeline(timer(12).pipe(map(() => got.join()))).toBe('12 t=-', '12 |');
    }),
  );

  it(
    'consume() handles decoded messages in order, and acknowledges after the handler [S200]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const messages = { ...script, m: qos1('4', 1), n: qos1('1', 2) };
      const mqtt = client(broker(['-as-mn'], messages), {}, 20);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '9 PUBACK #1',
        '10 PUBACK #2',
        '20 DISCONNECT',
      );
      const consumed$ = mqtt.consume('t', ({ value: ms }) => timer(1).pipe(map(() => ms)), { decode });
      expectTimeline(
        consumed$.pipe(map(each => `${each.status} ${each.status === 'done' ? each.value : ''} ${each.acknowledged}`)),
      ).toBe('9 done 4 true', '10 done 1 true', '20 |');
    }),
  );

  it(
    'a neighbour without decode gets the message at once, which is acknowledged after both',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as-m'], { ...script, m: qos1('3', 1) }), {}, 20);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '7 PUBACK #1',
        '15 UNSUBSCRIBE #2 t',
        '20 DISCONNECT',
      );
      expectTimeline(topicFrom(0, mqtt, 't', {}, 15)).toBe('4 t=3', '15 |');
      expectTimeline(topicFrom(0, mqtt, 't', { decode }, 15, value)).toBe('7 3', '15 |');
    }),
  );

  it(
    'a message whose connection is lost meanwhile is emitted, and stale for a manual stream [S201]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['-as-m|', '-'], { ...script, m: qos1('6', 1) }), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 't', { decode }, 15, value)).toBe('10 6', '15 |');
      const stale$ = mqtt.topic$('t', { decode, ack: 'manual' });
      expectTimeline(stale$.pipe(map(message => `${value(message)} ${message.stale} ${message.ack()}`))).toBe(
        '10 6 true false',
        '20 |',
      );
    }),
  );

  it(
    'disconnect() completes the stream without the messages that wait for a promise',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-as-mn'], { ...script, m: qos1('-', 1), n: qos1('0', 2) }), {}, 10);
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 SUBSCRIBE #1 t:1', '10 DISCONNECT');
      expectTimeline(mqtt.topic$('t', { decode }).pipe(map(value))).toBe('10 |');
    }),
  );

  it(
    'pauses reading at the bound of its buffer, until half of it is decoded [S201]',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const messages = { ...script, m: qos1('6', 1), n: qos1('6', 2), o: qos1('6', 3) };
      const mqtt = client(broker(['-as-mno'], messages), {}, 25);
      const options = { decode, ack: 'manual', buffer: { size: 2 } } as const;
      expectTimeline(
        mqtt.topic$('t', options).pipe(
          map(message => {
            message.ack();
            return value(message);
          }),
        ),
      ).toBe('10 6', '11 6', '16 6', '25 |');
    }),
  );

  it(
    'latest keeps what is decoded, in order',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const messages = { ...script, m: publish('t', { payload: '4' }), n: publish('t', { payload: '0' }) };
      const mqtt = client(broker(['-as-mn'], messages), {}, 20);
      const options = { decode, latest: true };
      expectTimeline(topicFrom(0, mqtt, 't', options, 15, value)).toBe('8 4', '8 0', '15 |');
      expectTimeline(topicFrom(6, mqtt, 't', options, 7, value)).toBe('7 |');
      expectTimeline(topicFrom(10, mqtt, 't', options, 15, value)).toBe('10 0', '15 |');
    }),
  );
});
