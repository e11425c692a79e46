import { expect } from 'chai';
import { NEVER, Subject, concat, defer, ignoreElements, of } from 'rxjs';
import { type BackoffOptions, MqttError } from '../../src/index.js';
import { exponentialBackoff, never } from '../../src/operators/reconnect/strategies.js';
import { handshake } from '../../src/operators/handshake/handshake.js';
import type { ReconnectContext, ReconnectStrategy } from '../../src/options/options.js';
import { connack } from '../support/packets.js';
import { reconnect } from './streams/connecting.js';
import { type FlowHelpers, connect, flow, inWords } from './support.js';

const failure = (retryable = true) => new MqttError('CONNECTION_FAILED', 'no', { retryable });

/** Attempts that fail at once, as long as the strategy goes on; each `a` is an attempt. */
function attempts(
  { cold, clock }: FlowHelpers,
  strategy: ReconnectStrategy,
  { random = () => 0.5, error = failure() }: { random?: () => number; error?: MqttError } = {},
) {
  const attempt$ = new Subject<string>();
  const delay$ = new Subject<number>();
  const failing$ = cold('#', undefined, error);
  const connection$ = defer(() => {
    attempt$.next('a');
    return failing$;
  }).pipe(
    reconnect({
      strategy,
      stableAfter: 10_000,
      scheduler: clock,
      random,
      onWaiting: (_, delay) => delay$.next(delay),
      onRetrying: () => {},
    }),
  );
  return { connection$: inWords(connection$), attempt$, delay$ };
}

const plain: BackoffOptions = { jitter: 'none' };

describe('exponentialBackoff', () => {
  for (const [name, ...values] of [
    ['initial', 0, 0.5, -1, NaN, Infinity, '1s'],
    ['max', 0, -1, NaN, Infinity, 2 ** 31],
    ['factor', 0, 0.5, NaN, '2x'],
  ] as const) {
    for (const value of values) {
      it(`refuses ${name} ${value}, with which it would retry without a pause, or never`, () => {
        expect(() => exponentialBackoff({ [name]: value }))
          .to.throw(`exponentialBackoff({ ${name} }) must be a number`)
          .with.property('code', 'INVALID_ARGUMENT');
      });
    }
  }

  it(
    'doubles the delay from 1 s to 60 s (M3)',
    flow(helpers => {
      const sub = '     ^ 200s !';
      const tries = '   a 999ms a 1999ms a 3999ms a 7999ms a 15999ms a 31999ms a 59999ms a 59999ms a';
      const { connection$, attempt$ } = attempts(helpers, exponentialBackoff(plain));
      helpers.expectObservable(attempt$).toBe(tries);
      helpers.expectObservable(connection$, sub).toBe('');
    }),
  );

  it(
    'goes from `initial` to `max` by `factor`',
    flow(helpers => {
      const sub = '     ^---------------------------------!';
      const tries = '   a-a-----a---------a---------a------';
      const { connection$, attempt$ } = attempts(
        helpers,
        exponentialBackoff({ ...plain, initial: 2, factor: 3, max: 10 }),
      );
      helpers.expectObservable(attempt$).toBe(tries);
      helpers.expectObservable(connection$, sub).toBe('');
    }),
  );

  it(
    'keeps one delay with a factor of 1',
    flow(helpers => {
      const sub = '     ^------------!';
      const tries = '   a---a---a---a-';
      const { connection$, attempt$ } = attempts(helpers, exponentialBackoff({ ...plain, initial: 4, factor: 1 }));
      helpers.expectObservable(attempt$).toBe(tries);
      helpers.expectObservable(connection$, sub).toBe('');
    }),
  );

  describe('full jitter takes anything from nothing to all of the delay', () => {
    const options = { initial: 4, max: 16, maxRetries: 4 };
    const cases: [chance: number, tries: string, out: string][] = [
      [0, '(aaaaa)', '#'],
      [0.5, 'a-a---a-------a-------a', '22ms #'],
      [0.999_999, 'a---a-------a---------------a---------------a', '44ms #'],
    ];
    for (const [chance, tries, out] of cases) {
      it(
        `by a chance of ${chance}`,
        flow(helpers => {
          const { connection$, attempt$ } = attempts(helpers, exponentialBackoff(options), { random: () => chance });
          helpers.expectObservable(attempt$).toBe(tries);
          helpers.expectObservable(connection$).toBe(out, undefined, 'CONNECTION_FAILED retryable');
        }),
      );
    }
  });

  it(
    'asks chance anew for every delay, and announces it in whole ms',
    flow(helpers => {
      const chances = [0.1, 0.9, 0.3333];
      const delays = ' a 99ms b 1799ms c';
      const out = '    3233ms #';
      const random = () => chances.shift()!;
      const { connection$, delay$ } = attempts(helpers, exponentialBackoff({ maxRetries: 3 }), { random });
      helpers.expectObservable(delay$).toBe(delays, { a: 100, b: 1800, c: 1333 });
      helpers.expectObservable(connection$).toBe(out, undefined, 'CONNECTION_FAILED retryable');
    }),
  );

  it(
    'gives up after `maxRetries`, with the error of the last attempt',
    flow(helpers => {
      const tries = ' a---a-------a';
      const out = '   ------------#';
      const { connection$, attempt$ } = attempts(helpers, exponentialBackoff({ ...plain, initial: 4, maxRetries: 2 }));
      helpers.expectObservable(attempt$).toBe(tries);
      helpers.expectObservable(connection$).toBe(out, undefined, 'CONNECTION_FAILED retryable');
    }),
  );

  it(
    'does not try at all with `maxRetries: 0`',
    flow(helpers => {
      const tries = ' a';
      const out = '   #';
      const { connection$, attempt$ } = attempts(helpers, exponentialBackoff({ maxRetries: 0 }));
      helpers.expectObservable(attempt$).toBe(tries);
      helpers.expectObservable(connection$).toBe(out, undefined, 'CONNECTION_FAILED retryable');
    }),
  );

  it(
    'gives up at once on what a retry cannot mend',
    flow(helpers => {
      const tries = ' a';
      const out = '   #';
      const { connection$, attempt$ } = attempts(helpers, exponentialBackoff(), { error: failure(false) });
      helpers.expectObservable(attempt$).toBe(tries);
      helpers.expectObservable(connection$).toBe(out, undefined, 'CONNECTION_FAILED');
    }),
  );

  it(
    'does not wait less because many attempts have failed: the numbers stay numbers',
    flow(helpers => {
      const sub = '     ^---!';
      const delays = '  a----';
      const delay$ = new Subject<number>();
      const { clock } = helpers;
      const wait = (ms: number) => {
        delay$.next(ms);
        return helpers.cold<void>('');
      };
      const context = {
        attempt: 5000,
        error: failure(),
        scheduler: clock,
        random: () => 0.5,
        wait,
      } as Partial<ReconnectContext>;
      helpers.expectObservable(delay$).toBe(delays, { a: 60_000 });
      helpers
        .expectObservable(
          defer(() => exponentialBackoff(plain)(context as ReconnectContext)),
          sub,
        )
        .toBe('');
    }),
  );

  describe('a broker that is busy once does not end the client (#711)', () => {
    const cases = [
      ['5.0, server busy', 5, connack({ reasonCode: 0x89 })],
      ['5.0, server unavailable', 5, connack({ reasonCode: 0x88 })],
      ['5.0, connection rate exceeded', 5, connack({ reasonCode: 0x9f })],
      ['3.1.1, server unavailable', 4, connack({ reasonCode: 0x88, returnCode: 3 })],
    ] as const;
    for (const [title, protocolVersion, busy] of cases) {
      it(
        title,
        flow(({ cold, clock, expectObservable }) => {
          const answers = [cold('--b', { b: busy }), cold('--b', { b: busy }), cold('--a', { a: connack() })];
          const sub = '  ^-----------------------!';
          const out = '  ------------------c-----'; // refused at 2; 4 ms later, refused at 8; 8 ms later, accepted at 18
          const greet = handshake({
            connect: connect({ protocolVersion }),
            timeout: 10,
            scheduler: clock,
            onAccepted: () => {},
          });
          const connection$ = defer(() => concat(answers.shift()!.pipe(greet, ignoreElements()), of('c'), NEVER));
          const again = reconnect<string>({
            strategy: exponentialBackoff({ ...plain, initial: 4 }),
            stableAfter: 10_000,
            scheduler: clock,
            random: () => 0.5,
            onWaiting: () => {},
            onRetrying: () => {},
          });
          expectObservable(connection$.pipe(again), sub).toBe(out);
        }),
      );
    }
  });

  it(
    'reconnect: false gives up at the first failure, whatever it was',
    flow(helpers => {
      const tries = ' a';
      const out = '   #';
      const { connection$, attempt$ } = attempts(helpers, never);
      helpers.expectObservable(attempt$).toBe(tries);
      helpers.expectObservable(connection$).toBe(out, undefined, 'CONNECTION_FAILED retryable');
    }),
  );
});
