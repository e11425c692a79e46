import { map } from 'rxjs';
import { type Packet, type PacketEvent, received, sent } from '../../src/index.js';
import { puback, pubcomp, publish, suback, describePacket } from '../support/packets.js';
import { flow } from './support.js';

const came = (packet: Packet): PacketEvent => ({ direction: 'received', packet, timestamp: 0 });
const went = (packet: Packet): PacketEvent => ({ direction: 'sent', packet, timestamp: 0 });

const events = {
  k: came(puback(1)),
  K: went(puback(2)),
  p: came(publish('in')),
  P: went(publish('out')),
  s: came(suback(3, 0)),
  c: came(pubcomp(4)),
};

describe('received() and sent()', () => {
  it(
    'Z2: received(command) gives the packets of this command that came',
    flow(({ hot, expectObservable }) => {
      const packets = hot('-k-K-p-P-s-k-c-', events);
      const acks = '       -k---------k---';
      const messages = '   -----p---------';
      const subacks = '    ---------s-----';
      expectObservable(packets.pipe(received('puback'), map(describePacket))).toBe(acks, { k: 'PUBACK #1' });
      expectObservable(packets.pipe(received('publish'), map(describePacket))).toBe(messages, { p: 'PUBLISH q0 in' });
      expectObservable(packets.pipe(received('suback'))).toBe(subacks, { s: suback(3, 0) });
    }),
  );

  it(
    'Z2: sent(command) gives the packets of this command that went',
    flow(({ hot, expectObservable }) => {
      const packets = hot('-k-K-p-P-s-c-', events);
      const acks = '       ---K---------';
      const messages = '   -------P-----';
      const subacks = '    -------------';
      expectObservable(packets.pipe(sent('puback'), map(describePacket))).toBe(acks, { K: 'PUBACK #2' });
      expectObservable(packets.pipe(sent('publish'), map(describePacket))).toBe(messages, { P: 'PUBLISH q0 out' });
      expectObservable(packets.pipe(sent('suback'))).toBe(subacks);
    }),
  );

  it(
    'complete and error with their source, and end with their subscriber',
    flow(({ hot, expectObservable, expectSubscriptions }) => {
      const done = hot('   -k-|', events);
      const doneOut = '    -k-|';
      const broken = hot(' -k-#', events);
      const brokenOut = '  -k-#';
      const left = hot('   -k-k-', events);
      const leftSub = '    ^-!   ';
      const leftOut = '    -k----';
      const acks = { k: 'PUBACK #1' };
      expectObservable(done.pipe(received('puback'), map(describePacket))).toBe(doneOut, acks);
      expectObservable(broken.pipe(received('puback'), map(describePacket))).toBe(brokenOut, acks);
      expectObservable(left.pipe(received('puback'), map(describePacket)), leftSub).toBe(leftOut, acks);
      expectSubscriptions(left.subscriptions).toBe(leftSub);
    }),
  );
});
