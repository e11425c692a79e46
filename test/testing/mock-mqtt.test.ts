import { expect } from 'chai';
import {
  type Observable,
  type SchedulerLike,
  Subscription,
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  firstValueFrom,
  from,
  map,
  merge,
  mergeMap,
  of,
  throwError,
  timer,
} from 'rxjs';
import {
  type AckableMessage,
  type ConnectionState,
  MqttError,
  type OutgoingMessage,
  type PublishOutcome,
  type QoS,
  json,
} from '../../src/index.js';
import { type MockMqtt, mockMqtt, describePacket } from '../../src/testing/index.js';
import { testScheduler } from '../support/marbles.js';

const statusNames = ['idle', 'connecting', 'connected', 'reconnecting', 'disconnecting', 'closed'] as const;

const ignored = { error: () => undefined };

/** What a stream says, in words, as it says it. */
function wordsOf<T>(stream$: Observable<T>, tell: (value: T) => string = String): string[] {
  const seen: string[] = [];
  stream$.subscribe({
    next: value => seen.push(tell(value)),
    error: (error: unknown) => seen.push(`# ${(error as MqttError).code}`),
    complete: () => seen.push('|'),
  });
  return seen;
}

const statuses = (mock: MockMqtt) => wordsOf(mock.connection$, ({ status }) => status);
const results = (result$: ReturnType<MockMqtt['publish']>) =>
  wordsOf(result$, ({ reached, qos, reasonCode }) => `${reached} q${qos} ${reasonCode}`);

describe('mockMqtt', () => {
  describe('messages', () => {
    it('come at the streams whose filters match, with params and values', () => {
      const mock = mockMqtt();
      const named = wordsOf(mock.topic$('rooms/+room/state', { decode: json<{ on: boolean }>() }), m =>
        [m.topic, m.params.room, m.value.on, m.qos, m.retain].join(' '),
      );
      const all = wordsOf(mock.topic$(['rooms/#', 'else']), ({ topic }) => topic);
      mock.emit('rooms/7/state', '{"on":true}', { qos: 1, retain: true });
      mock.emit('rooms/8', Uint8Array.of(1));
      expect(named).to.deep.equal(['rooms/7/state 7 true 1 true']);
      expect(all).to.deep.equal(['rooms/7/state', 'rooms/8']);
      expect(mock.filters).to.deep.equal(['rooms/+/state', 'rooms/#', 'else']);
    });

    it('that nobody claims are unrouted, those that cannot be read are undecodable', () => {
      const mock = mockMqtt();
      const unrouted = wordsOf(mock.unrouted$, message => message.text());
      const undecodable = wordsOf(mock.undecodable$, ({ message, error }) => `${message.text()} ${error.code}`);
      mock.emit('a', 'nobody');
      mock.topic$('a', { decode: json() }).subscribe();
      mock.emit('a', '{');
      expect(unrouted).to.deep.equal(['nobody']);
      expect(undecodable).to.deep.equal(['{ DECODE_FAILED']);
    });

    it('subscribing is as in the client: shared, acknowledged, unsubscribed after the last', () => {
      const mock = mockMqtt();
      const acks = wordsOf(mock.ack$, ack => (ack.kind === 'publish' ? '' : `${ack.kind} ${ack.filters.join(' ')}`));
      const first = mock.topic$('a').subscribe();
      const second = mock.topic$('a').subscribe();
      first.unsubscribe();
      expect(mock.filters).to.deep.equal(['a']);
      second.unsubscribe();
      expect(mock.filters).to.deep.equal([]);
      expect(acks).to.deep.equal(['subscribe a', 'unsubscribe a']);
      expect(wordsOf(mock.topic$('a/#/b'))).to.deep.equal(['# INVALID_ARGUMENT']);
      expect(() => mock.emit('a/+')).to.throw(MqttError, 'wildcard');
    });

    it('linger runs on virtual time', () => {
      testScheduler().run(({ expectObservable }) => {
        const mock = mockMqtt();
        mock.topic$('a', { linger: 10 }).subscribe().unsubscribe();
        const filters$ = timer(0, 6).pipe(map(() => String(mock.filters.length)));
        expectObservable(filters$, '^------------!').toBe('1-----1-----0');
      });
    });

    it('a filter fails with an error of the test, or with a reason code', () => {
      const mock = mockMqtt();
      const [a, b, both] = [mock.topic$('a'), mock.topic$('b'), mock.topic$(['a', 'b'])].map(stream$ =>
        wordsOf(stream$),
      );
      mock.fail('a', new MqttError('NOT_SUPPORTED', 'no'));
      expect([a, b, both]).to.deep.equal([['# NOT_SUPPORTED'], [], ['# NOT_SUPPORTED']]);
      mock.fail('b', 0x87);
      expect(b).to.deep.equal(['# SUBSCRIBE_REFUSED']);
      expect(mock.filters).to.deep.equal([]);
      const own = new MqttError('SUBSCRIBE_REFUSED', 'no', { subject: 'c' });
      let seen: unknown;
      mock.topic$('c').subscribe({ error: (error: unknown) => (seen = error) });
      mock.fail('c', own);
      expect(seen).to.equal(own);
      expect(() => mock.fail('c', 0x80)).to.throw(MqttError, `the filter 'c' is not subscribed; subscribed are none`);
      mock.topic$('d').subscribe();
      expect(() => mock.fail('c', 0x80)).to.throw(MqttError, `the filter 'c' is not subscribed; subscribed are 'd'`);
    });
  });

  it('consume() hands messages to its handler', () => {
    const mock = mockMqtt();
    const done = wordsOf(
      mock.consume('jobs/+id', ({ params, payload }) => of(`${params.id} ${payload.length}`)),
      outcome => `${outcome.status} ${outcome.status === 'done' ? outcome.value : ''}`,
    );
    mock.emit('jobs/7', 'abc', { qos: 1, packetId: 1 });
    expect(mock.filters).to.deep.equal(['jobs/+']);
    expect(done).to.deep.equal(['done 7 3']);
    mock.close();
    expect(done.at(-1)).to.equal('|');
  });

  describe('publishing', () => {
    it('is recorded and settles by itself', () => {
      const mock = mockMqtt();
      const acks = wordsOf(mock.ack$, ack => (ack.kind === 'publish' ? `${ack.topic} ${ack.delivery}` : ''));
      expect(results(mock.publish('a', { x: 1 }, { encode: json(), qos: 1, retain: true }))).to.deep.equal([
        'acknowledged q1 0',
        '|',
      ]);
      expect(results(mock.publish('b', 'x', { qos: 1, until: 'sent' }))).to.deep.equal(['sent q1 0', '|']);
      const [first, second] = mock.published;
      expect(first).to.include({ topic: 'a', qos: 1, retain: true, status: 'delivered' });
      expect(first!.json()).to.deep.equal({ x: 1 });
      expect(second!.text()).to.equal('x');
      expect(second!.properties).to.deep.equal({});
      expect(acks).to.deep.equal(['a delivered', 'b delivered']);
      mock.assertNoPending();
    });

    it('by hand: delivered, refused, failed, or given up', () => {
      const mock = mockMqtt({ settle: 'byHand' });
      const [a, b, c] = ['a', 'b', 'c'].map(topic => results(mock.publish(topic, 'x', { qos: 1 })));
      const given = mock.publish('d').subscribe();
      expect(results(mock.publish('e', '', { until: 'queued' }))).to.deep.equal(['queued q0 0', '|']);
      expect([a, b, c]).to.deep.equal([[], [], []]);
      expect(() => mock.assertNoPending()).to.throw('4 published and not settled:\n  a "x" q1');

      mock.published[0]!.settle({ reasonCode: 0x10 });
      mock.published[1]!.fail(0x87);
      mock.published[2]!.fail(new MqttError('MESSAGE_EXPIRED', 'late'));
      given.unsubscribe();
      expect([a, b, c]).to.deep.equal([['acknowledged q1 16', '|'], ['# PUBLISH_REFUSED'], ['# MESSAGE_EXPIRED']]);
      expect(mock.published.map(({ status }) => status)).to.deep.equal([
        'delivered',
        'failed',
        'failed',
        'unsubscribed',
        'delivered',
      ]);
      expect(() => mock.published[0]!.settle()).to.throw(
        MqttError,
        "the message to 'a' cannot be settled: it is already 'delivered'",
      );
      expect(() => mock.published[3]!.fail(0x80)).to.throw(MqttError, "it is already 'unsubscribed'");
      mock.assertNoPending();
    });

    it('refuses what a client refuses', () => {
      const mock = mockMqtt();
      for (const result$ of [
        mock.publish('a/+'),
        mock.publish('a', '', { qos: 3 as never }),
        mock.publish('a', {} as never),
      ]) {
        expect(results(result$)).to.deep.equal(['# INVALID_ARGUMENT']);
      }
      expect(mock.published).to.deep.equal([]);
    });

    it('waits for the connection, but QoS 0 does not', () => {
      const mock = mockMqtt({ connection: 'reconnecting' });
      const queued = results(mock.publish('a', '', { qos: 1 }));
      expect(results(mock.publish('b'))).to.deep.equal(['# NOT_CONNECTED']);
      expect(queued).to.deep.equal([]);
      mock.setConnection('connected');
      expect(queued).to.deep.equal(['acknowledged q1 0', '|']);
    });

    it('shows in stats$', () => {
      const mock = mockMqtt({ settle: 'byHand' });
      const stats = wordsOf(mock.stats$, ({ queued }) => `${queued.messages} ${queued.bytes}`);
      mock.publish('ab', 'xyz').subscribe();
      mock.published[0]!.settle();
      expect(stats).to.deep.equal(['0 0', '1 5', '0 0']);
    });
  });

  describe('the connection', () => {
    it('is what the test says', () => {
      const mock = mockMqtt({ connection: 'idle' });
      const seen = statuses(mock);
      const connack = wordsOf(mock.connect(), ({ reasonCode }) => String(reasonCode));
      expect(connack).to.deep.equal([]);
      mock.setConnection('connected');
      expect(connack).to.deep.equal(['0', '|']);
      const again = wordsOf(mock.reconnect(), ({ sessionPresent }) => String(sessionPresent));
      const reconnecting: ConnectionState = {
        status: 'reconnecting',
        attempt: 2,
        delay: 5,
        error: new MqttError('KEEPALIVE_TIMEOUT', ''),
      };
      mock.setConnection(reconnecting);
      expect(mock.connection).to.equal(reconnecting);
      mock.setConnection('connected');
      expect(again).to.deep.equal(['false', '|']);
      expect(seen).to.deep.equal(['idle', 'connecting', 'connected', 'connecting', 'reconnecting', 'connected']);
      expect(wordsOf(mock.connect(), () => 'joined')).to.deep.equal(['joined', '|']);
    });

    it('authenticates anew while it is connected', () => {
      const mock = mockMqtt();
      expect(wordsOf(mock.reauthenticate(), String)).to.deep.equal(['undefined', '|']);
      mock.setConnection('reconnecting');
      expect(wordsOf(mock.reauthenticate(), String)).to.deep.equal(['# NOT_CONNECTED']);
    });

    it('its end is the end of what depends on it, until it is opened again', async () => {
      const mock = mockMqtt({ settle: 'byHand' });
      const seen = statuses(mock);
      const messages = wordsOf(mock.topic$('a'));
      const result = results(mock.publish('a', '', { qos: 1 }));
      expect(wordsOf(mock.disconnect({ reasonCode: 4 }))).to.deep.equal(['|']);
      expect(seen).to.deep.equal(['connected', 'disconnecting', 'closed', '|']);
      expect(messages).to.deep.equal(['|']);
      expect(result).to.deep.equal(['# CLIENT_CLOSED']);
      expect(wordsOf(mock.topic$('a'))).to.deep.equal(['# CLIENT_CLOSED']);
      expect(results(mock.publish('a'))).to.deep.equal(['# CLIENT_CLOSED']);
      expect(statuses(mock)).to.deep.equal(['closed', '|']);
      mock.close();
      await mock[Symbol.asyncDispose]();
      expect(wordsOf(mock.disconnect({ reasonCode: -1 }))).to.deep.equal(['# INVALID_ARGUMENT']);

      const connack = firstValueFrom(mock.connect());
      mock.setConnection('connected');
      expect(await connack).to.include({ reasonCode: 0 });
      expect(wordsOf(mock.topic$('a'))).to.deep.equal([]);
    });

    it('that fails for good takes the streams with it', () => {
      const mock = mockMqtt({ scheduler: asyncScheduler });
      const messages = wordsOf(mock.topic$('a'));
      mock.setConnection({ status: 'closed', error: new MqttError('CONNECTION_REFUSED', 'no') });
      expect(messages).to.deep.equal(['# CONNECTION_REFUSED']);
    });
  });

  it('publishAll is as in the client, by way of what publish records', async () => {
    const mock = mockMqtt({ settle: 'byHand' });
    const show = (outcome: PublishOutcome) =>
      `${outcome.message.topic} ${outcome.status === 'published' ? outcome.result.qos : outcome.error.code}`;
    const messages: OutgoingMessage[] = [{ topic: 'a', qos: 0 }, { topic: '+' }, { topic: 'b' }, { topic: 'c' }];
    const seen = wordsOf(from(messages).pipe(mock.publishAll({ qos: 1, ordered: true, concurrency: 3 })), show);
    mock.published[1]!.settle();
    expect(seen).to.deep.equal([]);
    mock.published[0]!.settle();
    mock.published[2]!.fail(0x97);
    expect(seen).to.deep.equal(['a 0', '+ INVALID_ARGUMENT', 'b 1', 'c PUBLISH_REFUSED', '|']);
    expect(wordsOf(mock.publishAll(messages, { qos: 7 as QoS }))).to.deep.equal(['# INVALID_ARGUMENT']);
    const failing$ = throwError(() => new MqttError('DECODE_FAILED', 'no'));
    expect(wordsOf(failing$.pipe(mock.publishAll()))).to.deep.equal(['# DECODE_FAILED']);
    await mock[Symbol.asyncDispose]();
    expect(wordsOf(mock.publishAll([]))).to.deep.equal(['# CLIENT_CLOSED']);
  });

  describe('is the client itself', () => {
    it('speaks the protocol with a broker that grants everything', () => {
      const mock = mockMqtt({ connection: 'idle' });
      const packets = wordsOf(mock.packet$, ({ direction, packet }) => `${direction} ${describePacket(packet)}`);
      mock.connect().subscribe();
      mock.setConnection('connected');
      mock.topic$('a', { qos: 1 }).subscribe().unsubscribe();
      mock.publish('a', 'x', { qos: 2 }).subscribe();
      mock.emit('b', '', { qos: 2, packetId: 7, dup: true });
      mock.close();
      expect(packets).to.deep.equal([
        'sent CONNECT v5',
        'received CONNACK',
        'sent SUBSCRIBE #1 a:1',
        'received SUBACK',
        'sent UNSUBSCRIBE #2 a',
        'received UNSUBACK',
        'sent PUBLISH q2 #3 a',
        'received PUBREC #3',
        'sent PUBREL #3',
        'received PUBCOMP #3',
        'received PUBLISH q2 #7 dup b',
        'sent PUBREC #7',
        'received PUBREL #7',
        'sent PUBCOMP #7',
        'sent DISCONNECT',
      ]);
    });

    it('does not get back what it publishes', () => {
      const mock = mockMqtt();
      const seen = wordsOf(mock.topic$('#'), ({ topic }) => topic);
      mock.publish('a', '', { qos: 1, retain: true }).subscribe();
      mock.topic$('a').subscribe();
      expect(seen).to.deep.equal([]);
    });

    it('publishes from inside of a subscriber, and has settled when emit() returns', () => {
      const mock = mockMqtt();
      const seen = wordsOf(
        mock.topic$('jobs').pipe(concatMap(({ payload }) => mock.publish('done', payload, { qos: 1 }))),
        ({ reached }) => reached,
      );
      mock.emit('jobs', '1');
      mock.emit('jobs', '2');
      expect(seen).to.deep.equal(['acknowledged', 'acknowledged']);
      expect(mock.published.map(sent => sent.text())).to.deep.equal(['1', '2']);
      mock.assertNoPending();
    });

    it('sets no timer by itself, in whatever state', () => {
      const delays: unknown[] = [];
      const scheduler: SchedulerLike = {
        now: () => 0,
        schedule: (_, delay) => {
          delays.push(delay);
          return new Subscription();
        },
      };
      for (const settle of ['automatic', 'byHand'] as const) {
        for (const connection of statusNames) {
          const mock = mockMqtt({ connection, settle, scheduler });
          merge(
            mock.topic$('a'),
            mock.consume('b', () => of(1)),
            mock.stats$,
            mock.packet$,
          ).subscribe(ignored);
          mock.publish('c', '', { qos: 2 }).subscribe(ignored);
          mock.setConnection('reconnecting');
          mock.setConnection('connected');
          mock.emit('a', '', { qos: 1 });
          mock.emit('b', '', { qos: 2 });
          mock.reconnect().subscribe(ignored);
          mock.close();
        }
      }
      expect(delays).to.deep.equal([]);
    });

    it('keeps to its options of time on the scheduler of the test', () => {
      testScheduler().run(({ expectObservable, cold }) => {
        const mock = mockMqtt({ settle: 'byHand' });
        const result$ = mock.publish('a', '', { qos: 1, timeout: 5 }).pipe(
          map(() => 'settled'),
          catchError((error: unknown) => of((error as MqttError).code)),
        );
        expectObservable(result$).toBe('-----(t|)', { t: 'PUBLISH_TIMEOUT' });
        const leaving$ = cold('-l').pipe(mergeMap(() => concat(mock.disconnect({ drain: 10 }), of('left'))));
        expectObservable(leaving$).toBe('-----(x)', { x: 'left' });
      });
    });

    it('takes no more than its queue, and nothing that this CONNACK rules out', () => {
      const mock = mockMqtt({ settle: 'byHand' });
      for (let i = 0; i < 1000; i++) mock.publish('a', '').subscribe();
      expect(results(mock.publish('a'))).to.deep.equal(['# QUEUE_FULL']);
      expect(mock.published.length).to.equal(1000);

      const { status, limits, url } = mock.connection as ConnectionState & { status: 'connected' };
      const poor: ConnectionState = {
        status,
        url,
        limits: { ...limits, retainAvailable: false },
        connack: { sessionPresent: false, reasonCode: 0, properties: { retainAvailable: false } },
      };
      const change = mockMqtt();
      const seen = statuses(change);
      change.setConnection(poor);
      expect(seen).to.deep.equal(['connected', 'connected']);
      for (const other of [mockMqtt({ connection: poor }), change]) {
        expect(other.connection).to.equal(poor);
        expect(results(other.publish('a', '', { retain: true }))).to.deep.equal(['# NOT_SUPPORTED']);
        expect(results(other.publish('a', ''))).to.deep.equal(['acknowledged q0 0', '|']);
      }
    });

    it('settles by itself what it is sending', () => {
      const mock = mockMqtt();
      const refused: string[] = [];
      mock.packet$.subscribe(({ packet }) => {
        if (packet.cmd !== 'publish') return;
        try {
          mock.published[0]!.settle();
        } catch (error) {
          refused.push((error as MqttError).message);
        }
      });
      expect(results(mock.publish('a', '', { qos: 1 }))).to.deep.equal(['acknowledged q1 0', '|']);
      expect(refused.join()).to.contain("the message to 'a' cannot be settled: the mock is sending it");
    });

    it('connects when something needs the broker, and the test says when it is connected', () => {
      const mock = mockMqtt({ connection: 'idle' });
      const seen = statuses(mock);
      const messages = wordsOf(mock.topic$('a'), message => message.text());
      expect(mock.filters).to.deep.equal([]);
      expect(() => mock.emit('a')).to.throw(MqttError, `no message of 'a' can arrive while the mock is 'connecting'`);
      mock.setConnection('connected');
      mock.emit('a', 'now');
      expect(seen).to.deep.equal(['idle', 'connecting', 'connected']);
      expect(mock.filters).to.deep.equal(['a']);
      expect(messages).to.deep.equal(['now']);
    });

    it('subscribes again on each connection', () => {
      const mock = mockMqtt();
      const [, dropped] = [mock.topic$('a').subscribe(), mock.topic$('b').subscribe()];
      mock.setConnection('reconnecting');
      expect(mock.filters).to.deep.equal(['a', 'b']);
      dropped.unsubscribe();
      expect(mock.filters).to.deep.equal(['a']);
      mock.topic$('c').subscribe();
      mock.setConnection('connected');
      expect([...mock.filters].sort()).to.deep.equal(['a', 'c']);
      mock.close();
      expect(mock.filters).to.deep.equal([]);
    });

    it('keeps what waits for the test across connections, at any QoS', () => {
      const mock = mockMqtt({ settle: 'byHand' });
      const waiting = ([0, 1, 2] as const).map(qos => results(mock.publish('a', '', { qos })));
      mock.reconnect().subscribe();
      mock.setConnection('connected');
      expect(waiting).to.deep.equal([[], [], []]);
      for (const one of mock.published) one.settle();
      expect(waiting).to.deep.equal([0, 1, 2].map(qos => [`acknowledged q${qos} 0`, '|']));
    });

    it('pauses for a consumer that has enough, and goes on', () => {
      const mock = mockMqtt();
      const taken: AckableMessage[] = [];
      mock.topic$('a', { ack: 'manual', buffer: { size: 2 } }).subscribe(message => taken.push(message));
      for (let i = 1; i <= 4; i++) mock.emit('a', String(i), { qos: 1 });
      expect(taken.map(message => message.text())).to.deep.equal(['1', '2']);
      mock.setConnection('reconnecting'); // the broker forgets, as the session is a clean one
      mock.setConnection('connected');
      for (const message of taken.splice(0)) message.ack();
      mock.emit('a', '5');
      expect(taken.map(message => message.text())).to.deep.equal(['5']);
    });

    it('tells a test of a message that the client refuses', () => {
      const mock = mockMqtt();
      expect(() => mock.emit('a', '', { properties: { responseTopic: 'b/#' } })).to.throw(
        /^the client does not take the message of 'a': .*response topic/,
      );
      expect(mock.connection.status).to.equal('connected');
    });

    it('tells a test of a message that violates the protocol, at which the client ends its connection', () => {
      const mock = mockMqtt();
      const values: string[] = [];
      mock.topic$('a').subscribe(message => values.push(message.text()));
      expect(() => mock.emit('a', 'bad', { qos: 0, dup: true })).to.throw(MqttError, 'DUP must be 0 for QoS 0');
      expect(mock.connection.status).to.equal('reconnecting');
      mock.setConnection('connected');
      mock.emit('a', 'good');
      expect(values).to.deep.equal(['good']);
    });
  });

  describe('setConnection', () => {
    for (const from of statusNames) {
      for (const to of statusNames.filter(status => status !== 'idle')) {
        it(`shows ${from} and ${to}, and no steps between`, () => {
          const mock = mockMqtt({ connection: from });
          const seen = statuses(mock);
          mock.setConnection(to);
          expect(mock.connection.status).to.equal(to);
          if (from === 'closed') return expect(seen).to.deep.equal(['closed', '|']);
          // a client that disconnects is closed before anything else
          const closes = to === 'closed' || (from === 'disconnecting' && to !== 'disconnecting');
          const expected: string[] = from === to ? [from] : [from, closes ? 'closed' : to];
          expect(seen).to.deep.equal(closes ? [...expected, '|'] : expected);
        });
      }

      it(`ends a client that is ${from}, with an error`, () => {
        const mock = mockMqtt({ connection: from });
        const messages = wordsOf(mock.topic$('a'));
        mock.setConnection({ status: 'closed', error: new MqttError('CONNECTION_REFUSED', 'no') });
        const ends =
          from === 'closed' ? ['# CLIENT_CLOSED'] : from === 'disconnecting' ? ['|'] : ['# CONNECTION_REFUSED'];
        expect(messages).to.deep.equal(ends);
      });
    }

    it('shows each whole state, also of the same status', () => {
      const mock = mockMqtt();
      const seen = wordsOf(mock.connection$, state =>
        'attempt' in state ? `${state.status} ${state.attempt}` : state.status,
      );
      const error = new MqttError('KEEPALIVE_TIMEOUT', '');
      for (const attempt of [1, 2, 3]) mock.setConnection({ status: 'reconnecting', attempt, delay: 5, error });
      mock.setConnection('connected');
      expect(seen).to.deep.equal(['connected', 'reconnecting 1', 'reconnecting 2', 'reconnecting 3', 'connected']);
    });

    it('may be called from inside of a subscriber', () => {
      const mock = mockMqtt({ connection: 'idle' });
      const seen = statuses(mock);
      mock.connection$.subscribe(({ status }) => {
        if (status === 'connecting') mock.setConnection('connected');
      });
      expect(wordsOf(mock.connect(), () => 'connack')).to.deep.equal(['connack', '|']);
      expect(seen).to.deep.equal(['idle', 'connecting', 'connected']);
    });

    it('refuses what cannot be', () => {
      const mock = mockMqtt();
      expect(() => mock.setConnection('idle')).to.throw(
        MqttError,
        `the mock is 'connected' and cannot be 'idle' again`,
      );
      expect(() => mock.setConnection('gone' as never)).to.throw(
        MqttError,
        `unknown status 'gone' of setConnection(); known are 'idle', `,
      );
      expect(() => mockMqtt({ settel: 'byHand' } as never)).to.throw(
        MqttError,
        `unknown option 'settel' of mockMqtt(); known are 'connection', 'settle', 'scheduler'`,
      );
      expect(() => mockMqtt({ settle: 'auto' as never })).to.throw(
        MqttError,
        `option 'settle' of mockMqtt() is 'auto'; known are 'automatic', 'byHand'`,
      );
    });
  });

  describe('requests', () => {
    it('are published, and take the reply that the test emits', () => {
      const mock = mockMqtt();
      const replies = wordsOf(mock.request('lamp/get', '?'), reply => reply.text());
      const [request] = mock.published;
      expect(request!.text()).to.equal('?');
      expect(request!.properties.responseTopic).to.equal('rxjs-mqtt/reply/mock');
      const { correlationData } = request!.properties;
      mock.emit('rxjs-mqtt/reply/mock', 'on', { properties: { correlationData: correlationData! } });
      expect(replies).to.deep.equal(['on', '|']);
    });

    it('fail as the test says', () => {
      const mock = mockMqtt({ settle: 'byHand' });
      const replies = wordsOf(mock.request('lamp/get', '?'));
      mock.published[0]!.settle({ reasonCode: 0x10 });
      expect(replies).to.deep.equal(['# NO_RESPONDER']);
    });

    it('may be answered by a promise', async () => {
      const mock = mockMqtt();
      const answered = firstValueFrom(
        mock.respond('lamps/+id', async ({ params }) => `it is ${await Promise.resolve(params.id)}`),
      );
      mock.emit('lamps/7', '', { properties: { responseTopic: 'me' } });
      expect(await answered).to.include({ status: 'replied', topic: 'me' });
      const broken = firstValueFrom(mock.respond('t', () => Promise.reject(new Error('no'))));
      mock.emit('t', '', { properties: { responseTopic: 'me' } });
      expect(await broken).to.have.nested.property('error.code', 'HANDLER_FAILED');
    });

    it('that the test emits are answered', () => {
      const mock = mockMqtt();
      const outcomes = wordsOf(
        mock.respond('lamps/+id', ({ params }) => `it is ${params.id}`),
        ({ status }) => status,
      );
      mock.emit('lamps/7', '', { properties: { responseTopic: 'me' } });
      expect(outcomes).to.deep.equal(['replied']);
      expect(mock.published.map(sent => `${sent.topic} ${sent.text()}`)).to.deep.equal(['me it is 7']);
      mock.close();
      expect(outcomes).to.deep.equal(['replied', '|']);
    });
  });
});
