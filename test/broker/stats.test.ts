import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import type { ClientStats, MqttClient } from '../../src/index.js';
import { closed, connected, describeBrokers, inState, published, subscribed } from './support.js';

describeBrokers('M8: stats$', bench => {
  const now = (client: MqttClient): Promise<ClientStats> => firstValueFrom(client.stats$);
  const settles = (...promises: Promise<unknown>[]) => Promise.allSettled(promises);

  it('begins at nothing, and counts packet ids and reconnects', async () => {
    const client = bench.client();
    expect(await now(client)).to.deep.equal({
      inFlight: 0,
      queued: { messages: 0, bytes: 0 },
      unsentBytes: 0,
      roundTrip: undefined,
      reconnects: 0,
      nextPacketId: 1,
      unacknowledged: 0,
      oldestUnacknowledged: 0,
      paused: false,
    });
    await connected(client);
    for (const id of [1, 2, 3]) {
      expect((await now(client)).nextPacketId).to.equal(id);
      expect(await published(client, 't', '', { qos: 2 })).to.include({ packetId: id });
    }
    await firstValueFrom(client.reconnect());
    expect(await now(client)).to.include({ reconnects: 1, inFlight: 0, unsentBytes: 0 });
  });

  it('shows what waits for a connection, and what waits for an acknowledgement', async () => {
    const client = bench.client({ clean: false, clientId: bench.unique() });
    await subscribed(client, bench.unique()); // to aedes a session is what holds a subscription
    await bench.proxy.stop();
    await inState(client, 'reconnecting');
    const waiting = [published(client, 'abc', 'defg', { qos: 1 }), published(client, 'abc', 'defg', { qos: 2 })];
    expect((await now(client)).queued).to.deep.equal({ messages: 2, bytes: 14 });
    await bench.proxy.start();
    await Promise.all(waiting);
    expect(await now(client)).to.deep.include({ queued: { messages: 0, bytes: 0 }, inFlight: 0 });

    bench.proxy.mute();
    const unacknowledged = [published(client, 't', '', { qos: 1 }), published(client, 't', '', { qos: 2 })];
    expect(await now(client)).to.deep.include({ queued: { messages: 0, bytes: 0 }, inFlight: 2 });
    await firstValueFrom(client.reconnect());
    await Promise.all(unacknowledged);
    expect(await now(client)).to.include({ inFlight: 0 });
  });

  it('shows the bytes that the network does not take; what does not fit waits in the queue', async () => {
    const client = bench.client({ queue: { maxBytes: 64e6 }, closeTimeout: 50 });
    await connected(client);
    bench.proxy.clog();
    const payload = new Uint8Array(1e6);
    const all = settles(...Array.from({ length: 32 }, () => published(client, 't', payload)));
    const { unsentBytes, queued } = await now(client);
    expect(unsentBytes).to.be.within(1, 3e6);
    expect(queued.messages).to.be.within(1, 32);
    const ended = closed(client);
    await ended;
    const states = (await all).map(({ status }) => status);
    expect(new Set(states)).to.deep.equal(new Set(['fulfilled', 'rejected']));
    expect(await now(client)).to.deep.include({ unsentBytes: 0, queued: { messages: 0, bytes: 0 } });
    bench.proxy.cut();
  });
});
