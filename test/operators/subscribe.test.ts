import { expect } from 'chai';
import { Subject, map, merge } from 'rxjs';
import { suback, unsuback, describePacket } from '../support/packets.js';
import { connected, flow } from './support.js';
import { subscribing } from './streams/subscribing.js';

describe('subscribe', () => {
  it(
    'asks for a filter when it is wanted, and no more when it is not (3.8, 3.10)',
    flow(helpers => {
      const { session } = connected();
      const wants = '  -a-------A-----';
      const answers = '---s--------u--';
      const out = '    -a-------x-----';
      const settled = '---s--------u--';
      const values = { s: suback(1, 1), u: unsuback(2, 0) };
      const { flow$, settled$ } = subscribing(helpers, session, { wants, answers }, values);
      helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1', x: 'UNSUBSCRIBE #2 a' });
      helpers.expectObservable(settled$).toBe(settled, { s: 'suback a:0x1', u: 'unsuback a:0x0' });
      helpers.flush();
      expect(session.snapshot()).to.include({ requests: 0, packetIdsInUse: 0 });
    }),
  );

  it(
    'asks in one SUBSCRIBE for all that is wanted in one tick (N5, Z10)',
    flow(helpers => {
      const { session } = connected();
      const wants = '-(abc)-d-';
      const out = '  -s-----d-';
      const { flow$ } = subscribing(helpers, session, { wants });
      helpers.expectFlow(flow$).toBe(out, { s: 'SUBSCRIBE #1 a:1 b:1 c:1', d: 'SUBSCRIBE #2 d:1' });
    }),
  );

  it(
    'asks at the beginning for what was wanted before',
    flow(helpers => {
      const { session } = connected();
      session.subscriptions.want({ filter: 'early', qos: 2 });
      const out = 's---';
      const { flow$ } = subscribing(helpers, session, {});
      helpers.expectFlow(flow$).toBe(out, { s: 'SUBSCRIBE #1 early:2' });
    }),
  );

  it(
    'looks for nothing to send after the answer to its last request',
    flow(helpers => {
      const { session } = connected();
      session.subscriptions.want({ filter: 'early', qos: 2 });
      const wants = '  ---a------';
      const answers = '--s----t---';
      const out = '    e--a-------';
      const sent = '   x--x-------';
      const values = { s: suback(1, 2), t: suback(2, 1) };
      const { flow$, sent$ } = subscribing(helpers, session, { wants, answers }, values);
      helpers.expectObservable(sent$).toBe(sent, { x: 'sent' });
      helpers.expectFlow(flow$).toBe(out, { e: 'SUBSCRIBE #1 early:2', a: 'SUBSCRIBE #2 a:1' });
    }),
  );

  it(
    'sends UNSUBSCRIBE before SUBSCRIBE where one tick needs both',
    flow(helpers => {
      const { session } = connected();
      const wants = '  -a-----(bA)-';
      const answers = '---s---------';
      const out = '    -a-----(xb)-';
      const { flow$ } = subscribing(helpers, session, { wants, answers }, { s: suback(1, 1) });
      helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1', x: 'UNSUBSCRIBE #2 a', b: 'SUBSCRIBE #3 b:1' });
    }),
  );

  it(
    'sends nothing for what cancels out within a tick: new and given up, held and taken up again',
    flow(helpers => {
      const { session } = connected();
      const wants = '  -(bB)--a-----(Aa)--';
      const answers = '----------s--------';
      const out = '    -------a-----------';
      const { flow$ } = subscribing(helpers, session, { wants, answers }, { s: suback(1, 1) });
      helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1' });
    }),
  );

  it(
    'keeps the subscription until the last consumer goes',
    flow(helpers => {
      const { session } = connected();
      const wants = '  -a---a---A---A--';
      const answers = '---s------------';
      const out = '    -a-----------x--';
      const { flow$ } = subscribing(helpers, session, { wants, answers }, { s: suback(1, 1) });
      helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1', x: 'UNSUBSCRIBE #2 a' });
    }),
  );

  it(
    'asks again when another consumer wants a higher QoS, not for a lower one',
    flow(helpers => {
      const { session } = connected();
      const wants = '  -a----b----c--';
      const answers = '---s----t-----';
      const out = '    -a----b-------';
      const requests = { a: { filter: 'f', qos: 1 }, b: { filter: 'f', qos: 2 }, c: { filter: 'f', qos: 0 } } as const;
      const { flow$ } = subscribing(
        helpers,
        session,
        { wants, answers },
        { ...requests, s: suback(1, 1), t: suback(2, 2) },
      );
      helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 f:1', b: 'SUBSCRIBE #2 f:2' });
    }),
  );

  it(
    'asks for one filter once at a time: what changes meanwhile waits for the answer',
    flow(helpers => {
      const { session } = connected();
      const wants = '  -a-A-------a---';
      const answers = '------s-------u';
      const out = '    -a----x-------b';
      const values = { s: suback(1, 1), u: unsuback(2, 0) };
      const { flow$ } = subscribing(helpers, session, { wants, answers }, values);
      helpers.expectFlow(flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1', x: 'UNSUBSCRIBE #2 a', b: 'SUBSCRIBE #3 a:1' });
    }),
  );

  it(
    'says each time when what had changed is out',
    flow(helpers => {
      const { session } = connected();
      const wants = ' -----a---(bB)-';
      const both = '  s----(as)s----';
      const { flow$, sent$ } = subscribing(helpers, session, { wants });
      const both$ = merge(sent$, flow$.pipe(map(describePacket)));
      helpers.expectObservable(both$).toBe(both, { a: 'SUBSCRIBE #1 a:1', s: 'sent' });
    }),
  );

  it(
    'completes with its source; nothing is asked after that',
    flow(helpers => {
      const { session } = connected();
      const wants = '  -a---b-';
      const answers = '---|    ';
      const out = '    -a-|    ';
      helpers.expectFlow(subscribing(helpers, session, { wants, answers }).flow$).toBe(out, { a: 'SUBSCRIBE #1 a:1' });
    }),
  );

  it(
    'sends nothing at the end of the tick in which it is unsubscribed from',
    flow(helpers => {
      const { session } = connected();
      const changed$ = new Subject<void>();
      const wants = '---a--';
      const sub = '  ^--!  ';
      const out = '  ------';
      helpers.act(wants, {
        a: () => {
          session.subscriptions.want({ filter: 'a', qos: 1 });
          changed$.next();
        },
      });
      const { flow$ } = subscribing(helpers, session, {}, {}, { changed$ });
      helpers.expectFlow(flow$, sub).toBe(out);
      helpers.flush();
      expect(session.subscriptions.hasChanges).to.equal(true);
      expect(session.snapshot()).to.include({ requests: 0, packetIdsInUse: 0 });
    }),
  );
});
