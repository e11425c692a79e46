import { asapScheduler, map, tap } from 'rxjs';
import { subscribe } from '../../src/operators/subscribe.js';
import { PacketIds } from '../../src/protocol/packet-ids.js';
import { subscriptionsWith } from '../protocol/support.js';
import { describePacket } from '../support/packets.js';
import { flow, freeToSubscribe, limits } from './support.js';

describe('subscribe, while messages in flight have all packet identifiers', () => {
  it(
    'goes on as soon as one is free, whoever gave it back',
    flow(helpers => {
      const packetIds = new PacketIds();
      while (packetIds.take() > 0);
      const subscriptions = subscriptionsWith(packetIds);
      const wants = '-a-----';
      const freed = '-----f-';
      const out = '  -----a-';
      const flow$ = helpers.hot<never>('-------').pipe(
        subscribe({
          ...freeToSubscribe,
          subscriptions,
          limits: limits(),
          changed$: helpers.hot(wants).pipe(tap(filter => subscriptions.want({ filter, qos: 1 }))),
          idFreed$: helpers.hot(freed).pipe(tap(() => packetIds.release(7))),
          tick: asapScheduler,
          sent: () => undefined,
          obstructed: () => undefined,
          settled: () => undefined,
        }),
        map(describePacket),
      );
      helpers.expectObservable(flow$).toBe(out, { a: 'SUBSCRIBE #7 a:1' });
    }),
  );
});
