import { expect } from 'chai';
import { NEVER, Subject, asyncScheduler, map, merge } from 'rxjs';
import type { MqttMessage } from '../../src/index.js';
import { qosReceive } from '../../src/operators/qos-receive.js';
import { qosSend } from '../../src/operators/qos-send.js';
import { publish, describePacket } from '../support/packets.js';
import { connected, flow, freeToSend, message } from './support.js';
import { type Delivery, packets, receiving, said, test } from './streams/receiving.js';

describe('qosReceive', () => {
  it(
    'QoS 0 is delivered and not acknowledged (4.3.1) [MQTT-3.3.4-1]',
    test(({ incoming, expectObservable }) => {
      const { session } = connected();
      const input = incoming('-z--z-');
      const output = '        -Z--Z-';
      expectObservable(receiving(session, input)).toBe(output, said);
    }),
  );

  it(
    'QoS 1 is delivered, then acknowledged, in the order of arrival [MQTT-4.3.2-4] [MQTT-4.6.0-2] [MQTT-3.3.4-1] [MQTT-3.4.2-1]',
    test(({ hot, expectObservable }) => {
      const { session } = connected();
      const second = publish('second', { qos: 1, packetId: 7 });
      const input = hot('-(os)-', { o: packets.o, s: second });
      const output = '   -(OoSs)-';
      expectObservable(receiving(session, input)).toBe(output, { ...said, S: 'deliver second', s: 'PUBACK #7' });
    }),
  );

  it(
    'QoS 1 that comes again is delivered again: at least once [MQTT-4.3.2-5] [S59]',
    test(({ incoming, expectObservable }) => {
      const { session } = connected();
      const input = incoming('-o---o---');
      const output = '        -(Oo)(Oo)';
      expectObservable(receiving(session, input)).toBe(output, said);
    }),
  );

  it(
    'QoS 2 is delivered once, with its PUBLISH; PUBREC follows, PUBCOMP answers PUBREL [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-3.3.4-1] [MQTT-3.5.2-1]',
    test(({ incoming, expectObservable }) => {
      const { session } = connected();
      const input = incoming('-t------r--');
      const output = '        -(Tt)---c--';
      expectObservable(receiving(session, input)).toBe(output, said);
    }),
  );

  it(
    'QoS 2 that comes again before PUBREL is acknowledged again, not delivered again [MQTT-4.3.3-10] [S60]',
    test(({ incoming, expectObservable }) => {
      const { session } = connected();
      const input = incoming('-t------d--d--r--');
      const output = '        -(Tt)---t--t--c--';
      expectObservable(receiving(session, input)).toBe(output, said);
    }),
  );

  it(
    'the identifier of a QoS 2 message names another message after PUBREL [MQTT-4.3.3-12]',
    test(({ incoming, expectObservable }) => {
      const { session } = connected();
      const input = incoming('-t------r--t------r-');
      const output = '        -(Tt)---c--(Tt)---c-';
      expectObservable(receiving(session, input)).toBe(output, said);
    }),
  );

  it(
    'several QoS 2 messages are open at a time, each by its identifier [MQTT-2.2.1-5] [MQTT-4.6.0-3]',
    test(({ incoming, expectObservable }) => {
      const { session } = connected();
      const input = incoming('-t----u----s--r--');
      const output = '        -(Tt)-(Uu)-e--c--';
      expectObservable(receiving(session, input)).toBe(output, said);
    }),
  );

  describe("Z4: deliverQos2 'release'", () => {
    const release = { deliverQos2: 'release' } as const;

    it(
      'hands QoS 2 over with PUBREL, before PUBCOMP [S60]',
      test(({ incoming, expectObservable }) => {
        const { session } = connected();
        const input = incoming('-t---r---');
        const output = '        -t---(Tc)';
        expectObservable(receiving(session, input, release)).toBe(output, said);
      }),
    );

    it(
      'hands it over once, whatever is repeated',
      test(({ incoming, expectObservable }) => {
        const { session } = connected();
        const input = incoming('-t--d--r-----r--');
        const output = '        -t--t--(Tc)--x--';
        expectObservable(receiving(session, input, release)).toBe(output, { ...said, x: 'PUBCOMP #2 0x92' });
      }),
    );

    it(
      'hands over in the order of PUBREL, and QoS 0 and 1 at once',
      test(({ incoming, expectObservable }) => {
        const { session } = connected();
        const input = incoming('-t-u-o----z-s----r---');
        const output = '        -t-u-(Oo)-Z-(Ue)-(Tc)';
        expectObservable(receiving(session, input, release)).toBe(output, said);
      }),
    );
  });

  describe('PUBREL of an unknown identifier', () => {
    for (const [protocolVersion, pubcomp] of [
      [5, 'PUBCOMP #2 0x92'],
      [4, 'PUBCOMP #2'],
      [3, 'PUBCOMP #2'],
    ] as const) {
      it(
        `is answered with ${pubcomp} in version ${protocolVersion}, and nothing is delivered [MQTT-3.7.2-1]`,
        test(({ incoming, expectObservable }) => {
          const { session } = connected();
          const input = incoming('--r--');
          const output = '        --c--';
          expectObservable(receiving(session, input, { protocolVersion })).toBe(output, { c: pubcomp });
        }),
      );
    }
  });

  it(
    'acknowledges in the same call, so that what the application publishes in answer goes out after it (section 2, on the wire)',
    flow(({ hot, expectFlow }) => {
      const { session } = connected();
      const deliver = ({ topic }: MqttMessage) => {
        session.sender.enqueue(message(`answer/${topic}`, 0));
        return undefined;
      };
      const { sender, receiver } = session;
      const input = hot<Delivery>('-o---t---', packets);
      const output = '             -(oa)(tb)';
      const delivery$ = new Subject<Delivery>();
      const wake$ = new Subject<void>();
      const flow$ = merge(
        delivery$.pipe(qosReceive({ receiver, protocolVersion: 5, deliverQos2: 'publish', deliver, ready$: NEVER })),
        NEVER.pipe(qosSend({ ...freeToSend, sender, wake$, writable: () => true, scheduler: asyncScheduler })),
      );
      input.subscribe(packet => {
        delivery$.next(packet);
        wake$.next();
      });
      const values = { ...said, a: 'PUBLISH q0 answer/one', b: 'PUBLISH q0 answer/two' };
      expectFlow(flow$).toBe(output, values);
    }),
  );

  it(
    'hands over the message as it came',
    flow(({ hot, expectObservable }) => {
      const { session } = connected();
      const { receiver } = session;
      const input = hot('-a-', { a: publish('t', { qos: 1, packetId: 9, retain: true, dup: true, payload: 'hello' }) });
      const output = '   -m-';
      const delivered$ = new Subject<MqttMessage>();
      const config = { receiver, protocolVersion: 5, deliverQos2: 'publish', ready$: NEVER } as const;
      const deliver = (given: MqttMessage) => {
        delivered$.next(given);
        return undefined;
      };
      const flow$ = input.pipe(qosReceive({ ...config, deliver }));
      const told$ = delivered$.pipe(
        map(given => [given.topic, given.text(), given.qos, given.retain, given.dup, given.packetId]),
      );
      expectObservable(told$).toBe(output, { m: ['t', 'hello', 1, true, true, 9] });
      expectObservable(flow$.pipe(map(describePacket))).toBe(output, { m: 'PUBACK #9' });
    }),
  );

  it(
    'completes with its source; what was open stays open with the session',
    flow(({ hot, flush, expectFlow }) => {
      const { session } = connected();
      const { receiver } = session;
      const input = hot<Delivery>('-t--u--s--|', packets);
      const output = '             -t--u--e--|';
      const deliver = () => undefined;
      const config = { receiver, protocolVersion: 5, deliverQos2: 'publish', deliver, ready$: NEVER } as const;
      expectFlow(input.pipe(qosReceive(config))).toBe(output, said);
      flush();
      expect(session.snapshot()).to.include({ received: 1 });
    }),
  );
});
