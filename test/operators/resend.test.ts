import { expect } from 'chai';
import { tap } from 'rxjs';
import { qosSend } from '../../src/operators/qos-send.js';
import { puback, pubcomp, pubrec } from '../support/packets.js';
import { flow, freeToSend, limits, message, ours, resumed } from './support.js';
import { resending, mixed, mixedAgain, three, threeAgain } from './streams/resending.js';

describe('qosSend on a resumed session', () => {
  it(
    'sends again what was in flight, in its order: PUBLISH with DUP, PUBREL where PUBREC had come [MQTT-4.4.0-1]',
    flow(helpers => {
      const { session } = resumed(mixed);
      const acks = '-------';
      const out = ' (abc)--';
      const flow$ = resending(helpers, session, { acks });
      helpers.expectFlow(flow$).toBe(out, mixedAgain);
    }),
  );

  it(
    'lets nothing new pass before all is out (#450, #2015)',
    flow(helpers => {
      const { session } = resumed(mixed);
      session.sender.enqueue(message('new', 0));
      session.sender.enqueue(message('newer', 1));
      const out = '(abcno)';
      const flow$ = resending(helpers, session, {});
      helpers.expectFlow(flow$).toBe(out, { ...mixedAgain, n: 'PUBLISH q0 new', o: 'PUBLISH q1 #4 newer' });
    }),
  );

  it(
    'sends again, but nothing new, while other packets go first',
    flow(helpers => {
      const { session } = resumed(mixed);
      session.sender.enqueue(message('new', 0));
      const wakes = '---w--';
      const out = '  (abc)-';
      const wake$ = helpers.hot(wakes);
      const flow$ = resending(helpers, session, {}, {}, { wake$, mayBegin: () => false });
      helpers.expectFlow(flow$).toBe(out, mixedAgain);
    }),
  );

  it(
    'settles what was sent again by its acknowledgement, and goes on with QoS 2 where it was',
    flow(helpers => {
      const { session, settled$ } = resumed(mixed);
      const acks = '   ------k--r--c--d';
      const out = '    (abc)----l------';
      const settled = '------a-----b--c';
      const values = { k: puback(1), r: pubrec(3), c: pubcomp(2), d: pubcomp(3) };
      const flow$ = resending(helpers, session, { acks }, values);
      helpers.expectFlow(flow$).toBe(out, { ...mixedAgain, l: 'PUBREL #3' });
      helpers.expectObservable(settled$).toBe(settled, { a: 'a delivered', b: 'b delivered', c: 'c delivered' });
    }),
  );

  it(
    'goes on where it stopped when the link had enough in the middle',
    flow(helpers => {
      const { session } = resumed(three);
      const wakes = ' --w--w--';
      const out = '   a-b--c--';
      let taken = 0;
      const wake$ = helpers.hot(wakes).pipe(tap(() => (taken = 0)));
      const flow$ = resending(helpers, session, {}, {}, { wake$, writable: () => taken < 1 });
      helpers.expectFlow(flow$.pipe(tap(() => taken++))).toBe(out, threeAgain);
    }),
  );

  it(
    'completes with its source; what is not out stays in flight',
    flow(helpers => {
      const { session } = resumed(three, { receiveMaximum: 1 });
      const acks = '--k--|';
      const out = ' a-b--|';
      const flow$ = resending(helpers, session, { acks }, { k: puback(1) });
      helpers.expectFlow(flow$).toBe(out, threeAgain);
      helpers.flush();
      expect(session.snapshot()).to.include({ inFlight: 2, packetIdsInUse: 2 });
    }),
  );

  it(
    'sends all again on the connection after the next, when this one is lost in the middle',
    flow(helpers => {
      const { session } = resumed(three, { receiveMaximum: 2 });
      const sub = '   ^--!       ';
      const sub2 = '  -----^---! ';
      const out = '   (ab)       ';
      const out2 = '  -----(abc)';
      const flow$ = resending(helpers, session, {});
      helpers.expectFlow(flow$, sub).toBe(out, threeAgain);
      helpers.act('   ---x', {
        x: () => {
          session.end();
          session.begin(true, limits(), ours);
        },
      });
      helpers.expectFlow(flow$, sub2).toBe(out2, threeAgain);
    }),
  );

  it(
    'sends nothing more when it is unsubscribed from, and unsubscribes from its sources',
    flow(helpers => {
      const { session } = resumed(three, { receiveMaximum: 1 });
      const acks = ' ----k--';
      const wakes = '-----w-';
      const sub = '  ^--!   ';
      const out = '  a------';
      const ack$ = helpers.hot(acks, { k: puback(1) });
      const wake$ = helpers.hot(wakes);
      const config = { ...freeToSend, sender: session.sender, wake$, writable: () => true, scheduler: helpers.clock };
      const flow$ = ack$.pipe(qosSend(config));
      helpers.expectFlow(flow$, sub).toBe(out, threeAgain);
      helpers.expectSubscriptions(ack$.subscriptions).toBe(sub);
      helpers.expectSubscriptions(wake$.subscriptions).toBe(sub);
    }),
  );
});
