import { EMPTY, of, throwError } from 'rxjs';
import type { AttemptOverrides } from '../../src/index.js';
import { flow } from './support.js';
import { connecting, waitFor, failure, closed } from './streams/connecting.js';

describe('reconnect', () => {
  it(
    'tries again when the strategy emits, and announces the delay of wait()',
    flow(helpers => {
      const attempts = ['-c-#', '    --c---'];
      const sub = '      ^------------!';
      const out = '      -c-------c----';
      const first = '    ^--!          ';
      const second = '   -------^-----!';
      const told = '     ---w---r------';
      const { connection$, links, told$ } = connecting(helpers, attempts, waitFor(4));
      helpers.expectObservable(connection$, sub).toBe(out);
      helpers.expectObservable(told$).toBe(told, { w: 'wait 1 4', r: 'retry 2' });
      helpers.expectSubscriptions(links[0]!.subscriptions).toBe(first);
      helpers.expectSubscriptions(links[1]!.subscriptions).toBe(second);
    }),
  );

  it(
    'tries again when the very first attempt fails too (N7)',
    flow(helpers => {
      const attempts = ['--#', '--#', '--c'];
      const sub = '      ^------------!';
      const out = '      ------------c-';
      const told = '     --w--r-x--s---';
      const { connection$, told$ } = connecting(helpers, attempts, waitFor(3));
      helpers.expectObservable(connection$, sub).toBe(out);
      helpers.expectObservable(told$).toBe(told, { w: 'wait 1 3', r: 'retry 2', x: 'wait 2 3', s: 'retry 3' });
    }),
  );

  it(
    'ends the wait when it is hurried',
    flow(helpers => {
      const attempts = ['-c-#', '             -c-'];
      const sub = '      ^ 5s                 !';
      const out = '      -c- 2s       -c------';
      const told = '     ---w 1999ms  r-------';
      const hurry = '    --- 2s       x-------';
      const { connection$, told$ } = connecting(helpers, attempts, waitFor(60_000), { shorten$: helpers.hot(hurry) });
      helpers.expectObservable(connection$, sub).toBe(out);
      helpers.expectObservable(told$).toBe(told, { w: 'wait 1 60000', r: 'retry 2' });
    }),
  );

  it(
    'leaves a second between two attempts, however often it is hurried',
    flow(helpers => {
      const attempts = ['#', '#', '#'];
      const sub = '      ^ 2500ms !';
      const told = '     (w) 997ms (rx) 996ms (sy)';
      const hurry = '    --x-x-x-x-x-x 994ms x-x-x-x-x';
      const { connection$, told$ } = connecting(helpers, attempts, waitFor(60_000), { shorten$: helpers.hot(hurry) });
      helpers.expectObservable(connection$, sub).toBe('');
      helpers.expectObservable(told$).toBe(told, {
        w: 'wait 1 60000',
        r: 'retry 2',
        x: 'wait 2 60000',
        s: 'retry 3',
        y: 'wait 3 60000',
      });
    }),
  );

  it(
    'makes no wait longer by that',
    flow(helpers => {
      const attempts = ['#'];
      const sub = '      ^---------!';
      const told = '     w----r-----';
      const hurry = '    --x-x-x-x-x';
      const { connection$, told$ } = connecting(helpers, attempts, waitFor(5), { shorten$: helpers.hot(hurry) });
      helpers.expectObservable(connection$, sub).toBe('');
      helpers.expectObservable(told$).toBe(told, { w: 'wait 1 5', r: 'retry 2' });
    }),
  );

  it(
    'completes when the strategy completes: stop quietly',
    flow(helpers => {
      const attempts = ['-c-#'];
      const out = '      -c-|';
      const { connection$ } = connecting(helpers, attempts, () => EMPTY);
      helpers.expectObservable(connection$).toBe(out);
    }),
  );

  it(
    'errors when the strategy errors, with its error; a strategy that gives up at once was never waited for',
    flow(helpers => {
      const attempts = ['-c-#'];
      const out = '      -c-#';
      const told = '     ----';
      const { connection$, told$ } = connecting(helpers, attempts, () => throwError(() => failure('CONNECT_TIMEOUT')));
      helpers.expectObservable(connection$).toBe(out, undefined, 'CONNECT_TIMEOUT retryable');
      helpers.expectObservable(told$).toBe(told);
    }),
  );

  it(
    'errors when the strategy errors later',
    flow(helpers => {
      const attempts = ['-c-#'];
      const decision = '    ---#';
      const out = '      -c----#';
      const told = '     ---w---';
      const decision$ = helpers.cold<never>(decision, undefined, failure());
      const { connection$, told$ } = connecting(helpers, attempts, () => decision$);
      helpers.expectObservable(connection$).toBe(out, undefined, closed);
      helpers.expectObservable(told$).toBe(told, { w: 'wait 1 0' });
    }),
  );

  it(
    'errors with what a strategy throws',
    flow(helpers => {
      const attempts = ['-c-#'];
      const out = '      -c-#';
      const { connection$ } = connecting(helpers, attempts, () => {
        throw failure('OPTIONS_FAILED');
      });
      helpers.expectObservable(connection$).toBe(out, undefined, 'OPTIONS_FAILED retryable');
    }),
  );

  it(
    'waits for ever when the strategy never answers, and ends with its unsubscription',
    flow(helpers => {
      const attempts = ['-c-#'];
      const sub = '      ^-------!';
      const out = '      -c-------';
      const decision = ' ---^----!';
      const decision$ = helpers.cold<never>('');
      const { connection$ } = connecting(helpers, attempts, () => decision$);
      helpers.expectObservable(connection$, sub).toBe(out);
      helpers.expectSubscriptions(decision$.subscriptions).toBe(decision);
    }),
  );

  it(
    'passes on what the strategy wants to be different',
    flow(helpers => {
      const attempts = ['-#', '-c-'];
      const decision = '   --u';
      const sub = '      ^-----!';
      const out = '      ----c--';
      const told = '     -w-r---';
      const decision$ = helpers.cold<AttemptOverrides>(decision, { u: { url: 'mqtt://backup' } });
      const { connection$, told$ } = connecting(helpers, attempts, () => decision$);
      helpers.expectObservable(connection$, sub).toBe(out);
      helpers.expectObservable(told$).toBe(told, { w: 'wait 1 0', r: 'retry 2 mqtt://backup' });
    }),
  );

  it(
    'stops its timer when it is unsubscribed from while it waits',
    flow(helpers => {
      const attempts = ['-c-#', '-c-'];
      const sub = '      ^----!    ';
      const out = '      -c--------';
      const told = '     ---w------';
      const { connection$, told$ } = connecting(helpers, attempts, waitFor(4));
      helpers.expectObservable(connection$, sub).toBe(out);
      helpers.expectObservable(told$).toBe(told, { w: 'wait 1 4' });
    }),
  );

  describe('a strategy that answers at once', () => {
    it(
      'begins the next attempt in the same moment',
      flow(helpers => {
        const attempts = ['-c--#', '-c--#', '-c-'];
        const sub = '      ^-----------!';
        const out = '      -c---c---c---';
        const told = '     ----(wr)(xs)-';
        const { connection$, told$ } = connecting(helpers, attempts, () => of(undefined));
        helpers.expectObservable(connection$, sub).toBe(out);
        helpers.expectObservable(told$).toBe(told, { w: 'wait 1 0', r: 'retry 2', x: 'wait 2 0', s: 'retry 3' });
      }),
    );

    it(
      'is listened to only once, however much it says',
      flow(helpers => {
        const attempts = ['-c-#', '-c-'];
        const sub = '      ^-------!';
        const out = '      -c--c----';
        const told = '     ---(wr)--';
        const { connection$, told$ } = connecting(helpers, attempts, () => [undefined, undefined]);
        helpers.expectObservable(connection$, sub).toBe(out);
        helpers.expectObservable(told$).toBe(told, { w: 'wait 1 0', r: 'retry 2' });
      }),
    );
  });

  it(
    'listens to the first answer only: a strategy that goes on is left',
    flow(helpers => {
      const attempts = ['-#', '-c--------'];
      const sub = '      ^---------!';
      const out = '      ----c------';
      const told = '     -w-r-------';
      const decision = ' -^-!       ';
      const decision$ = helpers.cold<void>('--a--a--a--a');
      const { connection$, told$ } = connecting(helpers, attempts, () => decision$);
      helpers.expectObservable(connection$, sub).toBe(out);
      helpers.expectObservable(told$).toBe(told, { w: 'wait 1 0', r: 'retry 2' });
      helpers.expectSubscriptions(decision$.subscriptions).toBe(decision);
    }),
  );

  it(
    'completes when a connection completes, which is after a DISCONNECT of ours, and does not ask',
    flow(helpers => {
      const attempts = ['-c-|'];
      const out = '      -c-|';
      const told = '     ----';
      const { connection$, told$ } = connecting(helpers, attempts, waitFor(1));
      helpers.expectObservable(connection$).toBe(out);
      helpers.expectObservable(told$).toBe(told);
    }),
  );
});
