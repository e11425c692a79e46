import { expect } from 'chai';
import { NEVER, Subject, VirtualTimeScheduler } from 'rxjs';
import type { ByteProgress } from '../../src/operators/liveness/byte-progress.js';
import { type AckDeadlineConfig, ackDeadline } from '../../src/operators/liveness/ack-deadline.js';
import { connected, flow, type FlowHelpers, inWords, message, noProgress } from './support.js';

const late = 'ACK_TIMEOUT retryable';

const watching = (given: Pick<AckDeadlineConfig, 'oldestUnacknowledged' | 'scheduler'> & Partial<AckDeadlineConfig>) =>
  ackDeadline({
    written$: NEVER,
    settled$: NEVER,
    isPaused: () => false,
    ackTimeout: 10,
    progress: noProgress,
    ...given,
  });

/** The broker owes `a`, then `b`, ...; `0` is nothing. The checks are 5 ms apart, half of the timeout, from the first packet on. */
function waiting({ hot, clock }: FlowHelpers, owed: string, first: string | undefined = undefined) {
  let now = first;
  const written$ = hot(owed);
  written$.subscribe(to => (now = to === '0' ? undefined : to));
  return inWords(watching({ oldestUnacknowledged: () => now, written$, scheduler: clock }));
}

describe('ackDeadline', () => {
  it(
    'strikes when what was owed from the beginning has been owed for the whole timeout',
    flow(helpers => {
      const owed = '-----------';
      const out = ' ----------#';
      helpers.expectObservable(waiting(helpers, owed, 'a')).toBe(out, undefined, late);
    }),
  );

  for (const [owed, out, after] of [
    ['-a------------------', '-----------#         ', 10],
    ['----a---------------', '--------------#      ', 10],
    ['a-b-----------------', '---------------#     ', 13],
    ['a---b---------------', '---------------#     ', 11],
    ['a-----b-------------', '--------------------#', 14],
    ['a--------b----------', '--------------------#', 11],
  ] as const) {
    it(
      `strikes between 1 and 1.5 times the timeout, here after ${after} of 10 ms for ${owed}`,
      flow(helpers => {
        helpers.expectObservable(waiting(helpers, owed)).toBe(out, undefined, late);
      }),
    );
  }

  it(
    'begins anew with every answer: a broker that is slow is not left',
    flow(helpers => {
      const owed = '-a------b-------c-------d-----0--';
      const sub = ' ^-------------------------------!';
      const out = ' ---------------------------------';
      helpers.expectObservable(waiting(helpers, owed), sub).toBe(out);
    }),
  );

  it(
    'strikes when the answers stop',
    flow(helpers => {
      const owed = '-a------b-----------------';
      const out = ' ---------------------#    ';
      helpers.expectObservable(waiting(helpers, owed)).toBe(out, undefined, late);
    }),
  );

  it(
    'never strikes while nothing is owed, also long after something was',
    flow(helpers => {
      const owed = '-a---0---------------------b----';
      const sub = ' ^------------------------------!';
      const out = ' --------------------------------';
      helpers.expectObservable(waiting(helpers, owed), sub).toBe(out);
    }),
  );

  it('has a timer only while something is owed', () => {
    const clock = new VirtualTimeScheduler();
    const written$ = new Subject<void>();
    let owed: string | undefined;
    const running = watching({
      oldestUnacknowledged: () => owed,
      written$,
      scheduler: clock,
    }).subscribe();
    written$.next();
    expect(clock.actions).to.have.length(0);
    owed = 'a';
    written$.next();
    written$.next();
    expect(clock.actions).to.have.length(1);
    owed = undefined;
    clock.flush();
    expect(clock.actions).to.have.length(0);
    expect(clock.frame).to.equal(5);
    owed = 'b';
    written$.next();
    expect(clock.actions).to.have.length(1);
    running.unsubscribe();
  });

  it('has no timer any more once it hears that all is settled, unless something is owed or acknowledgements may be unread', () => {
    const clock = new VirtualTimeScheduler();
    const written$ = new Subject<void>();
    const settled$ = new Subject<void>();
    let owed: string | undefined = 'a';
    let isPaused = false;
    const running = watching({
      oldestUnacknowledged: () => owed,
      isPaused: () => isPaused,
      written$,
      settled$,
      scheduler: clock,
    }).subscribe();
    const hasTimer = () => clock.actions.some(action => !action.closed);
    settled$.next();
    expect(hasTimer(), 'still owed').to.equal(true);
    owed = undefined;
    isPaused = true;
    settled$.next();
    expect(hasTimer(), 'paused').to.equal(true);
    isPaused = false;
    settled$.next();
    expect(hasTimer(), 'settled').to.equal(false);
    owed = 'b';
    written$.next();
    expect(hasTimer(), 'owed again').to.equal(true);
    running.unsubscribe();
    expect(hasTimer()).to.equal(false);
  });

  it(
    'waits for ever with a timeout of 0, without a timer',
    flow(({ clock, expectObservable }) => {
      const out = '-';
      expectObservable(watching({ oldestUnacknowledged: () => 'a', ackTimeout: 0, scheduler: clock })).toBe(out);
    }),
  );

  it(
    'leaves no timer when it is unsubscribed from',
    flow(helpers => {
      const owed = '-a-----------';
      const sub = ' ^-----!      ';
      const out = ' -------------';
      helpers.expectObservable(waiting(helpers, owed), sub).toBe(out);
    }),
  );

  it(
    'counts for every subscriber anew',
    flow(helpers => {
      const deadline$ = waiting(helpers, '', 'a');
      const out = '   ----------#';
      const sub2 = '  ---^         ';
      const out2 = '  -------------#';
      helpers.expectObservable(deadline$).toBe(out, undefined, late);
      helpers.expectObservable(deadline$, sub2).toBe(out2, undefined, late);
    }),
  );

  describe('on a link that tells how far the bytes have come', () => {
    /** A digit is so many bytes that leave, of 4 that were written. `a` is owed from the beginning. */
    const leaving = ({ hot, clock }: FlowHelpers, leaves: string, given: Partial<ByteProgress> = {}) => {
      const progress = { written: 4, left: 0, leftAtRead: 0, received: 0, unread: 0, ...given };
      hot(leaves).subscribe(bytes => (progress.left += Number(bytes)));
      return inWords(watching({ oldestUnacknowledged: () => 'a', scheduler: clock, progress }));
    };

    it(
      'the time starts when the bytes have left [S120]',
      flow(helpers => {
        const bytes = '----1----1----1-----1---------';
        const out = '  ------------------------------#';
        helpers.expectObservable(leaving(helpers, bytes)).toBe(out, undefined, late);
      }),
    );

    it(
      'strikes when they do not leave any more',
      flow(helpers => {
        const bytes = '----1----1---------------------';
        const out = '  --------------------#          ';
        helpers.expectObservable(leaving(helpers, bytes)).toBe(out, undefined, late);
      }),
    );

    it(
      'what is written later and leaves is no progress',
      flow(helpers => {
        const bytes = '-4---1-1-1-1-1-1';
        const out = '  ----------#     ';
        helpers.expectObservable(leaving(helpers, bytes)).toBe(out, undefined, late);
      }),
    );

    it(
      'a second more for each 16 KiB that left since a byte came',
      flow(helpers => {
        const size = 2 * 16 * 1024;
        const deadline$ = leaving(helpers, '-', { written: size, left: size });
        helpers.expectObservable(deadline$).toBe('2010ms #', undefined, late);
      }),
    );
  });

  describe('with a session', () => {
    it(
      'PUBREC is progress, and then PUBCOMP is owed',
      flow(({ act, hot, clock, expectObservable }) => {
        const { session } = connected();
        const { sender } = session;
        const events = 'p------r----------------------';
        const out = '   --------------------#         ';
        act(events, {
          p: () => {
            sender.enqueue(message('a', 2));
            sender.next();
          },
          r: () => sender.acknowledge({ cmd: 'pubrec', packetId: 1 }),
        });
        const deadline$ = watching({
          oldestUnacknowledged: () => session.oldestUnacknowledged,
          written$: hot(events),
          scheduler: clock,
        });
        expectObservable(inWords(deadline$)).toBe(out, undefined, late);
      }),
    );

    it(
      'SUBACK is owed too',
      flow(({ act, hot, clock, expectObservable }) => {
        const { session } = connected();
        const { subscriptions } = session;
        const events = '--s----------';
        const out = '   ------------#';
        const requests = [{ filter: 'a', qos: 1 }] as const;
        act(events, {
          s: () => {
            subscriptions.want(requests[0]);
            subscriptions.start({ kind: 'subscribe', requests: subscriptions.takeChanges().subscribe });
          },
        });
        const deadline$ = watching({
          oldestUnacknowledged: () => session.oldestUnacknowledged,
          written$: hot(events),
          scheduler: clock,
        });
        expectObservable(inWords(deadline$)).toBe(out, undefined, late);
      }),
    );
  });
});
