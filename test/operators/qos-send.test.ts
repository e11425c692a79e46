import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { qosSend } from '../../src/operators/qos-send.js';
import { puback, pubcomp, pubrec } from '../support/packets.js';
import { connected, flow, freeToSend, message } from './support.js';
import { sending } from './streams/sending.js';

describe('qosSend', () => {
  it(
    'QoS 0: PUBLISH, and nothing to wait for [MQTT-4.3.1-1] [MQTT-3.3.1-2]',
    flow(helpers => {
      const { session } = connected();
      const publish = '-a--b-';
      const out = '    -a--b-';
      const flow$ = sending(helpers, session, { publish }, { a: message('a', 0), b: message('b', 0) });
      helpers.expectFlow(flow$).toBe(out, { a: 'PUBLISH q0 a', b: 'PUBLISH q0 b' });
    }),
  );

  it(
    'QoS 1: PUBLISH, settled by PUBACK [MQTT-4.3.2-2]',
    flow(helpers => {
      const { session, settled$ } = connected();
      const publish = '-a-----';
      const acks = '   ----k--';
      const out = '    -a-----';
      const settled = '----s--';
      const flow$ = sending(helpers, session, { publish, acks }, { a: message('a', 1), k: puback(1) });
      helpers.expectFlow(flow$).toBe(out, { a: 'PUBLISH q1 #1 a' });
      helpers.expectObservable(settled$).toBe(settled, { s: 'a delivered' });
    }),
  );

  it(
    'QoS 2: PUBLISH, PUBREC, PUBREL, settled by PUBCOMP [MQTT-4.3.3-2] [MQTT-2.2.1-5]',
    flow(helpers => {
      const { session, settled$ } = connected();
      const publish = '-a--------';
      const acks = '   ----r--c--';
      const out = '    -a--l-----';
      const settled = '-------s--';
      const flow$ = sending(helpers, session, { publish, acks }, { a: message('a', 2), r: pubrec(1), c: pubcomp(1) });
      helpers.expectFlow(flow$).toBe(out, { a: 'PUBLISH q2 #1 a', l: 'PUBREL #1' });
      helpers.expectObservable(settled$).toBe(settled, { s: 'a delivered' });
    }),
  );

  it(
    'sends in the order of publishing, whatever the QoS (4.6); identifiers count up from 1 [S51]',
    flow(helpers => {
      const { session } = connected();
      const publish = '-(abcd)-';
      const out = '    -(abcd)-';
      const values = { a: message('a', 2), b: message('b', 0), c: message('c', 1), d: message('d', 0) };
      helpers
        .expectFlow(sending(helpers, session, { publish }, values))
        .toBe(out, { a: 'PUBLISH q2 #1 a', b: 'PUBLISH q0 b', c: 'PUBLISH q1 #2 c', d: 'PUBLISH q0 d' });
    }),
  );

  it(
    'answers PUBRECs with PUBRELs in their order [MQTT-4.6.0-4]',
    flow(helpers => {
      const { session } = connected();
      const publish = '(ab)------';
      const acks = '   -----(sr)-';
      const out = '    (ab)-(ml)-';
      const values = { a: message('a', 2), b: message('b', 2), s: pubrec(2), r: pubrec(1) };
      helpers
        .expectFlow(sending(helpers, session, { publish, acks }, values))
        .toBe(out, { a: 'PUBLISH q2 #1 a', b: 'PUBLISH q2 #2 b', m: 'PUBREL #2', l: 'PUBREL #1' });
    }),
  );

  it(
    'sends what was waiting in the queue when the connection began',
    flow(helpers => {
      const { session } = connected();
      session.sender.enqueue(message('a', 1));
      session.sender.enqueue(message('b', 0));
      const publish = '------';
      const out = '    (ab)--';
      helpers
        .expectFlow(sending(helpers, session, { publish }, {}))
        .toBe(out, { a: 'PUBLISH q1 #1 a', b: 'PUBLISH q0 b' });
    }),
  );

  it(
    'settles a message as refused by a PUBACK with a reason of 0x80 or above, and as delivered by 0x10 (3.4.2.1)',
    flow(helpers => {
      const { session, settled$ } = connected();
      const publish = '(ab)------';
      const acks = '   -----k--l-';
      const settled = '-----a--b-';
      const values = { a: message('a', 1), b: message('b', 1), k: puback(1, 0x87), l: puback(2, 0x10) };
      sending(helpers, session, { publish, acks }, values).subscribe();
      helpers.expectObservable(settled$).toBe(settled, { a: 'a PUBLISH_REFUSED 0x87', b: 'b delivered' });
    }),
  );

  it(
    'settles QoS 2 by a PUBCOMP of 0x92 too: the broker had finished with it before (3.7.2.1)',
    flow(helpers => {
      const { session, settled$ } = connected();
      const publish = 'a--------';
      const acks = '   --r--c---';
      const settled = '-----s---';
      sending(
        helpers,
        session,
        { publish, acks },
        { a: message('a', 2), r: pubrec(1), c: pubcomp(1, 0x92) },
      ).subscribe();
      helpers.expectObservable(settled$).toBe(settled, { s: 'a delivered' });
    }),
  );

  it(
    'answers every PUBREC with PUBREL, a repeated one too [MQTT-4.3.3-4]',
    flow(helpers => {
      const { session } = connected();
      const publish = 'a--------';
      const acks = '   --r--r---';
      const out = '    a-l--l---';
      helpers
        .expectFlow(sending(helpers, session, { publish, acks }, { a: message('a', 2), r: pubrec(1) }))
        .toBe(out, { a: 'PUBLISH q2 #1 a', l: 'PUBREL #1' });
    }),
  );

  describe('acknowledgements of what is not in flight (section 2, hostile broker)', () => {
    it(
      'PUBACK, PUBCOMP and a PUBREC that refuses are ignored [S72]',
      flow(helpers => {
        const { session, settled$ } = connected();
        const publish = 'a-----------';
        const acks = '   --k--c--r---';
        const out = '    a-----------';
        const settled = '------------';
        const values = { a: message('a', 1), k: puback(9), c: pubcomp(9), r: pubrec(9, 0x80) };
        helpers.expectFlow(sending(helpers, session, { publish, acks }, values)).toBe(out, { a: 'PUBLISH q1 #1 a' });
        helpers.expectObservable(settled$).toBe(settled);
      }),
    );

    for (const [protocolVersion, pubrel] of [
      [5, 'PUBREL #9 0x92'],
      [4, 'PUBREL #9'],
      [3, 'PUBREL #9'],
    ] as const) {
      it(
        `PUBREC is answered with ${pubrel} in version ${protocolVersion} [MQTT-3.6.2-1]`,
        flow(helpers => {
          const { session } = connected({ protocolVersion });
          const acks = '--r--';
          const out = ' --l--';
          helpers
            .expectFlow(sending(helpers, session, { publish: '', acks }, { r: pubrec(9) }))
            .toBe(out, { l: pubrel });
        }),
      );
    }
  });

  describe('an acknowledgement of the wrong kind breaks the protocol', () => {
    const cases: [title: string, qos: 1 | 2, acks: string, out: string][] = [
      ['PUBACK for QoS 2', 2, '--k', 'a-#'],
      ['PUBREC for QoS 1', 1, '--r', 'a-#'],
      ['PUBREC with a refusal for QoS 1', 1, '--e', 'a-#'],
      ['PUBCOMP for QoS 1', 1, '--c', 'a-#'],
      ['PUBCOMP before PUBREC', 2, '--c', 'a-#'],
      ['PUBACK after PUBREC', 2, '--r--k', 'a-l--#'],
    ];
    for (const [title, qos, acks, out] of cases) {
      it(
        title,
        flow(helpers => {
          const { session, settled$ } = connected();
          const values = { a: message('a', qos), k: puback(1), r: pubrec(1), e: pubrec(1, 0x80), c: pubcomp(1) };
          helpers
            .expectFlow(sending(helpers, session, { publish: 'a', acks }, values))
            .toBe(out, { a: `PUBLISH q${qos} #1 a`, l: 'PUBREL #1' }, 'PROTOCOL_ERROR 0x82 retryable');
          helpers.expectObservable(settled$).toBe('');
        }),
      );
    }
  });

  it(
    'completes with the acknowledgements, which end with the connection',
    flow(helpers => {
      const { session } = connected();
      const publish = '-a--b-';
      const acks = '   --|   ';
      const out = '    -a|   ';
      const values = { a: message('a', 0), b: message('b', 0) };
      helpers.expectFlow(sending(helpers, session, { publish, acks }, values)).toBe(out, { a: 'PUBLISH q0 a' });
    }),
  );

  it(
    'sends nothing more when it is unsubscribed from: what comes later stays in the queue',
    flow(helpers => {
      const { session } = connected();
      const publish = '-a---b---';
      const sub = '    ^--!     ';
      const out = '    -a-------';
      const wake$ = helpers.hot(publish);
      helpers.act(publish, {
        a: () => session.sender.enqueue(message('a', 1)),
        b: () => session.sender.enqueue(message('b', 1)),
      });
      const flow$ = NEVER.pipe(
        qosSend({ ...freeToSend, sender: session.sender, wake$, writable: () => true, scheduler: helpers.clock }),
      );
      helpers.expectFlow(flow$, sub).toBe(out, { a: 'PUBLISH q1 #1 a' });
      helpers.flush();
      expect(session.snapshot()).to.include({ queued: 1, inFlight: 1, packetIdsInUse: 1 });
      helpers.expectSubscriptions(wake$.subscriptions).toBe(sub);
    }),
  );
});
