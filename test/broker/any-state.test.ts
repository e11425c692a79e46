import { expect } from 'chai';
import fc from 'fast-check';
import { type Observable, Subscription, firstValueFrom } from 'rxjs';
import type { MqttClient } from '../../src/index.js';
import { activeResources, expectNoMoreThan } from '../support/resources.js';
import { type Bench, closed, connected, describeBrokers, inState, published, subscribed, texts } from './support.js';

type Status = MqttClient['connection']['status'];

/** Brings a client into a state. */
const into: Readonly<Record<Status, (client: MqttClient, bench: Bench) => Promise<unknown>>> = {
  idle: () => Promise.resolve(),
  connecting: async client => void client.connect().subscribe({ error: () => undefined }),
  connected: client => connected(client),
  reconnecting: async (client, { proxy }) => {
    await connected(client);
    await proxy.stop();
    await inState(client, 'reconnecting');
  },
  disconnecting: async client => {
    await connected(client);
    client.close();
  },
  closed: async client => {
    await connected(client);
    await closed(client);
  },
};

/** What a user may do at any time. */
const acts: Readonly<Record<string, (client: MqttClient, bench: Bench, open: Operations) => unknown>> = {
  connect: (client, _, open) => open.add(client.connect()),
  reconnect: (client, _, open) => open.add(client.reconnect()),
  disconnect: (client, _, open) => open.add(client.disconnect()),
  subscribe: (client, _, open) => open.add(client.topic$('any/+')),
  'publish QoS 0': (client, _, open) => open.add(client.publish('any/0', '0')),
  'publish QoS 1': (client, _, open) => open.add(client.publish('any/1', '1', { qos: 1 })),
  'publish QoS 2': (client, _, open) => open.add(client.publish('any/2', '2', { qos: 2 })),
  'cut the wire': (_, { proxy }) => proxy.cut(),
  'silence the broker': (_, { proxy }) => proxy.mute(),
  'stop the broker': (_, { proxy }) => proxy.stop(),
  'start the broker': (_, { proxy }) => proxy.start(),
  'wait for bytes': () => activeResources(),
};

/** Streams that were subscribed to, and which of them have not ended. */
class Operations {
  readonly open = new Set<Subscription>();

  add(operation$: Observable<unknown>): void {
    const subscription = new Subscription();
    this.open.add(subscription);
    subscription.add(() => this.open.delete(subscription));
    operation$.subscribe({ error: () => undefined }).add(subscription);
  }
}

describeBrokers('from any state', bench => {
  async function reachesConnectedAndLeavesNothing(client: MqttClient, open: Operations): Promise<void> {
    await bench.proxy.start();
    await connected(client);
    const topic = bench.unique();
    const inbox = await subscribed(client, topic);
    await published(client, topic, 'here', { qos: 1 });
    expect(texts(await inbox.first(1))).to.deep.equal(['here']);
    await closed(client);
    await inbox.ended;
    expect(open.open.size, 'operations that have not ended').to.equal(0);
  }

  for (const status of Object.keys(into) as Status[]) {
    it(`${status}: connect() reaches connected, and after disconnect() nothing is open`, async () => {
      const client = bench.client();
      await into[status](client, bench);
      expect(client.connection.status).to.equal(status);
      await reachesConnectedAndLeavesNothing(client, new Operations());
    });
  }

  it('whatever was done before: connect() reaches connected, and after disconnect() nothing is open', async () => {
    const anything = fc.array(fc.constantFrom(...Object.keys(acts)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(anything, async names => {
        const before = await activeResources();
        const client = bench.client({ connectTimeout: 300, closeTimeout: 20 });
        const open = new Operations();
        for (const name of names) await acts[name]!(client, bench, open);
        await bench.proxy.start();
        // silence ends with the connection
        if (client.connection.status !== 'closed') await firstValueFrom(client.reconnect()).catch(() => undefined);
        await reachesConnectedAndLeavesNothing(client, open);
        await expectNoMoreThan(before);
      }),
      { seed: 7, numRuns: 15, timeout: 3000 },
    );
  });
});
