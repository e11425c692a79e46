import { type Observable, Subject, map, timer } from 'rxjs';
import type { ReconnectContext } from '../../src/index.js';
import { flow } from './support.js';
import { connecting, failure } from './streams/connecting.js';

describe('reconnect: what is counted and what is told', () => {
  describe('the count of attempts', () => {
    /** The strategy of the user, as he sees it. */
    const watching = () => {
      const asked$ = new Subject<string>();
      const strategy = ({ attempt, connectedFor, wait }: ReconnectContext) => {
        asked$.next(`${attempt} after ${connectedFor}`);
        return wait(2);
      };
      return { asked$, strategy };
    };

    it(
      'goes on while a broker accepts and hangs up: no storm (#561)',
      flow(helpers => {
        const attempts = ['-c-#', '-c-#', '-c-#', '-c'];
        const sub = '      ^---------------!';
        const out = '      -c----c----c----';
        const asked = '    ---a----b----c---';
        const { asked$, strategy } = watching();
        const { connection$ } = connecting(helpers, attempts, strategy);
        helpers.expectObservable(asked$).toBe(asked, { a: '1 after 2', b: '2 after 2', c: '3 after 2' });
        helpers.expectObservable(connection$, sub).toBe(out);
      }),
    );

    it(
      'begins again at 1 after a connection that held',
      flow(helpers => {
        const attempts = ['-#', '-#', '-c---------#', '-#'];
        const sub = '      ^---------------------!';
        const out = '      -------c---------------';
        const asked = '    -a--b------------c--d--';
        const { asked$, strategy } = watching();
        const { connection$ } = connecting(helpers, attempts, strategy);
        helpers
          .expectObservable(asked$)
          .toBe(asked, { a: '1 after 0', b: '2 after 0', c: '1 after 10', d: '2 after 0' });
        helpers.expectObservable(connection$, sub).toBe(out);
      }),
    );

    it(
      'goes on after a connection that nearly held',
      flow(helpers => {
        const attempts = ['-#', '-c--------#', '-c'];
        const sub = '      ^---------------!';
        const out = '      ----c-----------';
        const asked = '    -a-----------b--';
        const { asked$, strategy } = watching();
        const { connection$ } = connecting(helpers, attempts, strategy);
        helpers.expectObservable(asked$).toBe(asked, { a: '1 after 0', b: '2 after 9' });
        helpers.expectObservable(connection$, sub).toBe(out);
      }),
    );

    it(
      'is one for every subscription',
      flow(helpers => {
        const attempts = ['-#', '-c-', '-#', '-c'];
        const { asked$, strategy } = watching();
        const asked = '    -a-----b---';
        const { connection$ } = connecting(helpers, attempts, strategy);
        helpers.expectObservable(asked$).toBe(asked, { a: '1 after 0', b: '1 after 0' });
        helpers.expectObservable(connection$, '^----!    ').toBe('----c     ');
        helpers.expectObservable(connection$, '------^--!').toBe('----------');
      }),
    );
  });

  it(
    'gives the strategy the error, the clock and the chance of the client',
    flow(helpers => {
      const attempts = ['-#', '-c'];
      const sub = '      ^------!';
      const out = '      ------c-';
      const asked = '    -a------';
      const asked$ = new Subject<string>();
      const strategy = ({ error, scheduler, random }: ReconnectContext): Observable<void> => {
        asked$.next(`${error.code} ${scheduler === helpers.clock} ${random()}`);
        return timer(4, scheduler).pipe(map(() => undefined));
      };
      const { connection$ } = connecting(helpers, attempts, strategy);
      helpers.expectObservable(asked$).toBe(asked, { a: 'CONNECTION_CLOSED true 0.5' });
      helpers.expectObservable(connection$, sub).toBe(out);
    }),
  );

  it(
    'ends with the error of the one who cannot have what the strategy asked for',
    flow(helpers => {
      const attempts = ['-#'];
      const out = '      -#';
      const retrying = () => {
        throw failure('INVALID_ARGUMENT');
      };
      const { connection$ } = connecting(helpers, attempts, () => [{ url: 'nonsense' }], { onRetrying: retrying });
      helpers.expectObservable(connection$).toBe(out, undefined, 'INVALID_ARGUMENT retryable');
    }),
  );
});
