import { expect } from 'chai';
import { Subject, tap } from 'rxjs';
import type { MqttError } from '../../src/index.js';
import { type HandshakeConfig, handshake } from '../../src/operators/handshake/handshake.js';
import type { ConnackPacket } from '../../src/packets.js';
import { connack, describePacket } from '../support/packets.js';
import { type Clock, connect, flow } from './support.js';

const a = connack();
const c = { c: 'CONNECT v5' };

/** The broker has 10 ms for its CONNACK. */
const greet = (clock: Clock, given: Partial<HandshakeConfig> = {}) =>
  handshake({ connect: connect(), timeout: 10, scheduler: clock, onAccepted: () => {}, ...given });

describe('handshake', () => {
  it(
    'sends CONNECT at once and completes with the CONNACK that accepts (3.1, 3.2)',
    flow(({ hot, expectFlow, expectSubscriptions, clock }) => {
      const connacks = hot('----a--', { a });
      const subs = '        ^---!  ';
      const out = '         c---|  ';
      expectFlow(connacks.pipe(greet(clock))).toBe(out, c);
      expectSubscriptions(connacks.subscriptions).toBe(subs);
    }),
  );

  it(
    'hands over the CONNACK that accepts, once, before it completes',
    flow(({ hot, expectObservable, clock }) => {
      const log$ = new Subject<string>();
      const connacks = hot('----a--a--', { a });
      const log = '         ----(ac)  ';
      const accepted = (packet: ConnackPacket) => log$.next(describePacket(packet));
      expectObservable(
        connacks.pipe(greet(clock, { onAccepted: accepted }), tap({ complete: () => log$.next('complete') })),
      );
      expectObservable(log$).toBe(log, { a: 'CONNACK', c: 'complete' });
    }),
  );

  it(
    'listens before it sends: the answer may come within the call that sends',
    flow(({ expectFlow, clock }) => {
      const connack$ = new Subject<ConnackPacket>();
      const out = '(c|)';
      expectFlow(
        connack$.pipe(
          greet(clock),
          tap(() => connack$.next(a)),
        ),
      ).toBe(out, c);
    }),
  );

  it(
    'gives up exactly when the time for CONNACK is over',
    flow(({ hot, expectFlow, expectSubscriptions, clock }) => {
      const connacks = hot('-----------a', { a });
      const subs = '        ^---------! ';
      const out = '         c---------# ';
      expectFlow(connacks.pipe(greet(clock))).toBe(out, c, 'CONNECT_TIMEOUT retryable');
      expectSubscriptions(connacks.subscriptions).toBe(subs);
    }),
  );

  it(
    'takes a CONNACK of the last moment',
    flow(({ hot, expectFlow, clock }) => {
      const connacks = hot('---------a', { a });
      const out = '         c--------|';
      expectFlow(connacks.pipe(greet(clock))).toBe(out, c);
    }),
  );

  it(
    'leaves no timer and hears nothing more when it is unsubscribed from',
    flow(({ hot, expectFlow, expectObservable, expectSubscriptions, clock }) => {
      const accepted$ = new Subject<void>();
      const connacks = hot('----a--', { a });
      const sub = '         ^--!   ';
      const out = '         c------';
      const log = '         -------';
      expectFlow(connacks.pipe(greet(clock, { onAccepted: () => accepted$.next() })), sub).toBe(out, c);
      expectObservable(accepted$).toBe(log);
      expectSubscriptions(connacks.subscriptions).toBe(sub);
    }),
  );

  it(
    'asks again for every subscriber',
    flow(({ cold, expectFlow, clock }) => {
      const connacks = cold('--a', { a });
      const greeting = connacks.pipe(greet(clock));
      const first = '        c-|   ';
      const later = '        ---c-|';
      expectFlow(greeting).toBe(first, c);
      expectFlow(greeting, '---^').toBe(later, c);
    }),
  );

  describe('a refusal is an error with its reason (3.2.2.2)', () => {
    const cases: [version: 5 | 4 | 3, reasonCode: number, returnCode: number | undefined, error: string][] = [
      [5, 0x80, undefined, 'CONNECTION_REFUSED 0x80 retryable'],
      [5, 0x84, undefined, 'UNSUPPORTED_PROTOCOL_VERSION 0x84'],
      [5, 0x85, undefined, 'CONNECTION_REFUSED 0x85'],
      [5, 0x86, undefined, 'CONNECTION_REFUSED 0x86'],
      [5, 0x87, undefined, 'CONNECTION_REFUSED 0x87'],
      [5, 0x88, undefined, 'CONNECTION_REFUSED 0x88 retryable'],
      [5, 0x89, undefined, 'CONNECTION_REFUSED 0x89 retryable'],
      [5, 0x8a, undefined, 'CONNECTION_REFUSED 0x8a'],
      [5, 0x8c, undefined, 'CONNECTION_REFUSED 0x8c'],
      [5, 0x97, undefined, 'CONNECTION_REFUSED 0x97 retryable'],
      [5, 0x9c, undefined, 'CONNECTION_REFUSED 0x9c retryable'],
      [5, 0x9d, undefined, 'CONNECTION_REFUSED 0x9d'],
      [5, 0x9f, undefined, 'CONNECTION_REFUSED 0x9f retryable'],
      [5, 0x84, 1, 'UNSUPPORTED_PROTOCOL_VERSION 0x84'], // a 3.1.1 broker that answers in its own words
      [4, 0x84, 1, 'UNSUPPORTED_PROTOCOL_VERSION 0x84'],
      [4, 0x85, 2, 'CONNECTION_REFUSED 0x85'],
      [4, 0x88, 3, 'CONNECTION_REFUSED 0x88 retryable'],
      [4, 0x86, 4, 'CONNECTION_REFUSED 0x86'],
      [4, 0x87, 5, 'CONNECTION_REFUSED 0x87'],
      [3, 0x88, 3, 'CONNECTION_REFUSED 0x88 retryable'],
    ];
    for (const [protocolVersion, reasonCode, returnCode, error] of cases) {
      const wire = returnCode === undefined ? '' : `, return code ${returnCode}`;
      it(
        `version ${protocolVersion}${wire}: ${error}`,
        flow(({ hot, expectFlow, expectObservable, clock }) => {
          const accepted$ = new Subject<void>();
          const connacks = hot('---r', {
            r: connack({ reasonCode, ...(returnCode === undefined ? {} : { returnCode }) }),
          });
          const out = '         c--#';
          const log = '         ----';
          const config = { connect: connect({ protocolVersion }), accepted: () => accepted$.next() };
          expectFlow(connacks.pipe(greet(clock, config))).toBe(out, { c: `CONNECT v${protocolVersion}` }, error);
          expectObservable(accepted$).toBe(log);
        }),
      );
    }
  });

  it(
    "says the return code of 3.x, and in 5.0 the broker's own words and where to go instead (3.2.2.3.9, 3.2.2.3.16)",
    flow(({ cold, flush, clock }) => {
      const errors: MqttError[] = [];
      const listen = { error: (error: unknown) => errors.push(error as MqttError) };
      const moved = { reasonString: 'we moved', serverReference: 'other:1883' };
      cold('-r', { r: connack({ reasonCode: 0x87, returnCode: 5 }) })
        .pipe(greet(clock))
        .subscribe(listen);
      cold('-r', { r: connack({ reasonCode: 0x9d, properties: moved }) })
        .pipe(greet(clock))
        .subscribe(listen);
      flush();
      const [old, now] = errors;
      expect(old!.message).to.equal('the broker refused the connection: 0x87 not authorized, return code 5');
      expect(now!.message).to.equal('the broker refused the connection: 0x9d server moved (we moved)');
      expect(now).to.include({ ...moved, phase: 'mqtt' });
    }),
  );

  describe('session present', () => {
    const present = { p: connack({ sessionPresent: true }) };

    it(
      'breaks the protocol where a clean session was asked for [MQTT-3.2.2-4] [MQTT-3.2.2-2]',
      flow(({ hot, expectFlow, expectObservable, clock }) => {
        const accepted$ = new Subject<void>();
        const connacks = hot('---p', present);
        const out = '         c--#';
        const log = '         ----';
        const accepted = () => accepted$.next();
        expectFlow(connacks.pipe(greet(clock, { onAccepted: accepted }))).toBe(out, c, 'PROTOCOL_ERROR 0x82 retryable');
        expectObservable(accepted$).toBe(log);
      }),
    );

    it(
      'lets 3.1.1 go on [S105]',
      flow(({ hot, expectFlow, clock }) => {
        const connacks = hot('---p', present);
        const out = '         c--|';
        const config = { connect: connect({ protocolVersion: 4 }) };
        expectFlow(connacks.pipe(greet(clock, config))).toBe(out, { c: 'CONNECT v4' });
      }),
    );

    it(
      'is welcome where the session was to be resumed',
      flow(({ hot, expectFlow, clock }) => {
        const connacks = hot('---p', present);
        const out = '         c--|';
        const config = { connect: connect({ clean: false }) };
        expectFlow(connacks.pipe(greet(clock, config))).toBe(out, { c: 'CONNECT v5 resume' });
      }),
    );

    it(
      'may be missing where the session was to be resumed: the broker has forgotten it',
      flow(({ hot, expectFlow, clock }) => {
        const connacks = hot('---a', { a });
        const out = '         c--|';
        const config = { connect: connect({ clean: false }) };
        expectFlow(connacks.pipe(greet(clock, config))).toBe(out, { c: 'CONNECT v5 resume' });
      }),
    );
  });

  it(
    'errors with what the one who accepts throws',
    flow(({ hot, expectObservable, clock }) => {
      const connacks = hot('---a', { a });
      const out = '         c--#';
      const spoilt = new Error('spoilt');
      const accepted = () => {
        throw spoilt;
      };
      expectObservable(connacks.pipe(greet(clock, { onAccepted: accepted }))).toBe(out, { c: connect() }, spoilt);
    }),
  );

  it(
    'names the time it waited',
    flow(({ cold, flush, clock }) => {
      const errors: MqttError[] = [];
      cold<ConnackPacket>('')
        .pipe(greet(clock))
        .subscribe({ error: (error: unknown) => errors.push(error as MqttError) });
      flush();
      expect(errors[0]!.message).to.contain('within 10 ms');
    }),
  );
});
