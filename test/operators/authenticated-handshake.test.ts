import { expect } from 'chai';
import {
  NEVER,
  Subject,
  concat,
  concatMap,
  firstValueFrom,
  ignoreElements,
  map,
  of,
  startWith,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import type { AckProperties, Authentication, MqttError } from '../../src/index.js';
import type { AuthPacket, ConnackPacket } from '../../src/packets.js';
import { auth, authentication, connack } from '../support/packets.js';
import { Clock } from './support.js';
import { aloud, flow, greeting, method, polite } from './streams/authenticating.js';

const packets = {
  a: auth(0x18, 'one'),
  b: auth(0x18, 'two'),
  k: connack({ properties: authentication('proof') }),
};
const c = "CONNECT v5 T 'first'";
const x = "AUTH 0x18 T 're:one'";
const y = "AUTH 0x18 T 're:two'";

const FAILED = 'AUTHENTICATION_FAILED 0x80';
const VIOLATION = 'PROTOCOL_ERROR 0x82 retryable';

describe('authenticatedHandshake', () => {
  it(
    'puts the first word into CONNECT, answers each AUTH by AUTH 0x18, and listens no more after CONNACK [MQTT-4.12.0-3]',
    flow(({ hot, expectFlow, expectSubscriptions, clock }) => {
      const answers = hot('-a---b---k---', packets);
      const subs = '       ^--------!   ';
      const out = '        c-x---y---|  ';
      expectFlow(answers.pipe(greeting({ clock, authentication: polite(1) }))).toBe(out, { c, x, y });
      expectSubscriptions(answers.subscriptions).toBe(subs);
    }),
  );

  it(
    'lets CONNECT wait for a first word that takes its time',
    flow(({ hot, cold, expectFlow, clock }) => {
      const token = '    -----(t|)';
      const answers = hot('-------k-', packets);
      const out = '        -----c-|';
      const authentication = method(() => cold(token, { t: 'first' }));
      expectFlow(answers.pipe(greeting({ clock, authentication }))).toBe(out, { c });
    }),
  );

  it(
    'takes bytes as they are, and no more than a property can carry',
    flow(({ expectFlow, clock }) => {
      const fits = greeting({ clock, authentication: method(() => [new Uint8Array(0xffff)]) });
      const tooMuch = greeting({ clock, authentication: method(() => [new Uint8Array(0x10000)]) });
      const size = map((packet: { properties?: { authenticationData?: Uint8Array } }) =>
        connack({ reasonCode: packet.properties!.authenticationData!.length }),
      );
      const reached: number[] = [];
      NEVER.pipe(fits, size)
        .subscribe(({ reasonCode }) => reached.push(reasonCode))
        .unsubscribe();
      expect(reached).to.deep.equal([0xffff]);
      expectFlow(NEVER.pipe(tooMuch)).toBe('#', {}, FAILED);
    }),
  );

  it(
    'names the method alone and at once where the server speaks first',
    flow(({ hot, expectFlow, clock }) => {
      const answers = hot('-a---k---', packets);
      const out = '        o-x---|  ';
      const authentication = polite(1, { serverFirst: true });
      expectFlow(answers.pipe(greeting({ clock, authentication }))).toBe(out, { o: 'CONNECT v5 T', x });
    }),
  );

  it(
    'hands over the CONNACK when the function has accepted the broker, before it completes',
    flow(({ hot, expectObservable, clock }) => {
      const log$ = new Subject<string>();
      const answers = hot('--k---', packets);
      const log = '        -----(ac)';
      const flow$ = answers.pipe(greeting({ clock, authentication: polite(3) }, () => log$.next('accepted')));
      expectObservable(log$).toBe(log, { a: 'accepted', c: 'complete' });
      flow$.subscribe({ complete: () => log$.next('complete') });
    }),
  );

  it(
    'needs no word of a function that has said all it had to say, as one with a token',
    flow(({ hot, expectFlow, clock }) => {
      const answers = hot('--k', packets);
      const out = '        c-|';
      expectFlow(answers.pipe(greeting({ clock, authentication: method(() => of('first')) }))).toBe(out, { c });
    }),
  );

  it('takes a promise for a function of one word', async () => {
    const authentication = method(() => Promise.resolve('first'));
    const connect = await firstValueFrom(NEVER.pipe(greeting({ clock: new Clock(), authentication })));
    expect(aloud(connect)).to.equal(c);
  });

  it(
    'keeps a challenge that comes before the function listens: within the call that says the first word',
    flow(({ expectFlow, clock }) => {
      const answer$ = new Subject<AuthPacket | ConnackPacket>();
      const authentication = method(said$ =>
        said$.pipe(
          concatMap(said => (said.endsWith('!') ? [] : [`re:${said}`])),
          startWith('first'),
        ),
      );
      const replies = [packets.a, packets.k];
      const out = '(cx|)';
      const flow$ = answer$.pipe(
        greeting({ clock, authentication }),
        tap(() => answer$.next(replies.shift()!)),
      );
      expectFlow(flow$).toBe(out, { c, x });
    }),
  );

  it('tells the function what it may want to know, and what the broker says beside its data', () => {
    const told: unknown[] = [];
    const listening: Authentication = {
      method: 'T',
      exchange: (challenge$, context) => {
        told.push(context);
        return challenge$.pipe(
          tap(challenge => told.push(challenge)),
          ignoreElements(),
          startWith('first'),
        );
      },
    };
    const beside: AckProperties = { reasonString: 'welcome', userProperties: [['a', 'b']] };
    const answer$ = new Subject<ConnackPacket>();
    answer$.pipe(greeting({ clock: new Clock(), authentication: listening })).subscribe();
    answer$.next(connack({ properties: { ...authentication(), ...beside } }));
    expect(told).to.deep.equal([
      { reauthentication: false, url: 'mqtt://broker', clientId: 'me' },
      { data: new Uint8Array(), final: true, ...beside },
    ]);
  });

  it(
    'leaves neither a timer nor the function when it is unsubscribed from',
    flow(({ hot, expectFlow, expectSubscriptions, clock }) => {
      const answers = hot('----a--', packets);
      const ours = hot('   f------', { f: 'first' });
      const sub = '        ^--!   ';
      expectFlow(answers.pipe(greeting({ clock, authentication: method(() => ours) })), sub).toBe('c--', { c });
      expectSubscriptions(answers.subscriptions).toBe(sub);
      expectSubscriptions(ours.subscriptions).toBe(sub);
    }),
  );

  describe('a function that misbehaves', () => {
    /** The error of the flow when the broker sends these, and the words of its message. */
    const fails = (
      name: string,
      exchange: Parameters<typeof method>[0],
      diagrams: readonly [answers: string, out: string],
      ...expected: readonly [error: string, words: RegExp, given?: Partial<Authentication>]
    ) => {
      const [error, wording, given] = expected;
      it(
        name,
        flow(({ hot, expectFlow, clock }) => {
          const [answers, out] = diagrams;
          let found: MqttError | undefined;
          const flow$ = hot(answers, packets).pipe(
            greeting({ clock, authentication: method(exchange, given) }),
            tap({
              error: (thrown: unknown) => {
                found = thrown as MqttError;
                expect(found.phase).to.equal('auth');
                expect(found.message).to.match(wording).and.not.include('s3cr3t');
              },
            }),
          );
          expectFlow(flow$).toBe(out, { c, x, o: 'CONNECT v5 T' }, error);
        }),
      );
    };
    const secret = () => {
      throw new Error('s3cr3t');
    };

    fails('throws', secret, ['---', '#'], `${FAILED} retryable`, /errored/);
    fails('returns nothing', (() => undefined) as never, ['---', '#'], `${FAILED} retryable`, /errored/);
    fails(
      'errors on the final data: it refuses the broker',
      said$ => said$.pipe(map(secret), startWith('first')),
      ['--k', 'c-#'],
      `${FAILED} retryable`,
      /errored/,
    );
    fails(
      'errors by itself later on',
      () => concat(of('first'), timer(3).pipe(map(secret))),
      ['-----', 'c--#'],
      `${FAILED} retryable`,
      /errored/,
    );
    fails('has no first word', () => [], ['---', '#'], FAILED, /completed although the broker waits/);
    fails(
      'completes instead of an answer',
      said$ => said$.pipe(ignoreElements(), startWith('first'), takeUntil(timer(4))),
      ['--a--', 'c---#'],
      FAILED,
      /completed although the broker waits/,
    );
    fails('has completed when the broker asks', () => ['first'], ['--a', 'c-#'], FAILED, /the broker asks for more/);
    fails(
      'says two things at once',
      () => ['first', 'second'],
      ['---', '(c#)'],
      FAILED,
      /each challenge takes one answer/,
    );
    fails(
      'answers twice',
      said$ =>
        said$.pipe(
          concatMap(said => [`re:${said}`, 'more']),
          startWith('first'),
        ),
      ['--a', 'c-(x#)'],
      FAILED,
      /each challenge takes one answer/,
    );
    fails(
      'answers the final data too',
      said$ => said$.pipe(startWith('first')),
      ['--k', 'c-#'],
      FAILED,
      /the final one none/,
    );
    fails('speaks first where the server does', () => ['first'], ['---', '(o#)'], FAILED, /nothing asked for/, {
      serverFirst: true,
    });
    fails('says a number', () => [7 as never], ['---', '#'], FAILED, /neither a Uint8Array nor text/);
    fails(
      'never says its first word',
      () => NEVER,
      ['---', '20ms #'],
      'CONNECT_TIMEOUT retryable',
      /20 ms; it waited for the function 'exchange'/,
    );
    fails(
      'never accepts the broker',
      () => NEVER.pipe(startWith('first')),
      ['--k', 'c 19ms #'],
      'CONNECT_TIMEOUT retryable',
      /waited for the function 'exchange'/,
    );
    fails(
      'is fine, but the broker is silent',
      () => NEVER.pipe(startWith('first')),
      ['---', 'c 19ms #'],
      'CONNECT_TIMEOUT retryable',
      /waited for the broker/,
    );

    it('keeps what the function errored with as the cause', () => {
      const cause = new Error('s3cr3t');
      let found: unknown;
      const authentication = method(() => throwError(() => cause));
      NEVER.pipe(greeting({ clock: new Clock(), authentication })).subscribe({
        error: (error: unknown) => (found = error),
      });
      expect(found).to.have.property('cause', cause);
    });
  });

  describe('a broker that misbehaves', () => {
    const refuses = (name: string, packet: AuthPacket | ConnackPacket, answers: string, out: string, wording: RegExp) =>
      it(
        name,
        flow(({ hot, expectFlow, clock }) => {
          const flow$ = hot(answers, { ...packets, p: packet }).pipe(
            greeting({ clock, authentication: polite(2) }),
            tap({ error: (error: unknown) => expect((error as MqttError).message).to.match(wording) }),
          );
          expectFlow(flow$).toBe(out, { c, x }, VIOLATION);
        }),
      );

    refuses('AUTH of another method', auth(0x18, 'x', 'U'), '-p', 'c#', /AUTH .*names another authentication method/);
    refuses('a method in other letters', auth(0x18, 'x', 't'), '-p', 'c#', /another authentication method/);
    refuses(
      'CONNACK of another method',
      connack({ properties: authentication('x', 'U') }),
      '-p',
      'c#',
      /CONNACK .*names another/,
    );
    refuses('CONNACK without a method: it has not authenticated us', connack(), '-p', 'c#', /CONNACK .*names no/);
    refuses('AUTH that says success', auth(0, 'x'), '-p', 'c#', /only CONNACK can end/);
    refuses('an empty AUTH', { cmd: 'auth', reasonCode: 0 }, '-p', 'c#', /only CONNACK can end/);
    refuses('AUTH while it has to wait for our answer', packets.b, '-ap', 'c-#', /before the answer of this client/);
    refuses('CONNACK while it has to wait for our answer', packets.k, '-ap', 'c-#', /before the answer of this client/);

    it(
      'CONNACK before there was a CONNECT',
      flow(({ hot, expectFlow, clock }) => {
        const authentication = method(() => NEVER);
        expectFlow(hot('-k', packets).pipe(greeting({ clock, authentication }))).toBe('-#', {}, VIOLATION);
      }),
    );
  });

  it(
    'ends with the refusal of the broker, which needs no method',
    flow(({ hot, expectFlow, clock }) => {
      const answers = hot('-a-----n', { ...packets, n: connack({ reasonCode: 0x87 }) });
      const out = '        c-x----#';
      const refusal = 'CONNECTION_REFUSED 0x87';
      expectFlow(answers.pipe(greeting({ clock, authentication: polite(1) }))).toBe(out, { c, x }, refusal);
    }),
  );

  it(
    'errors with its source: the link says why',
    flow(({ hot, expectFlow, clock }) => {
      const answers = hot('-a-#', packets, { code: 'GONE' });
      expectFlow(answers.pipe(greeting({ clock, authentication: polite(1) }))).toBe('c-x#', { c, x }, 'GONE');
    }),
  );
});
