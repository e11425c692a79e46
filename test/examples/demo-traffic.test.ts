import { map } from 'rxjs';
import { resends } from '../../examples/demo/traffic.js';
import type { Packet, PacketEvent } from '../../src/index.js';
import { testScheduler } from '../support/marbles.js';

const sent = (packet: Packet): PacketEvent => ({ direction: 'sent', packet, timestamp: 0 });
const received = (packet: Packet): PacketEvent => ({ direction: 'received', packet, timestamp: 0 });
const publish = (qos: 1 | 2, dup: boolean): Packet => ({
  cmd: 'publish',
  topic: 't',
  payload: new Uint8Array(),
  qos,
  retain: false,
  dup,
  packetId: 1,
});

describe('demo: the traffic', () => {
  it('resends() counts PUBLISH with DUP, of this client only', () =>
    testScheduler().run(({ cold, expectObservable }) => {
      const packet$ = cold('-a-b-c-d-', {
        a: sent(publish(1, false)),
        b: sent(publish(1, true)),
        c: sent(publish(2, true)),
        d: received(publish(1, true)),
      });
      expectObservable(
        packet$.pipe(
          resends,
          map(({ qos }) => qos),
        ),
      ).toBe('---1-2---', { 1: 1, 2: 2 });
    }));

  it('resends() counts a PUBREL as a repeat until its PUBCOMP, for each packet id', () =>
    testScheduler().run(({ cold, expectObservable }) => {
      const packet$ = cold('-a-b-a-a-A-a-', {
        a: sent({ cmd: 'pubrel', packetId: 1 }),
        b: sent({ cmd: 'pubrel', packetId: 2 }),
        A: received({ cmd: 'pubcomp', packetId: 1 }),
      });
      expectObservable(
        packet$.pipe(
          resends,
          map(({ qos }) => qos),
        ),
      ).toBe('-----2-2-----', { 2: 2 });
    }));
});
