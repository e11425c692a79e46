import { expect } from 'chai';
import { Subject, asyncScheduler, map, tap } from 'rxjs';
import { type Activity, type KeepaliveConfig, keepalive } from '../../src/operators/keepalive.js';
import { type Clock, type FlowHelpers, flow } from './support.js';

const link: Record<string, Activity> = { r: 'read', w: 'written' };
const p = { p: 'PINGREQ' };
const dead = 'KEEPALIVE_TIMEOUT 0x8d retryable';

/** 10 ms of silence are too long, and 5 ms are enough for an answer. */
const beat = (clock: Clock, given: Partial<KeepaliveConfig> = {}) =>
  keepalive({ interval: 10, timeout: 5, scheduler: clock, ...given });

describe('keepalive', () => {
  it(
    'pings after silence in both directions, again and again [MQTT-3.1.2-20]',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  -----------wr---------wr-------', link);
      const sub = '        ^------------------------------!';
      const out = '        ----------p----------p---------';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out, p);
    }),
  );

  it(
    'pings when nothing was written for too long, however much is read (3.1.2.10)',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  -r-r-r-r-r-wr-r-r-r-r-r-r-', link);
      const sub = '        ^------------------------!';
      const out = '        ----------p----------p----';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out, p);
    }),
  );

  it(
    'pings when nothing was read for too long, however much is written: a half-open link takes all that is written',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  -w-w-w-w-w-w-w-w', link);
      const sub = '        ^---------------!';
      const out = '        ----------p----#';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out, p, dead);
    }),
  );

  it(
    'never pings while bytes come and go',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  -----rw----r--w----wr------rw--------', link);
      const sub = '        ^------------------------------------!';
      const out = '        -------------------------------------';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out);
    }),
  );

  it(
    'gives the answer a deadline of its own, from PINGREQ on [S13]',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  ---rw--------w-------', link);
      const out = '        -------------p----#  ';
      expectFlow(bytes.pipe(beat(clock))).toBe(out, p, dead);
    }),
  );

  it(
    'takes any byte for life, also one that comes with the deadline',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  -----------w---r----------', link);
      const sub = '        ^-----------------------!';
      const out = '        ----------p----------p--';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out, p);
    }),
  );

  it(
    'keeps to an interval shorter than the deadline of the answer [MQTT-3.1.2-20]',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  -----------wr---------wr----------', link);
      const sub = '        ^--------------------------------!';
      const out = '        ----------p----------p----------p-';
      expectFlow(bytes.pipe(beat(clock, { timeout: 1000 })), sub).toBe(out, p);
    }),
  );

  it(
    'waits for the whole deadline where that is longer than the interval',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  -----------w', link);
      const out = '        ----------p 24ms #';
      expectFlow(bytes.pipe(beat(clock, { timeout: 25 }))).toBe(out, p, dead);
    }),
  );

  it(
    'P2: as idlePing, with the figures of a client',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  59920ms w 19ms r', link);
      const sub = '        ^ 130s !';
      const out = '        59900ms p 59919ms p 9999ms #';
      expectFlow(bytes.pipe(beat(clock, { interval: 59_900, timeout: 10_000 })), sub).toBe(out, p, dead);
    }),
  );

  it(
    'probes again instead of failing, when the process slept while it waited for the answer',
    flow(({ hot, expectFlow, clock }) => {
      clock.sleep(12, 60_000);
      const bytes = hot('  -----------w----wr--------', link);
      const sub = '        ^------------------------!';
      const out = '        ----------p----p----------';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out, p);
    }),
  );

  it(
    'fails when the second probe after a sleep finds nobody either',
    flow(({ hot, expectFlow, clock }) => {
      clock.sleep(12, 60_000);
      const bytes = hot('  -----------w---------', link);
      const out = '        ----------p----p----#';
      expectFlow(bytes.pipe(beat(clock))).toBe(out, p, dead);
    }),
  );

  it(
    'probes as soon as it wakes from a sleep in which nothing was owed',
    flow(({ hot, expectFlow, clock }) => {
      clock.sleep(9, 60_000);
      const bytes = hot('  ---rw------wr---', link);
      const sub = '        ^--------------!';
      const out = '        ----------p-----';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out, p);
    }),
  );

  it(
    'gives a deadline that passed in a sleep one more, and not one after the other: timers may be late for ever, in a hidden tab',
    flow(({ hot, expectFlow, clock }) => {
      clock.sleep(12, 60_000);
      clock.sleep(18, 120_000);
      const bytes = hot('  -----------w----w---', link);
      const out = '        ----------p----p----#';
      expectFlow(bytes.pipe(beat(clock))).toBe(out, p, dead);
    }),
  );

  it(
    'spares the next deadline that passes in a sleep again, once bytes have come in between',
    flow(({ hot, expectFlow, clock }) => {
      clock.sleep(12, 60_000);
      clock.sleep(28, 120_000);
      const bytes = hot('  -----------w----wr---------w---wr---', link);
      const sub = '        ^----------------------------------!';
      const out = '        ----------p----p----------p----p----';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out, p);
    }),
  );

  describe('a probe', () => {
    /** `!` asks for one. The answer to it is due in 3 ms. */
    const probed = ({ hot, clock }: FlowHelpers, asked: string, given: Partial<KeepaliveConfig> = {}) =>
      beat(clock, { probe$: hot(asked), probeTimeout: () => 3, ...given });

    it(
      'pings at once, with a short deadline of its own',
      flow(helpers => {
        const asked = '   ---x-----';
        const bytes = '   ---w-----';
        const out = '     ---p--#  ';
        helpers.expectFlow(helpers.hot(bytes, link).pipe(probed(helpers, asked))).toBe(out, p, dead);
      }),
    );

    it(
      'is content with any byte; the next silence counts from there',
      flow(helpers => {
        const asked = '   ---x------------------';
        const bytes = '   ---w-r----------w-----';
        const sub = '     ^--------------------!';
        const out = '     ---p---------p--------';
        const timeout = 20;
        const probed$ = helpers.hot(bytes, link).pipe(probed(helpers, asked, { timeout }));
        helpers.expectFlow(probed$, sub).toBe(out, p);
      }),
    );

    it(
      'shortens the wait for an answer that would be due later, and asks nothing anew while one is due soon',
      flow(helpers => {
        const asked = '   -----------xx---';
        const bytes = '   ----------ww----';
        const out = '     ----------pp--#';
        const probed$ = helpers.hot(bytes, link).pipe(probed(helpers, asked, { timeout: 20 }));
        helpers.expectFlow(probed$).toBe(out, p, dead);
      }),
    );

    it(
      'works without keepalive, which then goes on saying nothing',
      flow(helpers => {
        const asked = '   ---x--------------x---';
        const bytes = '   ---wr-------------w---';
        const out = '     ---p--------------p--#';
        const probed$ = helpers.hot(bytes, link).pipe(probed(helpers, asked, { interval: Infinity }));
        helpers.expectFlow(probed$).toBe(out, p, dead);
      }),
    );

    it(
      'says how long the wait was',
      flow(helpers => {
        let message = '';
        const bytes = helpers.hot('---w');
        const told$ = bytes.pipe(
          map((): Activity => 'written'),
          probed(helpers, '---x'),
          tap({ error: (error: unknown) => (message = (error as Error).message) }),
        );
        helpers.expectFlow(told$).toBe('---p--#', p, dead);
        asyncScheduler.schedule(() => expect(message).to.include('within 3 ms of PINGREQ'), 7);
      }),
    );

    it(
      'finds out after a sleep with a deadline of the length of a probe',
      flow(helpers => {
        helpers.clock.sleep(12, 60_000);
        const bytes = '   -----------w---w--';
        const out = '     ----------p----p--#';
        helpers.expectFlow(helpers.hot(bytes, link).pipe(probed(helpers, ''))).toBe(out, p, dead);
      }),
    );

    it(
      'is no verdict on a broker whose answer lies unread',
      flow(helpers => {
        const asked = '   ---x---------';
        const bytes = '   ---w--w---r--';
        const sub = '     ^-----------!';
        const out = '     ---p--p------';
        const probed$ = helpers.hot(bytes, link).pipe(probed(helpers, asked, { reading: () => false }));
        helpers.expectFlow(probed$, sub).toBe(out, p);
      }),
    );
  });

  it(
    'reports the round trip from PINGREQ to the first byte, and nothing for the bytes after it',
    flow(({ hot, expectObservable, clock }) => {
      const roundTrip$ = new Subject<number>();
      const bytes = hot('     ---rw--------w--rr-rw', link);
      const sub = '           ^-------------------!';
      const roundTrips = '    ----------------t----';
      const roundTrip = (ms: number) => roundTrip$.next(ms);
      expectObservable(bytes.pipe(beat(clock, { roundTrip })), sub);
      expectObservable(roundTrip$).toBe(roundTrips, { t: 3 });
    }),
  );

  it(
    'completes with the link and leaves no timer',
    flow(({ hot, expectFlow, expectSubscriptions, clock }) => {
      const bytes = hot('  ---rw-----|', link);
      const subs = '       ^---------!';
      const out = '        ----------|';
      expectFlow(bytes.pipe(beat(clock))).toBe(out);
      expectSubscriptions(bytes.subscriptions).toBe(subs);
    }),
  );

  it(
    'leaves no timer and no subscription when it is unsubscribed from, also while it waits for the answer',
    flow(({ hot, expectFlow, expectSubscriptions, clock }) => {
      const bytes = hot('  -----------w------', link);
      const sub = '        ^------------!';
      const out = '        ----------p---';
      expectFlow(bytes.pipe(beat(clock)), sub).toBe(out, p);
      expectSubscriptions(bytes.subscriptions).toBe(sub);
    }),
  );
});
