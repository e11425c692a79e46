import { expect } from 'chai';
import { BehaviorSubject, EMPTY, NEVER, type Observable, filter, of, startWith, throwError } from 'rxjs';
import {
  type ReconnectContext,
  type ReconnectStrategy,
  exponentialBackoff,
  fixedDelay,
  whenOnline,
} from '../../src/index.js';
import { connecting, connects, journey, visits } from '../support/journey.js';
import { type MqttHelpers, mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

const a = connack();

describe('fixedDelay()', () => {
  it(
    'P5: reconnects every so many ms, the servers in turn [S69]',
    mqttMarbles(helpers => {
      helpers
        .expectTimeline(visits(helpers, 'ab', ['-#', '-a-#'], { reconnect: fixedDelay(5) }, 20))
        .toBe('0 a', '6 b', '14 a', '19 b', '20 |');
    }),
  );

  it('refuses a delay that would make a loop', () => {
    for (const wrong of [0, -1, NaN, Infinity, 2 ** 31]) expect(() => fixedDelay(wrong)).to.throw(/fixedDelay/);
  });
});

describe('whenOnline()', () => {
  const online = (marbles: string, { cold }: MqttHelpers, now: boolean) =>
    cold(marbles, { y: true, n: false }).pipe(startWith(now));
  const after3 = fixedDelay(3);

  it(
    'does not attempt while the platform is offline, and does as soon as it is online [S69]',
    mqttMarbles(helpers => {
      const state$ = new BehaviorSubject(true);
      helpers.act('--n----------y------', { n: () => state$.next(false), y: () => state$.next(true) });
      helpers
        .expectTimeline(visits(helpers, 'a', ['-a--#'], { reconnect: whenOnline(after3, state$) }, 20))
        .toBe('0 a', '13 a', '16 a', '19 a', '20 |');
    }),
  );

  const cases: [what: string, online$: (helpers: MqttHelpers) => Observable<boolean>, ...visits: string[]][] = [
    ['waits as the strategy says while it is online', () => of(true), '0 a', '3 a', '6 a', '9 a'],
    ['waits as long as it is offline after that', h => online('----y', h, false), '0 a', '7 a'],
    ['an observable that ends is no reason to wait', () => EMPTY, '0 a', '3 a', '6 a', '9 a'],
    ['nor is one that errors', () => throwError(() => new Error('no')), '0 a', '3 a', '6 a', '9 a'],
    ['one that says nothing is', () => NEVER, '0 a'],
  ];
  for (const [what, online$, ...expected] of cases) {
    it(
      what,
      mqttMarbles(helpers => {
        const reconnect = whenOnline(after3, online$(helpers));
        helpers.expectTimeline(visits(helpers, 'a', [], { reconnect }, 10)).toBe(...expected, '10 |');
      }),
    );
  }

  it(
    'reconnect() and disconnect() do not wait for it',
    mqttMarbles(({ broker, act, expectTimeline }) => {
      const options = { transport: broker(['#', '-a-#'], { a }), reconnect: whenOnline(after3, of(false, false)) };
      const never = { ...options, reconnect: whenOnline(after3, NEVER) };
      const client = connecting('mqtt://a', never, 20);
      act('-----r', { r: () => client.reconnect().subscribe() });
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '0 waiting 3: CONNECTION_CLOSED',
        '5 connecting mqtt://a',
        '6 connected',
        '8 waiting 3: CONNECTION_CLOSED',
        '20 closed',
        '20 |',
      );
    }),
  );

  it(
    'passes on what the strategy wants, and its end',
    mqttMarbles(helpers => {
      const states$ = of(true);
      const strategy: ReconnectStrategy = ({ attempt, wait }) =>
        attempt === 1 ? of({ url: 'mqtt://z' }) : attempt === 2 ? wait(2) : EMPTY;
      helpers
        .expectTimeline(visits(helpers, 'a', [], { reconnect: whenOnline(strategy, states$) }, 20))
        .toBe('0 a', '0 z', '2 a', '2 |');
      const giveUp = whenOnline(exponentialBackoff({ initial: 2, maxRetries: 1 }), states$);
      helpers.expectTimeline(visits(helpers, 'a', [], { reconnect: giveUp }, 20)).toBe('0 a', '2 a', '2 |');
    }),
  );

  describe('without an observable', () => {
    const { navigator } = globalThis;
    const platform = new EventTarget();
    const own: { onLine?: boolean } = {};
    const globals = globalThis as unknown as Record<string, unknown>;
    beforeEach(() => {
      Object.defineProperty(globalThis, 'navigator', { value: own, configurable: true });
    });
    afterEach(() => {
      Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
      delete globals.addEventListener;
      delete globals.removeEventListener;
    });

    it(
      'looks at navigator.onLine and its events where they are',
      mqttMarbles(helpers => {
        own.onLine = false;
        globals.addEventListener = platform.addEventListener.bind(platform);
        globals.removeEventListener = platform.removeEventListener.bind(platform);
        helpers.act('-----o', {
          o: () => {
            own.onLine = true;
            platform.dispatchEvent(new Event('online'));
          },
        });
        helpers
          .expectTimeline(visits(helpers, 'a', [], { reconnect: whenOnline(after3) }, 10))
          .toBe('0 a', '5 a', '8 a', '10 |');
      }),
    );

    it(
      'is the strategy alone where the platform does not say',
      mqttMarbles(helpers => {
        delete own.onLine;
        helpers
          .expectTimeline(visits(helpers, 'a', [], { reconnect: whenOnline(after3) }, 10))
          .toBe('0 a', '3 a', '6 a', '9 a', '10 |');
      }),
    );
  });
});

describe('a reconnect strategy of the user', () => {
  it(
    'chooses the server by its index, the same one again, or another client id',
    mqttMarbles(({ broker, expectTimeline }) => {
      const asked: ReconnectContext[] = [];
      const answers = [
        { server: 2 },
        { server: 'same' },
        { server: 'next' },
        { newClientId: true, server: 1 },
      ] as const;
      const client = connecting(
        ['mqtt://u:p@a', 'mqtt://b', 'mqtt://c'],
        {
          transport: broker(['--#', '--#', '--#', '--#', '--a'], { a }),
          reconnect: context => {
            asked.push(context);
            return of(answers[asked.length - 1]);
          },
        },
        20,
      );
      const ids: string[] = [];
      connects(client, ({ clientId }) => clientId).subscribe(id => ids.push(id));
      expectTimeline(journey(client).pipe(filter(what => what.startsWith('connecting')))).toBe(
        '0 connecting mqtt://a',
        '2 connecting mqtt://c',
        '4 connecting mqtt://c',
        '6 connecting mqtt://a',
        '8 connecting mqtt://b',
        '20 |',
      );
      client.connection$.subscribe({
        complete: () => {
          expect(asked.map(({ server }) => server)).to.deep.equal([0, 2, 2, 0]);
          expect(asked[0]).to.deep.include({ servers: ['mqtt://a', 'mqtt://b', 'mqtt://c'], verdict: 'retry' });
          expect(new Set(ids.slice(0, 4)).size).to.equal(1);
          expect(ids[4]).to.not.equal(ids[0]);
        },
      });
    }),
  );

  it(
    'that asks for what cannot be had is the end, not a client that hangs',
    mqttMarbles(({ broker, expectTimeline }) => {
      for (const wrong of [{ server: 1 }, { server: -1 }, { url: 'no url' }]) {
        const client = connecting('mqtt://a', { transport: broker(['#']), reconnect: () => of(wrong) }, 20);
        expectTimeline(journey(client)).toBe(
          '0 connecting mqtt://a',
          '0 waiting 0: CONNECTION_CLOSED',
          '0 closed: INVALID_ARGUMENT',
          '0 |',
        );
      }
    }),
  );
});
