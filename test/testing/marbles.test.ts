import { expect } from 'chai';
import { Subject, asapScheduler, asyncScheduler, concatWith, map, timer } from 'rxjs';
import { type MqttClient, MqttError, MqttMessage } from '../../src/index.js';
import {
  type AssertDeepEqual,
  type MqttMarbles,
  connack,
  mqttMarbles,
  puback,
  publish,
  suback,
} from '../../src/testing/index.js';

const a = connack();
const p = connack({ sessionPresent: true });
const soon = { clientId: 'me', clean: false, reconnect: () => timer(3).pipe(map(() => undefined)) };

/** What a test says when it fails. */
function failureOf(test: (marbles: MqttMarbles) => void, assert?: AssertDeepEqual): Error {
  try {
    mqttMarbles(test, assert)();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

function misuseOf(test: (marbles: MqttMarbles) => void): string {
  const error = failureOf(test);
  expect(MqttError.is(error, 'INVALID_ARGUMENT')).to.equal(true);
  return error.message;
}

const lines = (...all: string[]) => all.join('\n');

describe('mqttMarbles', () => {
  it(
    'gives a PUBLISH without a packet id the next one that the script does not give itself [S149]',
    mqttMarbles(({ broker, client, act, expectSent }) => {
      const script = { a, m: publish('t', { qos: 1 }), n: publish('t', { qos: 2, packetId: 2 }), o: publish('t') };
      const mqtt = client(broker(['-amnmo#', '-am'], script), { reconnect: soon.reconnect });
      mqtt.unrouted$.subscribe();
      act('c', { c: () => mqtt.connect() });
      expectSent(mqtt).toBe('c-mnp----c-q', {
        c: { cmd: 'connect' },
        m: { cmd: 'puback', packetId: 1 },
        n: { cmd: 'pubrec', packetId: 2 },
        p: { cmd: 'puback', packetId: 3 },
        q: { cmd: 'puback', packetId: 4 },
      });
    }),
  );

  it(
    'a microtask may cancel a timer that is due in the same ms, which RxJS alone does not survive',
    mqttMarbles(({ act }) => {
      const fired: string[] = [];
      asyncScheduler.schedule(() => asapScheduler.schedule(() => cancelled.unsubscribe()), 10);
      const cancelled = asyncScheduler.schedule(() => fired.push('cancelled'), 10);
      asyncScheduler.schedule(() => fired.push('kept'), 10);
      act('20ms a', { a: () => expect(fired).to.deep.equal(['kept']) });
    }),
  );

  it(
    'shows what the client sends, and how its connection goes, beside the script of the broker',
    mqttMarbles(({ broker, client, act, expectSent, expectConnection }) => {
      const mqtt = client(broker(['-a----#', '-p--k'], { a, p, k: puback(1) }), soon);
      act('                     -c--p', { c: () => mqtt.connect(), p: () => mqtt.publish('t', 'x', { qos: 1 }) });
      expectSent(mqtt).toBe('   -c--p-----cd', {
        c: { cmd: 'connect' },
        p: 'PUBLISH q1 #1 t',
        d: { cmd: 'publish', dup: true },
      });
      expectConnection(mqtt).toBe('icC----r--cC');
    }),
  );

  it(
    'a packet and a state may be named by any of their parts',
    mqttMarbles(({ broker, client, act, expectSent, expectConnection }) => {
      const mqtt = client(broker(['--a-#', '-p'], { a, p }), { ...soon, will: { topic: 'gone' } });
      act('c', { c: () => mqtt.connect() });
      expectSent(mqtt).toBe('c------c', { c: { cmd: 'connect', will: { topic: 'gone', qos: 0 } } });
      expectConnection(mqtt).toBe('(ic)', { i: 'idle', c: { status: 'connecting', attempt: 1 } });
    }, expectToFit),
  );

  it(
    'the helpers of RxJS are there, and a stream that an action returns is subscribed',
    mqttMarbles(
      ({ broker, client, act, cold, time, expectObservable, expectSubscriptions, expectTimeline, status }) => {
        const script = { a, s: suback(1, 1), m: publish('t', { payload: 'hello' }) };
        const mqtt = client(broker(['-as-m'], script), {}, 10);
        act('c', { c: () => mqtt.connect() });
        expectObservable(mqtt.topic$('t').pipe(map(message => message.text()))).toBe('----h-----|', { h: 'hello' });
        const source$ = cold('--x|');
        expectObservable(source$, '-^--!').toBe('---x');
        expectSubscriptions(source$.subscriptions).toBe('-^--!');
        expectObservable(cold('-a|')).toEqual(cold('-a|'));
        expectTimeline(status(mqtt)).toBe(
          '0 idle',
          '0 connecting',
          '1 connected',
          '10 disconnecting',
          '10 closed',
          '10 |',
        );
        expect(time('---|')).to.equal(3);
      },
    ),
  );

  it(
    'what the end of the lifetime does is no part of the test',
    mqttMarbles(({ broker, client, act, expectSent }) => {
      const mqtt = client({ transport: broker(['-a'], { a }) }, {}, 5);
      act('c', { c: () => mqtt.publish('t', 'never acknowledged', { qos: 1 }) });
      expectSent(mqtt).toBe('cp', { c: { cmd: 'connect' }, p: { cmd: 'publish' } });
    }),
  );

  for (const protocolVersion of [5, 4, 3] as const) {
    it(
      `the script is written in what the client speaks: ${protocolVersion}`,
      mqttMarbles(({ broker, client, act, expectTimeline }) => {
        const mqtt = client(broker(['-a'], { a }), { protocolVersion });
        act('c', { c: () => mqtt.connect() });
        const version$ = mqtt.connection$.pipe(map(state => ('limits' in state ? 'connected' : state.status)));
        expectTimeline(version$).toBe(
          '0 idle',
          '0 connecting',
          '1 connected',
          '1000 disconnecting',
          '1000 closed',
          '1000 |',
        );
      }),
    );
  }

  it(
    'bytes that are no packet can be sent, and attempts fail when the script is over',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-ab'], { a, b: Uint8Array.of(0xff, 0) }), { ...soon, clean: true }, 6);
      act('c', { c: () => mqtt.connect() });
      const error$ = mqtt.connection$.pipe(map(state => ('error' in state ? state.error.code : state.status)));
      expectTimeline(error$).toBe(
        '0 idle',
        '0 connecting',
        '1 connected',
        '2 MALFORMED_PACKET',
        '5 connecting',
        '5 CONNECTION_FAILED',
        '6 disconnecting',
        '6 closed',
        '6 |',
      );
    }),
  );

  describe('a failure is drawn', () => {
    it('both on one time line, and in words what the letters stand for; the stack begins in the test', () => {
      const { message, stack } = failureOf(({ broker, client, act, expectSent }) => {
        const mqtt = client(broker(['-a----#', '-p--k'], { a, p, k: puback(1) }), { ...soon, clientId: 'me' });
        act('-c--p', { c: () => mqtt.connect(), p: () => mqtt.publish('t', 'x', { qos: 1 }) });
        expectSent(mqtt).toBe('-c--p------cq', {
          c: { cmd: 'connect' },
          p: { cmd: 'publish', dup: false },
          q: { cmd: 'publish', dup: true, qos: 2 },
        });
      });
      expect(message).to.equal(
        lines(
          'The client did not send what was expected.',
          '',
          '  at ms      1  4     10',
          '  expected  -c--p------cq',
          '  actual    -c--p-----ca-',
          '                      ^^^',
          '',
          '  c  CONNECT v5 resume "me" { sessionExpiryInterval: 4294967295, maximumPacketSize: 67108864 }',
          '  p  PUBLISH q1 #1 t "x"',
          '  q  PUBLISH q2 dup   (expected only)',
          '  a  PUBLISH q1 #1 dup t "x"   (actual only)',
        ),
      );
      expect(stack!.split('\n').find(line => line.startsWith('    at '))).to.contain('marbles.test.ts');
    });

    it('of RxJS too; a long wait is written as time', () => {
      const { message } = failureOf(({ cold, expectObservable }) => {
        const values = { a: new MqttMessage('t', Uint8Array.of(0, 255), 1, true, true), b: 1n };
        expectObservable(cold('a 2m 3s 4ms (b|)', values)).toBe('a 2m 3s 4ms (ab)#', { ...values, b: [() => 1] });
      });
      expect(message).to.equal(
        lines(
          'The stream did not emit what was expected.',
          '',
          '  at ms     0           123005',
          '  expected  a 2m 3s 4ms (ab)#',
          '  actual    a 2m 3s 4ms (c|)-',
          '                        ^   ^',
          '',
          '  a  t <00 ff> q1 dup retain',
          '  b  [[function ]]   (expected only)',
          '  #  "error"   (expected only)',
          '  c  1n   (actual only)',
        ),
      );
    });

    it('subscriptions and states', () => {
      const subscriptions = failureOf(({ cold, expectSubscriptions }) => {
        const source$ = cold('-a|');
        source$.subscribe();
        expectSubscriptions(source$.subscriptions).toBe(['^---!', '-^']);
      });
      expect(subscriptions.message).to.equal(
        lines(
          'The stream was not subscribed to as expected.',
          '',
          '  at ms     0 2 4',
          '  expected  ^^--!',
          '  actual    ^-!--',
          '             ^^ ^',
        ),
      );
      const connection = failureOf(({ broker, client, act, expectConnection }) => {
        const mqtt = client(broker(['-a'], { a }), {}, 5);
        act('-c-d', { c: () => mqtt.connect(), d: () => mqtt.disconnect() });
        expectConnection(mqtt).toBe('icr', { i: 'idle', c: 'connecting', r: { status: 'reconnecting' } });
      });
      expect(connection.message).to.equal(
        lines(
          'The connection did not go as expected.',
          '',
          '  at ms     0 2',
          '  expected  icr----',
          '  actual    ica(bd)',
          '              ^^',
          '',
          '  i  idle',
          '  c  connecting, attempt 1, mqtt://broker',
          '  r  { status: "reconnecting" }   (expected only)',
          '  a  connected   (actual only)',
          '  b  disconnecting   (actual only)',
          '  d  closed   (actual only)',
        ),
      );
    });

    it('in pieces, where it is too long for a line', () => {
      const { message } = failureOf(({ cold, expectObservable }) => {
        expectObservable(cold('-a'.repeat(80))).toBe('-a'.repeat(80) + 'b');
      });
      expect(message).to.contain('... as expected until then');
      expect(message.match(/expected {2}/g)).to.have.length(1);
      const long = failureOf(({ cold, expectObservable }) => expectObservable(cold('-a'.repeat(800))).toBe('|'));
      expect(long.message.match(/expected {2}/g)).to.have.length(4);
      expect(long.message).to.contain('... and more');
      expect(Math.max(...message.split('\n').map(line => line.length))).to.be.below(120);
    });

    it('a timeline as well, whose lines are its values', () => {
      const { message } = failureOf(({ cold, expectTimeline }) => {
        expectTimeline(cold('-a--#', undefined, new MqttError('QUEUE_FULL', 'full'))).toBe('1 b', '4 |');
      });
      expect(message).to.contain(lines('  expected  -b--|', '  actual    -a--#', '             ^  ^'));
      expect(message).to.contain('  #  QUEUE_FULL   (actual only)');
    });

    it('with the assertion of a test runner, whose own words are the cause', () => {
      const { message, cause } = failureOf(
        ({ cold, expectObservable }) => expectObservable(cold('a')).toBe('b'),
        (actual, expected) => expect(actual).to.deep.equal(expected),
      );
      expect(message).to.contain('  expected  b');
      expect(String(cause)).to.contain('AssertionError');
    });
  });

  describe('the comparison', () => {
    const cases: [name: string, a: unknown, b: unknown, same: boolean][] = [
      ['bytes', Uint8Array.of(1), Uint8Array.of(1), true],
      ['other bytes', Uint8Array.of(1), Uint8Array.of(2), false],
      ['dates', new Date(1), new Date(1), true],
      ['other dates', new Date(1), new Date(2), false],
      ['maps', new Map([['a', 1]]), new Map([['a', 1]]), true],
      ['other sets', new Set([1]), new Set([2]), false],
      ['errors', new MqttError('QUEUE_FULL', 'x'), new MqttError('QUEUE_FULL', 'x'), true],
      ['other errors', new MqttError('QUEUE_FULL', 'x'), new MqttError('CLIENT_CLOSED', 'x'), false],
      ['a key more', { a: 1 }, { a: 1, b: undefined }, false],
      ['another kind of object', { a: 1 }, Object.assign(new Subject(), { a: 1 }), false],
      ['null', null, {}, false],
      ['deep ones', { a: [{ b: NaN }] }, { a: [{ b: NaN }] }, true],
    ];
    for (const [name, x, y, same] of cases) {
      it(`${name}: ${same ? 'the same' : 'not the same'}`, () => {
        const test = mqttMarbles(({ cold, expectObservable }) => {
          expectObservable(cold('v', { v: x })).toBe('v', { v: y });
        });
        if (same) test();
        else expect(test).to.throw('did not emit');
      });
    }
  });

  describe('says what is wrong with a test', () => {
    it('a letter that nothing is named', () => {
      expect(misuseOf(({ broker }) => broker(['-a--z'], { a }))).to.equal(
        "the marbles '-a--z' of the script of the broker have 'z', which nothing is named; named are 'a'",
      );
      expect(misuseOf(({ act }) => act('x', {}))).to.contain(
        "the marbles 'x' of act() have 'x', which nothing is named; named are none",
      );
      const sent = misuseOf(({ client, broker, expectSent }) => expectSent(client(broker([]))).toBe('c'));
      expect(sent).to.contain("the marbles 'c' of expectSent() have 'c'");
    });

    it('a group that does not end, or does not begin', () => {
      const actions = { a: () => undefined, b: () => undefined };
      expect(misuseOf(({ act }) => act('(ab)-(a', actions))).to.equal(
        "the marbles '(ab)-(a' of act() have '(' without ')'; a group is '(ab)'",
      );
      expect(misuseOf(({ broker }) => broker(['a)'], { a }))).to.contain("have ')' without '('");
      expect(misuseOf(({ act }) => act('(a(b))', actions))).to.contain("have '(' without ')'");
    });

    it('a client of something that is no broker', () => {
      expect(misuseOf(({ client }) => client('mqtt://localhost' as never))).to.equal(
        "client() takes what broker() or virtualBroker() returns; got 'mqtt://localhost'",
      );
      expect(misuseOf(({ client }) => client(undefined as never))).to.contain("got 'undefined'");
    });

    it('by the message of the error with which a connection ended', () => {
      const { message } = failureOf(({ broker, client, act, expectConnection }) => {
        const mqtt = client(broker(['a-m'], { a, m: publish('a/#', { payload: 'x' }) }));
        act('-c', { c: () => mqtt.connect() });
        expectConnection(mqtt).toBe('i(cC)');
      });
      expect(message).to.match(/after PROTOCOL_ERROR: .*the topic name has a wildcard/);
    });

    it('a value that is no packet, or one without a form on the wire', () => {
      expect(misuseOf(({ broker }) => broker([], { a: 'connack' as never }))).to.equal(
        "'a' in the script of the broker is 'connack'; it must be a packet, or bytes",
      );
      const failed = misuseOf(({ broker, client, act }) => {
        const mqtt = client(broker(['-a'], { a: puback(70_000) }), { reconnect: false });
        act('c', { c: () => mqtt.topic$('t') });
      });
      expect(failed).to.contain('cannot encode PUBACK');
    });

    it('an action that is none, that throws, or whose stream errors', () => {
      expect(misuseOf(({ act }) => act('x', { x: 1 as never }))).to.equal(
        "the action 'x' of act() is '1'; it must be a function",
      );
      expect(misuseOf(({ act }) => act('-#', {}))).to.contain("of act() have '#'");
      const thrown = () => {
        throw new Error('oh');
      };
      expect(failureOf(({ act }) => act('--x', { x: thrown })).message).to.equal(
        "act '--x': 'x' failed at 2 ms: Error: oh",
      );
      const errored = failureOf(({ broker, client, act, cold, expectObservable }) => {
        const mqtt = client(broker([]), { reconnect: false });
        act('-x', { x: () => mqtt.connect() });
        expectObservable(cold('a')).toBe('b'); // the cause comes first
      });
      expect(errored.message).to.contain("'x' failed at 1 ms: CONNECTION_FAILED");
    });

    it('a line that is none', () => {
      expect(misuseOf(({ cold, expectTimeline }) => expectTimeline(cold('a')).toBe('a 1'))).to.contain(
        "the line 'a 1'; a line looks like '3 connected'",
      );
    });

    it('a test that is async', () => {
      expect(misuseOf(() => Promise.resolve() as never)).to.contain('is async, and virtual time does not wait');
      expect(misuseOf(() => Promise.reject(new Error('x')) as never)).to.contain('is async');
    });

    it('what act() throws after the lifetime of a client; the end of its streams is no failure', () => {
      const { message } = failureOf(({ broker, client, act }) => {
        const mqtt = client(broker(['-a'], { a }), {}, 3);
        act('c----x', {
          c: () => mqtt.connect().pipe(concatWith(mqtt.publish('t', '', { qos: 1 }))), // CLIENT_CLOSED at 3 ms
          x: () => expect(1).to.equal(2),
        });
      });
      expect(message).to.contain("'x' failed at 5 ms").and.to.contain('expected 1 to equal 2');
    });

    it('helpers and clients that are used outside of the run', () => {
      let kept!: MqttMarbles;
      let mqtt!: MqttClient;
      mqttMarbles(marbles => {
        kept = marbles;
        mqtt = marbles.client(marbles.broker(['-a'], { a }));
      })();
      for (const use of [
        () => kept.client(() => timer(1) as never),
        () => kept.broker([]),
        () => kept.act('', {}),
        () => kept.expectObservable(timer(0)),
      ]) {
        expect(use).to.throw(MqttError, 'this run of mqttMarbles is over');
      }
      let error: unknown;
      mqtt.connect().subscribe({ error: (one: unknown) => (error = one) });
      expect(error).to.include({ code: 'INVALID_ARGUMENT' });
      expect(String(error)).to.contain('this run of mqttMarbles is over, and a client was used after it');
    });
  });
});

/** For tests of which the beginning is enough. */
function expectToFit(actual: unknown, expected: unknown): void {
  const wanted = expected as unknown[];
  expect((actual as unknown[]).slice(0, wanted.length)).to.deep.equal(wanted);
}
