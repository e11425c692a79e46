import { Subject, of, startWith } from 'rxjs';
import { auth } from '../support/packets.js';
import { anew, flow, method, polite } from './streams/authenticating.js';

const packets = { a: auth(0x18, 'one'), k: auth(0, 'proof'), e: { cmd: 'auth' as const, reasonCode: 0 } };
const r = "AUTH 0x19 T 'first'";
const x = "AUTH 0x18 T 're:one'";

describe('reauthenticate', () => {
  it(
    'says nothing unless it is asked, and listens only while it waits for the broker (4.12.1)',
    flow(({ hot, expectFlow, expectObservable, expectSubscriptions, clock }) => {
      const done$ = new Subject<string>();
      const asked = hot('--a---------', undefined);
      const auths = hot('---a--k-----', packets);
      const subs = '     --^---!     ';
      const out = '      --r-x-------';
      const done = '     -------d----';
      expectObservable(done$).toBe(done);
      expectFlow(auths.pipe(anew({ clock, authentication: polite(1) }, asked, () => done$.next('d')))).toBe(out, {
        r,
        x,
      });
      expectSubscriptions(auths.subscriptions).toBe(subs);
    }),
  );

  it(
    'does it once more when it is asked once more, and not twice at a time',
    flow(({ hot, expectFlow, clock }) => {
      const asked = hot('-aa--a----', undefined);
      const auths = hot('---k---e--', packets);
      const out = '      -r---r----';
      expectFlow(auths.pipe(anew({ clock, authentication: method(() => of('first')) }, asked))).toBe(out, { r });
    }),
  );

  it(
    'names the method alone where the server speaks first',
    flow(({ hot, expectFlow, clock }) => {
      const asked = hot('-a--------', undefined);
      const auths = hot('---a----k-', packets);
      const out = '      -o--x-----';
      const authentication = polite(1, { serverFirst: true });
      expectFlow(auths.pipe(anew({ clock, authentication }, asked))).toBe(out, { o: 'AUTH 0x19 T', x });
    }),
  );

  it(
    'takes an AUTH without anything for success (3.15.2.1)',
    flow(({ hot, expectObservable, clock }) => {
      const done$ = new Subject<string>();
      const auths = hot('---e', packets);
      expectObservable(done$).toBe('---d');
      const authentication = method(() => of('first'));
      auths.pipe(anew({ clock, authentication }, of(1), () => done$.next('d'))).subscribe();
    }),
  );

  it(
    'fails when the function refuses the broker',
    flow(({ hot, expectFlow, clock }) => {
      const asked = hot('-a------', undefined);
      const auths = hot('---k', packets);
      const out = '      -r-#';
      const refusing = method(said$ => {
        const verdict$ = new Subject<string>();
        said$.subscribe(() => verdict$.error(new Error('an impostor')));
        return verdict$.pipe(startWith('first'));
      });
      const failed = 'AUTHENTICATION_FAILED 0x80 retryable';
      expectFlow(auths.pipe(anew({ clock, authentication: refusing }, asked))).toBe(out, { r }, failed);
    }),
  );

  it(
    'fails when it takes too long',
    flow(({ hot, expectFlow, clock }) => {
      const asked = hot('-a------', undefined);
      const auths = hot('--------', packets);
      const out = '      -r 19ms #';
      const failed = 'AUTHENTICATION_FAILED 0x80 retryable';
      expectFlow(auths.pipe(anew({ clock, authentication: polite(1) }, asked))).toBe(out, { r }, failed);
    }),
  );

  it(
    'fails when the broker names another method',
    flow(({ hot, expectFlow, clock }) => {
      const asked = hot('-a------', undefined);
      const auths = hot('---u', { u: auth(0, 'proof', 'U') });
      const out = '      -r-#';
      const violation = 'PROTOCOL_ERROR 0x82 retryable';
      expectFlow(auths.pipe(anew({ clock, authentication: polite(1) }, asked))).toBe(out, { r }, violation);
    }),
  );
});
