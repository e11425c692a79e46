import { expect } from 'chai';
import {
  NEVER,
  Observable,
  type Observer,
  Subject,
  concat,
  from,
  lastValueFrom,
  map,
  of,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import {
  type MqttClient,
  MqttError,
  type OutgoingMessage,
  type PublishAllOptions,
  type PublishOutcome,
  json,
  memoryTransport,
  mqtt,
} from '../../src/index.js';
import { peerReads } from '../codec/peer.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, puback, pubcomp, pubrec } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';

const a = connack();
const one = connack({ properties: { receiveMaximum: 1 } });
const to = (topic: string, rest: Partial<OutgoingMessage> = {}): OutgoingMessage => ({ topic, qos: 1, ...rest });
const many = (...topics: string[]) => from(topics.map(topic => to(topic)));

/** `t acknowledged`, `t rejected QUEUE_FULL`. */
const words = (outcome: PublishOutcome) =>
  outcome.status === 'published'
    ? `${outcome.message.topic} ${outcome.result.reached}`
    : `${outcome.message?.topic} ${outcome.status} ${outcome.error.code}`;

const outcomes = (mqtt: MqttClient, message$: Observable<OutgoingMessage>, options?: PublishAllOptions) =>
  message$.pipe(mqtt.publishAll(options), map(words));

/** After `ms`. */
const later = <T>(ms: number, stream$: Observable<T>): Observable<T> =>
  new Observable(subscriber => timer(ms).subscribe(() => subscriber.add(stream$.subscribe(subscriber))));

/** On real time: a broker in memory that acknowledges in a later turn. */
function acknowledging(): MqttClient {
  const transport = memoryTransport(peer => {
    peer.data$.subscribe(chunk => {
      for (const packet of peerReads(5, chunk)) {
        setImmediate(() => {
          if (packet.cmd === 'connect') peer.write(serverBytes(a, 5));
          if (packet.cmd === 'publish') peer.write(serverBytes(puback(packet.messageId!), 5));
        });
      }
    });
  });
  return mqtt('mqtt://broker', { transport, protocolVersion: 5 });
}

describe('publishAll', () => {
  describe('outcomes', () => {
    const script = { a, k: puback(1), l: puback(2), m: puback(3) };

    it(
      'come as the messages settle, and the stream completes with the last [S42]',
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const mqtt = client(broker(['-a--m-l-k'], script), {}, 20);
        expectTimeline(sent(mqtt)).toBe(
          '0 CONNECT v5',
          '1 PUBLISH q1 #1 x',
          '1 PUBLISH q1 #2 y',
          '1 PUBLISH q1 #3 z',
          '20 DISCONNECT',
        );
        expectTimeline(outcomes(mqtt, many('x', 'y', 'z'))).toBe(
          '4 z acknowledged',
          '6 y acknowledged',
          '8 x acknowledged',
          '8 |',
        );
      }),
    );

    it(
      'come in the order of the messages with ordered: true [S42]',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a--m-k-l'], script), {}, 20);
        expectTimeline(outcomes(mqtt, many('x', 'y', 'z'), { ordered: true })).toBe(
          '6 x acknowledged',
          '8 y acknowledged',
          '8 z acknowledged',
          '8 |',
        );
      }),
    );

    it(
      'with ordered: true one that is slow counts for concurrency until it is told, so what waits behind it is bounded',
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const mqtt = client(broker(['-a--l---k-m'], script), {}, 20);
        expectTimeline(sent(mqtt)).toBe(
          '0 CONNECT v5',
          '1 PUBLISH q1 #1 x',
          '1 PUBLISH q1 #2 y',
          '8 PUBLISH q1 #3 z',
          '20 DISCONNECT',
        );
        const options = { ordered: true, concurrency: 2 };
        expectTimeline(outcomes(mqtt, many('x', 'y', 'z'), options)).toBe(
          '8 x acknowledged',
          '8 y acknowledged',
          '10 z acknowledged',
          '10 |',
        );
      }),
    );

    it(
      'hold the result of publish() and the very object of the source [S42]',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const message = to('t', { qos: 2 });
        const mqtt = client(broker(['-a--k'], script), { maximumQoS: 1 }, 20);
        const seen$ = of(message).pipe(
          mqtt.publishAll(),
          map(outcome => {
            expect(outcome.message).to.equal(message);
            return JSON.stringify(outcome.status === 'published' && outcome.result);
          }),
        );
        const result = { topic: 't', qos: 1, requestedQoS: 2, reached: 'acknowledged', packetId: 1, reasonCode: 0 };
        expectTimeline(seen$).toBe(`4 ${JSON.stringify(result)}`, '4 |');
      }),
    );

    it(
      'say how far: QoS 0 when the link has it, QoS 2 by PUBCOMP, until as asked for',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a-b--c'], { a, b: pubrec(1), c: pubcomp(1) }), {}, 20);
        const messages = [
          to('two', { qos: 2 }),
          to('zero', { qos: 0 }),
          to('queued', { until: 'queued' }),
          to('sent', { until: 'sent' }),
        ];
        expectTimeline(outcomes(mqtt, from(messages))).toBe(
          '0 queued queued',
          '1 zero acknowledged',
          '1 sent sent',
          '6 two acknowledged',
          '6 |',
        );
      }),
    );
  });

  describe('a message that fails is a value, and the others go on:', () => {
    it(
      'what is no message',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a-k'], { a, k: puback(1) }), {}, 20);
        const wrong: unknown[] = [
          null,
          7,
          [],
          { payload: 'x' },
          { topic: 'a/+' },
          { topic: 't', QoS: 1 },
          { topic: 't', qos: 3 },
          { topic: 't', payload: { no: 'codec' } },
          { topic: 't', properties: { topicAlias: 1 } },
          Object.defineProperty({ topic: 't' }, 'qos', {
            enumerable: true,
            get: () => {
              throw new RangeError('no');
            },
          }),
        ];
        const seen: string[] = [];
        const note: Partial<Observer<PublishOutcome>> = {
          next: outcome => seen.push(outcome.status === 'published' ? 'published' : outcome.error.message),
        };
        from([...wrong, to('t')] as OutgoingMessage[])
          .pipe(mqtt.publishAll())
          .subscribe(note);
        expectTimeline(timer(5).pipe(map(() => String(seen.length)))).toBe('5 11', '5 |');
        timer(6).subscribe(() => {
          expect(seen.slice(0, 3)).to.deep.equal([
            'publishAll takes plain objects { topic, payload, ... }; got null',
            'publishAll takes plain objects { topic, payload, ... }; got a number',
            'publishAll takes plain objects { topic, payload, ... }; got an array',
          ]);
          expect(seen[5]).to.equal("unknown message key 'QoS'; did you mean 'qos'?");
          expect(seen[6]).to.equal("message key 'qos' must be 0, 1 or 2; got 3");
          expect(seen[9]).to.equal('cannot read the message: no');
          expect(seen[10]).to.equal('published');
        });
      }),
    );

    it(
      "the broker's reason code, its limits, and PUBREC with an error, which gives its place back",
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const small = connack({ properties: { maximumPacketSize: 20, receiveMaximum: 1 } });
        const script = { a: small, k: puback(1, 0x97), r: pubrec(2, 0x83), l: puback(3) };
        const mqtt = client(broker(['-a-k-r-l'], script), {}, 20);
        expectTimeline(sent(mqtt)).toBe(
          '2 CONNECT v5',
          '3 PUBLISH q1 #1 quota',
          '5 PUBLISH q2 #2 two',
          '7 PUBLISH q1 #3 good',
          '20 DISCONNECT',
        );
        const messages = [to('quota'), to('a topic that is too long'), to('two', { qos: 2 }), to('good')];
        expectTimeline(later(2, outcomes(mqtt, from(messages)))).toBe(
          '3 a topic that is too long rejected PACKET_TOO_LARGE',
          '5 quota rejected PUBLISH_REFUSED',
          '7 two rejected PUBLISH_REFUSED',
          '9 good acknowledged',
          '9 |',
        );
      }),
    );

    it(
      'QoS 0 without a connection in sight, timeouts, expiry, eviction by others',
      mqttMarbles(({ broker, client, act, expectTimeline }) => {
        const queue = { maxMessages: 1, overflow: 'evictOldest' } as const;
        const mqtt = client(broker(['#']), { queue }, 20);
        mqtt.connect().subscribe({ error: () => undefined });
        expectTimeline(later(1, outcomes(mqtt, of(to('zero', { qos: 0 }))))).toBe(
          '1 zero rejected NOT_CONNECTED',
          '1 |',
        );
        expectTimeline(later(2, outcomes(mqtt, of(to('slow', { timeout: 3 }))))).toBe(
          '5 slow rejected PUBLISH_TIMEOUT',
          '5 |',
        );
        const expiring = to('late', { properties: { messageExpiryInterval: 0 } });
        expectTimeline(later(6, outcomes(mqtt, of(expiring)))).toBe('6 late rejected MESSAGE_EXPIRED', '6 |');
        act('-------e', { e: () => mqtt.publish('other', 'x', { qos: 1 }).subscribe({ error: () => undefined }) });
        expectTimeline(later(6, outcomes(mqtt, of(to('old'))))).toBe('7 old rejected MESSAGE_EVICTED', '7 |');
      }),
    );

    it(
      'SESSION_LOST is an outcome of its own kind: nobody can tell',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a-#', '-a'], { a }), { reconnect: { initial: 3, jitter: 'none' } }, 20);
        expectTimeline(outcomes(mqtt, of(to('two', { qos: 2 })))).toBe('7 two indeterminate SESSION_LOST', '7 |');
      }),
    );
  });

  describe('is bounded', () => {
    it(
      'by concurrency [S43]',
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const mqtt = client(broker(['-a-k-l'], { a, k: puback(1), l: puback(2) }), {}, 20);
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '1 PUBLISH q1 #1 x', '3 PUBLISH q1 #2 y', '20 DISCONNECT');
        expectTimeline(outcomes(mqtt, many('x', 'y'), { concurrency: 1 })).toBe(
          '3 x acknowledged',
          '5 y acknowledged',
          '5 |',
        );
      }),
    );

    it(
      "by the broker's Receive Maximum: what others publish does not wait behind all of it; QoS 0 does not count",
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const script = { a: one, k: puback(1), l: puback(2), m: puback(3) };
        const mqtt = client(broker(['-a---k-l-m'], script), {}, 20);
        expectTimeline(sent(mqtt)).toBe(
          '0 CONNECT v5',
          '2 PUBLISH q1 #1 x',
          '5 PUBLISH q1 #2 other',
          '7 PUBLISH q1 #3 y',
          '13 PUBLISH q0 a',
          '13 PUBLISH q0 b',
          '13 PUBLISH q0 c',
          '20 DISCONNECT',
        );
        mqtt.connect().subscribe();
        expectTimeline(later(2, outcomes(mqtt, many('x', 'y')))).toBe('5 x acknowledged', '9 y acknowledged', '9 |');
        act('----o', { o: () => mqtt.publish('other', '', { qos: 1 }).subscribe() });
        const zeros$ = from(['a', 'b', 'c'].map(topic => to(topic, { qos: 0 })));
        expectTimeline(later(13, outcomes(mqtt, zeros$).pipe(take(3)))).toBe(
          '13 a acknowledged',
          '13 b acknowledged',
          '13 c acknowledged',
          '13 |',
        );
      }),
    );

    it(
      'by half of the queue, which others can fill; when they do it waits for them',
      mqttMarbles(({ broker, client, act, expectTimeline }) => {
        const acks = Object.fromEntries([1, 2, 3, 4, 5, 6].map(id => [String(id), puback(id)]));
        const mqtt = client(broker(['-----a-123456'], { a, ...acks }), { queue: { maxMessages: 4 } }, 30);
        const full: string[] = [];
        const other = (topic: string) => () =>
          mqtt
            .publish(topic, '', { qos: 1 })
            .subscribe({ error: (error: unknown) => full.push((error as MqttError).code) });
        act('-xyz', { x: other('x'), y: other('y'), z: other('z') });
        expectTimeline(outcomes(mqtt, many('a', 'b', 'c'))).toBe(
          '7 a acknowledged',
          '8 b acknowledged',
          '11 c acknowledged',
          '11 |',
        );
        // while the queue is full of others: nothing of ours is on its way to make room
        expectTimeline(later(4, outcomes(mqtt, many('d')))).toBe('12 d acknowledged', '12 |');
        timer(20).subscribe(() => expect(full).to.deep.equal(['QUEUE_FULL']));
      }),
    );

    it(
      'by a buffer for what an observable emits too fast, with a policy',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const acks = { k: puback(1), l: puback(2) };
        const refusing = client(broker(['-a-k-l'], { a, ...acks }), {}, 20);
        expectTimeline(outcomes(refusing, many('a', 'b', 'c', 'd'), { concurrency: 1, buffer: 1 })).toBe(
          '0 c rejected QUEUE_FULL',
          '0 d rejected QUEUE_FULL',
          '3 a acknowledged',
          '5 b acknowledged',
          '5 |',
        );
        const evicting = client(broker(['-a-k-l'], { a, ...acks }), {}, 20);
        const options = { concurrency: 1, buffer: 1, overflow: 'evictOldest', ordered: true } as const;
        expectTimeline(outcomes(evicting, many('a', 'b', 'c', 'd'), options)).toBe(
          '0 b rejected MESSAGE_EVICTED',
          '0 c rejected MESSAGE_EVICTED',
          '3 a acknowledged',
          '5 d acknowledged',
          '5 |',
        );
        const none = client(broker(['-a-k'], { a, ...acks }), {}, 20);
        expectTimeline(outcomes(none, many('a', 'b'), { ...options, buffer: 0 })).toBe(
          '0 b rejected QUEUE_FULL',
          '3 a acknowledged',
          '3 |',
        );
      }),
    );
  });

  describe('ends', () => {
    it(
      'with the error of the source, after the outcomes of what came before [S44]',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a-k-l'], { a, k: puback(1), l: puback(2) }), {}, 20);
        const failing$ = concat(
          many('x', 'y'),
          throwError(() => new MqttError('DECODE_FAILED', 'no')),
        );
        expectTimeline(outcomes(mqtt, failing$, { concurrency: 1 })).toBe(
          '3 x acknowledged',
          '5 y acknowledged',
          '5 # DECODE_FAILED',
        );
      }),
    );

    it(
      'by unsubscribing: what has not been sent is dropped, what has been goes on [S45]',
      mqttMarbles(({ broker, client, sent, expectTimeline }) => {
        const mqtt = client(broker(['-a---k-l'], { a: one, k: puback(1), l: puback(2) }), {}, 20);
        expectTimeline(sent(mqtt)).toBe('2 CONNECT v5', '3 PUBLISH q1 #1 x', '7 PUBLISH q1 #2 other', '20 DISCONNECT');
        const mine$ = outcomes(mqtt, concat(many('x', 'y', 'z'), NEVER), { concurrency: 2 });
        timer(2).subscribe(() => {
          const subscription = mine$.subscribe();
          timer(2).subscribe(() => subscription.unsubscribe());
        });
        timer(2).subscribe(() => mqtt.publish('other', '', { qos: 1 }).subscribe());
        expectTimeline(mqtt.ack$.pipe(map(ack => (ack.kind === 'publish' ? ack.topic : '')))).toBe('7 x', '9 other');
      }),
    );

    it(
      'by take() in the middle of a synchronous source',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a'], { a }), {}, 20);
        let asked = 0;
        const source$ = new Observable<OutgoingMessage>(subscriber => {
          while (!subscriber.closed && asked < 1000) {
            asked++;
            subscriber.next({ topic: '' });
          }
        });
        expectTimeline(outcomes(mqtt, source$).pipe(take(2))).toBe(
          '0  rejected INVALID_ARGUMENT',
          '0  rejected INVALID_ARGUMENT',
          '0 |',
        );
        expect(asked).to.equal(2);
      }),
    );

    it(
      'by disconnect(): it completes after the outcomes of all that it had taken [S44]',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a'], { a: one }), {}, 9);
        expectTimeline(outcomes(mqtt, concat(many('sent', 'queued', 'buffered'), NEVER), { concurrency: 2 })).toBe(
          '9 queued rejected CLIENT_CLOSED',
          '9 sent indeterminate CLIENT_CLOSED',
          '9 buffered rejected CLIENT_CLOSED',
          '9 |',
        );
        expectTimeline(outcomes(mqtt, NEVER)).toBe('9 |');
        expectTimeline(later(10, outcomes(mqtt, many('late')))).toBe('10 # CLIENT_CLOSED');
      }),
    );

    it(
      'with CLIENT_CLOSED when the client ends with an error, after the outcomes [S44]',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a'], { a: connack({ reasonCode: 0x8a }) }), {}, 9);
        expectTimeline(outcomes(mqtt, concat(many('x', 'y'), NEVER), { concurrency: 1 })).toBe(
          '1 x rejected CLIENT_CLOSED',
          '1 y rejected CLIENT_CLOSED',
          '1 # CLIENT_CLOSED',
        );
      }),
    );

    it(
      'at once with INVALID_ARGUMENT for its options',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker([]), {}, 9);
        const wrong = [
          null,
          7,
          { concurrency: 0 },
          { concurrency: 1.5 },
          { buffer: -1 },
          { overflow: 'drop' },
          { qos: 3 },
        ];
        for (const options of [...wrong, { ordred: true }]) {
          expectTimeline(outcomes(mqtt, many('t'), options as PublishAllOptions)).toBe('0 # INVALID_ARGUMENT');
        }
        expectTimeline(mqtt.connection$.pipe(map(({ status }) => status))).toBe(
          '0 idle',
          '9 disconnecting',
          '9 closed',
          '9 |',
        );
      }),
    );
  });

  it(
    'needs the broker with its first message, not before',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const mqtt = client(broker(['-a-k'], { a, k: puback(1) }), {}, 9);
      expectTimeline(status(mqtt)).toBe('0 idle', '2 connecting', '3 connected', '9 disconnecting', '9 closed', '9 |');
      const message$ = new Subject<OutgoingMessage>();
      expectTimeline(outcomes(mqtt, message$)).toBe('5 t acknowledged', '9 |');
      act('--m', { m: () => message$.next(to('t')) });
    }),
  );

  it(
    'takes the options of publish() as defaults; those of a message come first',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), {}, 9);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 PUBLISH q1 #1 retain a',
        '1 PUBLISH q0 b',
        '1 PUBLISH q1 #2 retain c',
        '9 DISCONNECT',
      );
      const messages = [
        { topic: 'a', payload: { x: 1 } },
        { topic: 'b', payload: 2, qos: 0, retain: false } as const,
        { topic: 'c', payload: 3, qos: undefined },
      ] as OutgoingMessage<unknown>[];
      const options = { qos: 1, retain: true, encode: json(), properties: { contentType: 'json' } } as const;
      from(messages).pipe(mqtt.publishAll<unknown>(options)).subscribe();
      const payloads$ = mqtt.packet$.pipe(
        map(({ packet }) =>
          packet.cmd === 'publish'
            ? `${new TextDecoder().decode(packet.payload)} ${packet.properties?.contentType}`
            : packet.cmd,
        ),
      );
      expectTimeline(payloads$).toBe('1 connack', '1 {"x":1} json', '1 2 json', '1 3 json', '9 disconnect');
    }),
  );

  it(
    'takes withdraw for all messages, except for one that sets it itself [S114]',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a----|', '-a'], { a }), { reconnect: { initial: 3, jitter: 'none' } }, 20);
      const messages = [to('withdrawn'), to('kept', { withdraw: false })];
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 PUBLISH q1 #1 withdrawn',
        '1 PUBLISH q1 #2 kept',
        '9 CONNECT v5',
        '10 PUBLISH q1 #3 kept',
        '20 DISCONNECT',
      );
      from(messages)
        .pipe(mqtt.publishAll({ withdraw: true }), takeUntil(timer(4)))
        .subscribe();
    }),
  );

  it(
    'what is sent says how much of its lifetime is left, wherever it waited',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const mqtt = client(broker(['2500ms a 2s k 2s l'], { a, k: puback(1), l: puback(2) }), {}, 20_000);
      const expiring = (topic: string, seconds: number) =>
        to(topic, { properties: { messageExpiryInterval: seconds } });
      const messages = [expiring('queued', 9), expiring('buffered', 9), expiring('too late', 6)];
      expectTimeline(outcomes(mqtt, from(messages), { concurrency: 1 })).toBe(
        '4501 queued acknowledged',
        '6502 buffered acknowledged',
        '6502 too late rejected MESSAGE_EXPIRED',
        '6502 |',
      );
      const left$ = mqtt.packet$.pipe(
        map(({ packet }) => (packet.cmd === 'publish' ? `${packet.properties?.messageExpiryInterval} s` : packet.cmd)),
      );
      expectTimeline(left$).toBe(
        '2500 connack',
        '2500 7 s',
        '4501 puback',
        '4501 5 s',
        '6502 puback',
        '20000 disconnect',
      );
    }),
  );

  describe('of an iterable', () => {
    it(
      'asks for messages as there is room for them, each time from the beginning [S43]',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const mqtt = client(broker(['-a-k-l'], { a, k: puback(1), l: puback(2) }), {}, 20);
        let asked = 0;
        const messages = {
          *[Symbol.iterator]() {
            for (const topic of ['x', 'y']) {
              asked++;
              yield to(topic);
            }
          },
        };
        expectTimeline(mqtt.publishAll(messages, { concurrency: 1 }).pipe(map(words))).toBe(
          '3 x acknowledged',
          '5 y acknowledged',
          '5 |',
        );
        timer(2).subscribe(() => expect(asked).to.equal(1));
        timer(8).subscribe(() => {
          mqtt.publishAll(messages).subscribe();
          expect(asked).to.equal(4);
        });
      }),
    );

    it(
      'leaves it when unsubscribed or when the client is closed; what it throws comes after the outcomes',
      mqttMarbles(({ broker, client, expectTimeline }) => {
        const left: string[] = [];
        function* messages(name: string, error?: unknown) {
          try {
            yield to('x');
            if (error) throw error;
            yield to('y');
          } finally {
            left.push(name);
          }
        }
        const script = () => broker(['-a-k'], { a, k: puback(1) });
        const options = { concurrency: 1 };
        const taken = client(script(), {}, 9);
        expectTimeline(taken.publishAll(messages('taken'), options).pipe(take(1), map(words))).toBe(
          '3 x acknowledged',
          '3 |',
        );
        const closed = client(script(), {}, 2);
        expectTimeline(closed.publishAll(messages('closed'), options).pipe(map(words))).toBe(
          '2 x indeterminate CLIENT_CLOSED',
          '2 |',
        );
        const failed = client(script(), {}, 9);
        const failing = messages('failed', new MqttError('DECODE_FAILED', 'no'));
        expectTimeline(failed.publishAll(failing, options).pipe(map(words))).toBe(
          '3 x acknowledged',
          '3 # DECODE_FAILED',
        );
        timer(8).subscribe(() => expect(left.sort()).to.deep.equal(['closed', 'failed', 'taken']));
      }),
    );

    it('waits for an asynchronous one, one message at a time, and leaves it too', async () => {
      const mqtt = acknowledging();
      const log: string[] = [];
      async function* messages(count: number) {
        try {
          for (let i = 1; i <= count; i++) {
            await Promise.resolve();
            log.push(`asked ${i}`);
            yield to(`t${i}`);
          }
        } finally {
          log.push('left');
        }
      }
      const note = (outcome: PublishOutcome) => void log.push(words(outcome));
      await lastValueFrom(mqtt.publishAll(messages(2), { concurrency: 1 }).pipe(tap(note)));
      expect(log).to.deep.equal(['asked 1', 't1 acknowledged', 'asked 2', 't2 acknowledged', 'left']);

      log.length = 0;
      await lastValueFrom(mqtt.publishAll(messages(9), { concurrency: 1 }).pipe(take(1), tap(note)));
      await new Promise(setImmediate);
      expect(log).to.deep.equal(['asked 1', 't1 acknowledged', 'left']);
      mqtt.close();
    });

    it('gives the error of an asynchronous one after the outcomes, and bears a return() that fails', async () => {
      const mqtt = acknowledging();
      const failing = (failure: () => Promise<never>, more: object = {}): AsyncIterable<OutgoingMessage> => {
        let asked = 0;
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => (asked++ ? failure() : Promise.resolve({ value: to('t'), done: false })),
            ...more,
          }),
        };
      };
      const seen: string[] = [];
      await new Promise<void>(resolve => {
        mqtt.publishAll(failing(() => Promise.reject(new MqttError('DECODE_FAILED', 'no')))).subscribe({
          next: outcome => seen.push(words(outcome)),
          error: (error: unknown) => resolve(void seen.push((error as MqttError).code)),
        });
      });
      expect(seen).to.deep.equal(['t acknowledged', 'DECODE_FAILED']);

      let fail: (() => void) | undefined;
      const slow = failing(() => new Promise((_, reject) => (fail = () => reject(new Error('too late')))), {
        return: () => Promise.reject(new Error('no')),
      });
      await lastValueFrom(mqtt.publishAll(slow).pipe(take(1)));
      fail?.();
      await new Promise(setImmediate);
      mqtt.close();
    });
  });
});
