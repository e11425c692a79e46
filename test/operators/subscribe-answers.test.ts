import { map } from 'rxjs';
import { suback, unsuback, describePacket } from '../support/packets.js';
import { connected, flow, limits, ours } from './support.js';
import { subscribing } from './streams/subscribing.js';

describe('subscribe: what the broker says', () => {
  describe('the answer, filter by filter (3.9.3, 3.11.3)', () => {
    it(
      'one refused filter leaves the others alone, and is not asked for again',
      flow(helpers => {
        const { session } = connected();
        const wants = '  -(abc)----d--';
        const answers = '-------s-----';
        const out = '    -s--------d--';
        const settled = '-------r-----';
        const { flow$, settled$ } = subscribing(helpers, session, { wants, answers }, { s: suback(1, 1, 0x87, 0) });
        helpers.expectFlow(flow$).toBe(out, { s: 'SUBSCRIBE #1 a:1 b:1 c:1', d: 'SUBSCRIBE #2 d:1' });
        helpers.expectObservable(settled$).toBe(settled, { r: 'suback a:0x1 b:0x87 c:0x0' });
      }),
    );

    it(
      'a refused filter is asked for again when it is wanted again',
      flow(helpers => {
        const { session } = connected();
        const wants = '  -a----A---a--';
        const answers = '---s---------';
        const out = '    -a--------b--';
        const { flow$ } = subscribing(helpers, session, { wants, answers }, { s: suback(1, 0x80) });
        helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1', b: 'SUBSCRIBE #2 a:1' });
      }),
    );

    it(
      'a lower QoS than asked for is granted, not asked for again',
      flow(helpers => {
        const { session } = connected();
        const wants = '  -a----b-';
        const answers = '---s----';
        const out = '    -a----b-';
        const { flow$ } = subscribing(helpers, session, { wants, answers }, { s: suback(1, 0) });
        helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1', b: 'SUBSCRIBE #2 b:1' });
      }),
    );

    it(
      'a refused UNSUBSCRIBE is reported as refused',
      flow(helpers => {
        const { session } = connected();
        const wants = '  -a----A-----';
        const answers = '---s-----u--';
        const settled = '---s-----u--';
        const values = { s: suback(1, 1), u: unsuback(2, 0x87) };
        const { flow$, settled$ } = subscribing(helpers, session, { wants, answers }, values);
        helpers.expectObservable(settled$).toBe(settled, { s: 'suback a:0x1', u: 'unsuback a:0x87' });
        helpers.expectFlow(flow$).toBe('-a----x-----', { a: 'SUBSCRIBE #1 a:1', x: 'UNSUBSCRIBE #2 a' });
      }),
    );

    it(
      'the UNSUBACK of 3.x has no codes, and is none the worse',
      flow(helpers => {
        const { session } = connected({ protocolVersion: 4 });
        const wants = '  -a----A------a-';
        const answers = '---s-----u-----';
        const out = '    -a----x------b-';
        const values = { s: suback(1, 1), u: unsuback(2) };
        const { flow$ } = subscribing(helpers, session, { wants, answers }, values);
        helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1', x: 'UNSUBSCRIBE #2 a', b: 'SUBSCRIBE #3 a:1' });
      }),
    );

    for (const [title, wants, answers, out] of [
      ['too few in SUBACK', '-(ab)----', '------s--', '-b----#'],
      ['too many in SUBACK', '-a-------', '------t--', '-a----#'],
      ['too many in UNSUBACK', '-a---A---', '---o----u', '-a---x--#'],
    ] as const) {
      it(
        `${title}: a wrong number of codes breaks the protocol`,
        flow(helpers => {
          const { session } = connected();
          const values = { o: suback(1, 1), s: suback(1, 1), t: suback(1, 1, 1), u: unsuback(2, 0, 0) };
          const { flow$ } = subscribing(helpers, session, { wants, answers }, values);
          helpers
            .expectFlow(flow$)
            .toBe(
              out,
              { a: 'SUBSCRIBE #1 a:1', b: 'SUBSCRIBE #1 a:1 b:1', x: 'UNSUBSCRIBE #2 a' },
              'PROTOCOL_ERROR 0x82 retryable',
            );
        }),
      );
    }

    it(
      'an answer that nothing waits for is ignored: unknown, late, or of the other kind',
      flow(helpers => {
        const { session } = connected();
        const wants = '  -a-----------';
        const answers = '---x-u-s--s--';
        const out = '    -a-----------';
        const settled = '-------s-----';
        const values = { x: suback(9, 0), u: unsuback(1, 0), s: suback(1, 1) };
        const { flow$, settled$ } = subscribing(helpers, session, { wants, answers }, values);
        helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1' });
        helpers.expectObservable(settled$).toBe(settled, { s: 'suback a:0x1' });
      }),
    );
  });

  describe("the broker's limits", () => {
    it(
      'a filter they rule out is refused unasked, and the others go (3.2.2.3.11, 3.2.2.3.13)',
      flow(helpers => {
        const { session } = connected();
        const requests = {
          a: { filter: '$share/g/x', qos: 1 },
          b: { filter: 'fine', qos: 1 },
          c: { filter: '+/x', qos: 1 },
        } as const;
        const wants = '     -(abc)-';
        const out = '       -b-----';
        const obstructed = '-(ac)--';
        const config = {
          limits: limits({ sharedSubscriptionAvailable: false, wildcardSubscriptionAvailable: false }),
        };
        const { flow$, obstructed$ } = subscribing(helpers, session, { wants }, requests, config);
        helpers.expectFlow(flow$).toBe(out, { b: 'SUBSCRIBE #1 fine:1' });
        helpers
          .expectObservable(obstructed$)
          .toBe(obstructed, { a: '$share/g/x NOT_SUPPORTED 0x9e', c: '+/x NOT_SUPPORTED 0xa2' });
      }),
    );

    it(
      'nothing is sent where they rule out all that is wanted, once and for this connection',
      flow(helpers => {
        const { session } = connected();
        const requests = { a: { filter: '#', qos: 1 }, b: { filter: 'b', qos: 1 } } as const;
        const wants = '     -a---b-';
        const out = '       -----b-';
        const obstructed = '-a-----';
        const config = { limits: limits({ wildcardSubscriptionAvailable: false }) };
        const { flow$, obstructed$ } = subscribing(helpers, session, { wants }, requests, config);
        helpers.expectFlow(flow$).toBe(out, { b: 'SUBSCRIBE #1 b:1' });
        helpers.expectObservable(obstructed$).toBe(obstructed, { a: '# NOT_SUPPORTED 0xa2' });
      }),
    );
  });

  describe('after a reconnect', () => {
    for (const [title, sessionPresent, again] of [
      ['asks again for all, with its options, where the broker has no session', false, 's------'],
      ['asks again for QoS 0 alone where the broker has the session, without retained messages', true, 'q------'],
    ] as const) {
      it(
        title,
        flow(helpers => {
          const { session } = connected();
          const requests = {
            a: { filter: 'a', qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 1 },
            b: { filter: 'b', qos: 0 },
          } as const;
          const before = '  -(ab)------------';
          const answers = ' ------s----------';
          const sub = '     ^--------!       ';
          const out = '     -s---------------';
          const lost = '    ---------x-------';
          const { flow$ } = subscribing(
            helpers,
            session,
            { wants: before, answers },
            { ...requests, s: suback(1, 2, 0) },
          );
          helpers.expectFlow(flow$, sub).toBe(out, { s: 'SUBSCRIBE #1 a:2 b:0' });
          helpers.act(lost, {
            x: () => {
              session.end();
              session.begin(sessionPresent, limits(), ours);
            },
          });
          const after$ = subscribing(helpers, session, {}).flow$.pipe(
            map(packet => (packet.cmd === 'subscribe' ? packet.subscriptions : describePacket(packet))),
          );
          helpers
            .expectObservable(after$, '----------^------!')
            .toBe(`----------${again}`, { s: [requests.a, requests.b], q: [{ ...requests.b, retainHandling: 2 }] });
        }),
      );
    }

    it(
      'asks again for what was not answered, with a new identifier',
      flow(helpers => {
        const { session } = connected();
        const sub = '   ^---!     ';
        const out = '   -s--      ';
        const sub2 = '  ------^---';
        const out2 = '  ------t---';
        const { flow$ } = subscribing(helpers, session, { wants: '-a' });
        helpers.expectFlow(flow$, sub).toBe(out, { s: 'SUBSCRIBE #1 a:1' });
        helpers.act('   -----x', {
          x: () => {
            session.end();
            session.begin(true, limits(), ours);
          },
        });
        helpers.expectFlow(subscribing(helpers, session, {}).flow$, sub2).toBe(out2, { t: 'SUBSCRIBE #2 a:1' });
      }),
    );
  });
});
