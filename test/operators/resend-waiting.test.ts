import { expect } from 'chai';
import { tap } from 'rxjs';
import { puback, pubcomp, pubrec } from '../support/packets.js';
import { connected, flow, message, resumed } from './support.js';
import { mixedAgain, resending, three, threeAgain } from './streams/resending.js';

describe('qosSend, where sending again has to wait or to repeat', () => {
  describe('a window smaller than what is in flight (4.9)', () => {
    it(
      'is filled again by every PUBACK; new messages follow the last of the old',
      flow(helpers => {
        const { session } = resumed(three, { receiveMaximum: 1 });
        session.sender.enqueue(message('new', 1));
        const acks = '---k--l--m--';
        const out = ' a--b--c--n--';
        const values = { k: puback(1), l: puback(2), m: puback(3) };
        const flow$ = resending(helpers, session, { acks }, values);
        helpers.expectFlow(flow$).toBe(out, { ...threeAgain, n: 'PUBLISH q1 #4 new' });
      }),
    );

    it(
      'is not needed by PUBREL, which may always go, but is used up by it',
      flow(helpers => {
        const { session } = resumed(
          [
            ['a', 1],
            ['b', '2+'],
            ['c', 1],
          ],
          { receiveMaximum: 1 },
        );
        const acks = '-----k--l-';
        const out = ' (ab)----c-';
        const values = { k: puback(1), l: pubcomp(2) };
        const flow$ = resending(helpers, session, { acks }, values);
        helpers.expectFlow(flow$).toBe(out, { ...mixedAgain, c: 'PUBLISH q1 #3 dup c' });
      }),
    );

    it(
      'does not send what was acknowledged before its turn came',
      flow(helpers => {
        const { session, settled$ } = resumed(three, { receiveMaximum: 1 });
        const acks = '   --l--k---';
        const out = '    a----c---';
        const settled = '--b--a---';
        const flow$ = resending(helpers, session, { acks }, { k: puback(1), l: puback(2) });
        helpers.expectFlow(flow$).toBe(out, threeAgain);
        helpers.expectObservable(settled$).toBe(settled, { a: 'a delivered', b: 'b delivered' });
      }),
    );

    it(
      'is done when the last of the rest is acknowledged before its turn came',
      flow(helpers => {
        const { session } = resumed(
          [
            ['a', 1],
            ['b', 1],
          ],
          { receiveMaximum: 1 },
        );
        session.sender.enqueue(message('new', 0));
        const acks = '--l---';
        const out = ' a-n---';
        const flow$ = resending(helpers, session, { acks }, { l: puback(2) });
        helpers.expectFlow(flow$).toBe(out, { ...threeAgain, n: 'PUBLISH q0 new' });
      }),
    );
  });

  it(
    'waits for a link that has enough; nothing new goes meanwhile',
    flow(helpers => {
      const { session } = resumed([['a', 1]]);
      const link = ' ----t---';
      const out = '  ----(an)';
      session.sender.enqueue(message('new', 0));
      const flow$ = resending(helpers, session, { link });
      helpers.expectFlow(flow$).toBe(out, { ...threeAgain, n: 'PUBLISH q0 new' });
    }),
  );

  describe('P11: resendInterval of 3.x, on a live connection', () => {
    const again = { resendInterval: 6 };

    it(
      'sends again what is unacknowledged, with DUP and its identifier, until it is acknowledged',
      flow(helpers => {
        const { session, settled$ } = connected({ protocolVersion: 4 });
        const publish = '-a-b---------------';
        const acks = '   --------k----------';
        const sub = '    ^-----------------!';
        const out = '    -a-b--(cd)--d------';
        const settled = '--------s----------';
        const values = { a: message('a', 1), b: message('b', 2), k: puback(1) };
        const flow$ = resending(helpers, session, { publish, acks }, values, again);
        helpers.expectFlow(flow$, sub).toBe(out, {
          a: 'PUBLISH q1 #1 a',
          b: 'PUBLISH q2 #2 b',
          c: 'PUBLISH q1 #1 dup a',
          d: 'PUBLISH q2 #2 dup b',
        });
        helpers.expectObservable(settled$).toBe(settled, { s: 'a delivered' });
        helpers.flush();
        expect(session.snapshot()).to.include({ inFlight: 1, packetIdsInUse: 1 });
      }),
    );

    it(
      'sends PUBREL again when PUBCOMP does not come',
      flow(helpers => {
        const { session } = connected({ protocolVersion: 4 });
        const publish = '-a-----------------';
        const acks = '   --r-----------c----';
        const sub = '    ^-----------------!';
        const out = '    -al---l-----l------';
        const values = { a: message('a', 2), r: pubrec(1), c: pubcomp(1) };
        const flow$ = resending(helpers, session, { publish, acks }, values, again);
        helpers.expectFlow(flow$, sub).toBe(out, { a: 'PUBLISH q2 #1 a', l: 'PUBREL #1' });
      }),
    );

    it(
      'goes through all before it begins again, on a link that takes less in an interval',
      flow(helpers => {
        const { session } = resumed(three, { protocolVersion: 4 });
        const wakes = ' -------w------w------w-';
        const sub = '   ^---------------------!';
        const out = '   a------b------c------a-';
        let taken = 0;
        const wake$ = helpers.hot(wakes).pipe(tap(() => (taken = 0)));
        const flow$ = resending(helpers, session, {}, {}, { ...again, wake$, writable: () => taken < 1 });
        helpers.expectFlow(flow$.pipe(tap(() => taken++)), sub).toBe(out, threeAgain);
      }),
    );

    it(
      'sends nothing when nothing is in flight, and stops with the connection',
      flow(helpers => {
        const { session } = connected({ protocolVersion: 4 });
        const acks = '-------------------|';
        const out = ' -------------------|';
        const flow$ = resending(helpers, session, { acks }, {}, again);
        helpers.expectFlow(flow$).toBe(out);
      }),
    );
  });
});
