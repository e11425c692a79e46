import type { PublishAck } from '../../src/packets.js';
import { tap } from 'rxjs';
import { qosSend } from '../../src/operators/qos-send.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { puback, pubcomp, pubrec } from '../support/packets.js';
import { connected, flow, freeToSend, limits, message, ours, watchedSession } from './support.js';
import { sending } from './streams/sending.js';

describe('qosSend, when it has to wait', () => {
  describe("the broker's Receive Maximum (4.9)", () => {
    it(
      'is never exceeded; every PUBACK makes room for the next',
      flow(helpers => {
        const { session } = connected({ receiveMaximum: 2 });
        const publish = '-(abcd)------';
        const acks = '   -------k--l--';
        const out = '    -(ab)--c--d--';
        const values = { a: message('a', 1), b: message('b', 1), c: message('c', 1), d: message('d', 1) };
        helpers
          .expectFlow(sending(helpers, session, { publish, acks }, { ...values, k: puback(2), l: puback(1) }))
          .toBe(out, { a: 'PUBLISH q1 #1 a', b: 'PUBLISH q1 #2 b', c: 'PUBLISH q1 #3 c', d: 'PUBLISH q1 #4 d' });
      }),
    );

    it(
      'has room again with PUBCOMP, not with PUBREC',
      flow(helpers => {
        const { session } = connected({ receiveMaximum: 1 });
        const publish = '(ab)--------';
        const acks = '   -----r---c--';
        const out = '    a----l---b--';
        const values = { a: message('a', 2), b: message('b', 1), r: pubrec(1), c: pubcomp(1) };
        helpers
          .expectFlow(sending(helpers, session, { publish, acks }, values))
          .toBe(out, { a: 'PUBLISH q2 #1 a', l: 'PUBREL #1', b: 'PUBLISH q1 #2 b' });
      }),
    );

    it(
      'has room again with a PUBREC that refuses',
      flow(helpers => {
        const { session, settled$ } = connected({ receiveMaximum: 1 });
        const publish = '(ab)------';
        const acks = '   -----r----';
        const out = '    a----b----';
        const settled = '-----s----';
        const values = { a: message('a', 2), b: message('b', 2), r: pubrec(1, 0x97) };
        helpers
          .expectFlow(sending(helpers, session, { publish, acks }, values))
          .toBe(out, { a: 'PUBLISH q2 #1 a', b: 'PUBLISH q2 #2 b' });
        helpers.expectObservable(settled$).toBe(settled, { s: 'a PUBLISH_REFUSED 0x97 retryable' });
      }),
    );

    it(
      'holds QoS 0 behind QoS 1 that waits: nothing overtakes',
      flow(helpers => {
        const { session } = connected({ receiveMaximum: 1 });
        const publish = '(abc)----';
        const acks = '   ------k--';
        const out = '    a-----(bc)';
        const values = { a: message('a', 1), b: message('b', 1), c: message('c', 0), k: puback(1) };
        helpers
          .expectFlow(sending(helpers, session, { publish, acks }, values))
          .toBe(out, { a: 'PUBLISH q1 #1 a', b: 'PUBLISH q1 #2 b', c: 'PUBLISH q0 c' });
      }),
    );
  });

  describe('a link that has enough', () => {
    it(
      'is sent nothing until it has room again',
      flow(helpers => {
        const { session } = connected();
        const publish = '-a---b-----c-';
        const link = '   ---f----t----';
        const out = '    -a------b--c-';
        const values = { a: message('a', 1), b: message('b', 1), c: message('c', 0) };
        helpers
          .expectFlow(sending(helpers, session, { publish, link }, values))
          .toBe(out, { a: 'PUBLISH q1 #1 a', b: 'PUBLISH q1 #2 b', c: 'PUBLISH q0 c' });
      }),
    );

    it(
      'is sent one packet a time where it takes one a time',
      flow(helpers => {
        const { session } = connected();
        const wake = '  (abc)--w--w--w';
        const out = '   a------b--c---';
        let taken = 0;
        const messages = { a: message('a', 0), b: message('b', 0), c: message('c', 0) } as Record<
          string,
          OutgoingPublish
        >;
        const wake$ = helpers.hot(wake).pipe(
          tap(name => {
            if (messages[name]) session.sender.enqueue(messages[name]);
            else taken = 0;
          }),
        );
        const config = {
          ...freeToSend,
          sender: session.sender,
          wake$,
          writable: () => taken < 1,
          scheduler: helpers.clock,
        };
        const flow$ = helpers.hot<PublishAck>('').pipe(
          qosSend(config),
          tap(() => taken++),
        );
        helpers.expectFlow(flow$).toBe(out, { a: 'PUBLISH q0 a', b: 'PUBLISH q0 b', c: 'PUBLISH q0 c' });
      }),
    );

    it(
      'still gets PUBREL: the broker waits for it',
      flow(helpers => {
        const { session } = connected();
        const publish = '-a---b---';
        const link = '   --f------';
        const acks = '   ---r-----';
        const out = '    -a-l-----';
        const values = { a: message('a', 2), b: message('b', 0), r: pubrec(1) };
        helpers
          .expectFlow(sending(helpers, session, { publish, acks, link }, values))
          .toBe(out, { a: 'PUBLISH q2 #1 a', l: 'PUBREL #1' });
      }),
    );
  });

  describe('a message that cannot go out', () => {
    it(
      'is settled with the reason, and the next one goes',
      flow(helpers => {
        const { session, settled$ } = watchedSession();
        const offline = [message('a', 2), message('b', 1, { retain: true }), message('c', 1)];
        for (const given of offline) session.sender.enqueue(given);
        session.begin(false, limits({ maximumQoS: 1, retainAvailable: false }), ours);
        const publish = '---';
        const out = '    c--';
        const settled = '(ab)';
        helpers.expectObservable(settled$).toBe(settled, { a: 'a NOT_SUPPORTED 0x9b', b: 'b NOT_SUPPORTED 0x9a' });
        helpers.expectFlow(sending(helpers, session, { publish }, {})).toBe(out, { c: 'PUBLISH q1 #1 c' });
      }),
    );

    it(
      'is not sent when it expires while it waits for the window',
      flow(helpers => {
        const { session, settled$ } = connected({ receiveMaximum: 1 });
        const publish = '(abc)-----';
        const acks = '   --------k-';
        const out = '    a-------c-';
        const settled = '--------(ab)';
        const values = {
          a: message('a', 1),
          b: message('b', 1, { expiresAt: 8 }),
          c: message('c', 1, { expiresAt: 9 }),
        };
        helpers
          .expectFlow(sending(helpers, session, { publish, acks }, { ...values, k: puback(1) }))
          .toBe(out, { a: 'PUBLISH q1 #1 a', c: 'PUBLISH q1 #2 c' });
        helpers.expectObservable(settled$).toBe(settled, { a: 'a delivered', b: 'b MESSAGE_EXPIRED' });
      }),
    );
  });
});
