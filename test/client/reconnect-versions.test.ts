import { expect } from 'chai';
import { NEVER, asyncScheduler, concat, EMPTY, map, of, Subject, take } from 'rxjs';
import { ServerEncoder } from '../../src/codec/server/server-encoder.js';
import { type MqttClient, type Transport, mqtt } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

/** A proxy that accepts every connection, and closes it until the broker behind it has booted. */
const bootsAt =
  (ms: number): Transport =>
  ({ protocolVersion }) => {
    const written$ = new Subject<void>();
    const isUp = asyncScheduler.now() >= ms;
    const answer = () => {
      const encoder = new ServerEncoder(protocolVersion ?? 5);
      encoder.write(connack());
      return encoder.take();
    };
    const data$ = isUp ? concat(written$.pipe(take(1), map(answer)), NEVER) : EMPTY;
    const write = () => {
      asyncScheduler.schedule(() => written$.next());
      return true;
    };
    return concat(of({ data$, write, drain$: NEVER }), NEVER);
  };

/** Chance that repeats: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('reconnect: a proxy whose broker boots says nothing of versions', () => {
  it(
    '60 clients, at boot times from 0 to 60 s, all speak 5.0 in the end [S100]',
    mqttMarbles(({ flush }) => {
      const random = seeded(42);
      const clients: MqttClient[] = [];
      for (let i = 0; i < 60; i++) {
        // every other one with an empty id, which a fallback cannot carry with 3.1
        const options = {
          transport: bootsAt(random() * 60_000),
          random,
          keepalive: 0,
          ...(i % 2 ? { clientId: '' } : {}),
        };
        clients.push(mqtt('mqtt://a', options));
      }
      asyncScheduler.schedule(() => clients.forEach(client => client.connect().subscribe()));
      const spoken: unknown[] = [];
      clients.forEach((client, index) =>
        client.connection$.subscribe(state => {
          if (state.status === 'disconnecting' || (state.status === 'closed' && state.error === undefined)) return;
          spoken[index] = state.status === 'connected' ? state.limits.protocolVersion : state.status;
        }),
      );
      asyncScheduler.schedule(() => clients.forEach(client => client.close()), 300_000);
      flush();
      expect(spoken).to.deep.equal(Array(60).fill(5));
    }),
  );
});
