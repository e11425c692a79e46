import { expect } from 'chai';
import { Subject } from 'rxjs';
import { InboundMessage } from '../../src/protocol/inbound/inbound-message.js';
import { publish } from '../support/packets.js';
import { connected } from './support.js';
import { type Delivery as Incoming, packets, receiving, said, test } from './streams/receiving.js';

const refusal = { reasonCode: 0x97, why: 'it holds too much' };
const bad = {
  x: { ...publish('bad'), refusal },
  p: { ...publish('bad', { qos: 1, packetId: 5 }), refusal },
  q: { ...publish('bad', { qos: 2, packetId: 2 }), refusal },
};
const refused = { ...said, P: 'PUBACK #5 0x97', Q: 'PUBREC #2 0x97' };

describe('qosReceive: a message that is not taken', () => {
  for (const deliverQos2 of ['publish', 'release'] as const) {
    it(
      `is refused at QoS 1 and 2 and dropped at QoS 0, and is not handed over (${deliverQos2}) [S116]`,
      test(({ hot, expectObservable }) => {
        const { session } = connected();
        const input = hot<Incoming>('-x-p-q-(zo)-', { ...packets, ...bad });
        const output = '            ---P-Q-(ZOo)-';
        expectObservable(receiving(session, input, { deliverQos2 })).toBe(output, refused);
      }),
    );
  }

  it(
    'QoS 2: its identifier is free for another message, as after any refusal [MQTT-4.3.3-9]',
    test(({ hot, expectObservable }) => {
      const { session } = connected();
      const input = hot<Incoming>('-q--q--t---r-', { ...packets, ...bad });
      const output = '            -Q--Q--(Tt)c-';
      expectObservable(receiving(session, input)).toBe(output, refused);
    }),
  );

  it('is told of, with its reason [S116]', () => {
    const { session } = connected();
    const told: unknown[] = [];
    const incoming$ = new Subject<Incoming>();
    receiving(session, incoming$, { refused: ({ topic, qos }, why) => void told.push([topic, qos, why]) }).subscribe();
    for (const each of [bad.x, bad.p, packets.o]) incoming$.next(each);
    expect(told).to.deep.equal([
      ['bad', 0, refusal],
      ['bad', 1, refusal],
    ]);
  });

  it('waits for its turn behind those that are answered by hand [MQTT-4.6.0-2] [S31]', () => {
    const { session } = connected();
    const open = new InboundMessage({ topic: 'one', qos: 1, packetId: 1 } as never, 0, {
      onUnclaimed: () => undefined,
      onClosed: () => undefined,
      isHeldUp: () => false,
    });
    const claim = open.issueTicket({ filters: [], onTicketClosed: () => undefined });
    open.offered(false);
    const incoming$ = new Subject<Incoming>();
    const ready$ = new Subject<void>();
    const out: string[] = [];
    receiving(session, incoming$, { deliver: () => open, ready$ }).subscribe(each => out.push(each));
    incoming$.next(packets.o);
    incoming$.next(bad.p);
    expect(out).to.deep.equal([]);
    claim.settle(0);
    ready$.next();
    expect(out).to.deep.equal(['PUBACK #1', 'PUBACK #5 0x97']);
  });
});
