import { expect } from 'chai';
import { NEVER, Subject, asyncScheduler, filter, map, tap } from 'rxjs';
import type { ByteProgress } from '../../src/operators/liveness/byte-progress.js';
import { type Activity, type KeepaliveConfig, keepalive } from '../../src/operators/liveness/keepalive.js';
import type { PingreqPacket } from '../../src/packets.js';
import { type Clock, type FlowHelpers, flow, noProgress } from './support.js';

const link: Record<string, Activity> = { r: 'read', w: 'written' };
const p = { p: 'PINGREQ' };
const dead = 'KEEPALIVE_TIMEOUT 0x8d retryable';

/** 10 ms of silence are too long, and 5 ms are enough for an answer. */
const beat = (clock: Clock, given: Partial<KeepaliveConfig> = {}) =>
  keepalive({
    interval: 10,
    timeout: 5,
    probe$: NEVER,
    probeTimeout: () => given.timeout ?? 5,
    isReading: () => true,
    progress: noProgress,
    roundTrip: () => {},
    scheduler: clock,
    ...given,
  });

/** Leaves out the pings that follow the first one while its answer is awaited. */
const onlyFirst = filter<PingreqPacket>((_, i) => i === 0);

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
    'gives the answer a deadline of its own, from PINGREQ on [S13] [MQTT-3.1.2.10]',
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
    'waits for the whole deadline where that is longer than the interval, and pings meanwhile [MQTT-3.1.2-20]',
    flow(({ hot, expectFlow, clock }) => {
      const bytes = hot('  ----------(w)------w----------w', link);
      const out = '        ----------p------------------p-----#';
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
        const probed$ = helpers.hot(bytes, link).pipe(probed(helpers, asked, { isReading: () => false }));
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

  describe('on a link that tells how far the bytes have come', () => {
    const KIB16 = 16 * 1024;

    /** A digit is so many bytes that leave. `r` is a byte that comes; what was written is before every PINGREQ, of which each has 2 bytes. */
    const uplink = (
      { hot, clock }: FlowHelpers,
      leaves: string,
      written: number,
      given: Partial<KeepaliveConfig> = {},
    ) => {
      const progress = { written, left: 0, leftAtRead: 0, received: 0, unread: 0 } satisfies ByteProgress;
      const out$ = hot(leaves).pipe(
        tap(letter => {
          if (letter === 'r') progress.leftAtRead = progress.left;
          else progress.left += Number(letter);
        }),
        map((letter): Activity => (letter === 'r' ? 'read' : 'written')),
      );
      return out$.pipe(
        beat(clock, { progress, ...given }),
        tap(() => (progress.written += 2)),
      );
    };

    it(
      'the deadline starts when PINGREQ has left: while what is before it leaves, the connection lives [S120]',
      flow(helpers => {
        const bytes = '   ------------1---1---1---3------------';
        const out = '     ----------p--------------------#-----';
        helpers.expectFlow(uplink(helpers, bytes, 4, { timeout: 8 })).toBe(out, p, dead);
      }),
    );

    it(
      'an answer in that time saves it, however long the bytes have taken',
      flow(helpers => {
        const bytes = '   ------------1---1---1---3-----r----------';
        const sub = '     ^--------------------------------------!';
        const out = '     ----------p-----------------------p-----';
        helpers.expectFlow(uplink(helpers, bytes, 4, { timeout: 8 }), sub).toBe(out, p);
      }),
    );

    it(
      'a link on which nothing leaves any more is dead after the deadline',
      flow(helpers => {
        const bytes = '   ------------1------------';
        const out = '     ----------p---------#----';
        helpers.expectFlow(uplink(helpers, bytes, 4, { timeout: 8 })).toBe(out, p, dead);
      }),
    );

    it(
      'what leaves after PINGREQ is no sign of life: a half-open link takes all that is written',
      flow(helpers => {
        const bytes = '   -----------3-1-1-1-1-1-1-1';
        const out = '     ----------p-------#       ';
        helpers.expectFlow(uplink(helpers, bytes, 1, { timeout: 8 })).toBe(out, p, dead);
      }),
    );

    it(
      'each 16 KiB that left since a byte came give the answer a second more: buffers of the system tell nothing',
      flow(({ expectFlow, hot, clock }) => {
        const left = 3 * KIB16 + KIB16 / 2;
        const progress: ByteProgress = { written: left, left, leftAtRead: KIB16 / 4, received: 0, unread: 0 };
        const bytes = hot<Activity>('-');
        expectFlow(bytes.pipe(beat(clock, { progress }), onlyFirst)).toBe('----------p 3004ms #', p, dead);
      }),
    );

    it(
      'but no more than such buffers hold',
      flow(({ expectFlow, hot, clock }) => {
        const left = 1e9;
        const progress: ByteProgress = { written: left, left, leftAtRead: 0, received: 0, unread: 0 };
        const bytes = hot<Activity>('-');
        expectFlow(bytes.pipe(beat(clock, { progress }), onlyFirst)).toBe('----------p 256004ms #', p, dead);
      }),
    );
  });

  describe('a packet that has begun to come', () => {
    /** A byte of one packet comes every ms, so many at a time; after `until` ms a packet is complete with each of them. */
    const incoming = (
      { hot, clock }: FlowHelpers,
      bytesPerMs: number,
      until = Infinity,
      given: Partial<KeepaliveConfig> = {},
    ) => {
      const progress = { written: 0, left: 0, leftAtRead: 0, received: 0, unread: 0 };
      return hot('r'.repeat(200)).pipe(
        tap(() => {
          progress.received += bytesPerMs;
          progress.unread = asyncScheduler.now() < until ? progress.unread + bytesPerMs : 0;
        }),
        map((): Activity => 'read'),
        beat(clock, { progress, timeout: 20, interval: 20, ...given }),
      );
    };

    it(
      'and trickles is no life: after two periods at less than 1 KiB/s the connection is dead [S121]',
      flow(helpers => {
        const out = '20ms p 19ms p 19ms #';
        helpers.expectFlow(incoming(helpers, 1, Infinity, { scheduler: helpers.clock })).toBe(out, p, dead);
      }),
    );

    it(
      'is one for as long as it takes where it comes faster: a slow link is an honest one',
      flow(helpers => {
        const sub = '^ 190ms !';
        helpers
          .expectFlow(incoming(helpers, 2), sub)
          .toBe('20ms p 19ms p 19ms p 19ms p 19ms p 19ms p 19ms p 19ms p 19ms p', p);
      }),
    );

    it(
      'and is complete in time starts the next count',
      flow(helpers => {
        const sub = '^ 70ms !';
        helpers.expectFlow(incoming(helpers, 1, 50), sub).toBe('20ms p 19ms p 19ms p', p);
      }),
    );

    it(
      'is not judged while reading pauses',
      flow(helpers => {
        const sub = '^ 90ms !';
        const out = '20ms p 19ms p 19ms p 19ms p';
        helpers.expectFlow(incoming(helpers, 1, Infinity, { isReading: () => false }), sub).toBe(out, p);
      }),
    );
  });
});
