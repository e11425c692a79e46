import { expect } from 'chai';
import { filter, firstValueFrom, map, take, toArray } from 'rxjs';
import { type MqttClient, mqtt, mqtt$ } from '../../src/index.js';
import {
  closed,
  connected,
  describeBrokers,
  inState,
  listen,
  published,
  quick,
  subscribed,
  texts,
  watch,
} from './support.js';

describeBrokers('connection', bench => {
  it('opens, says where it goes, and closes: CONNACK, connection$, addresses (P9)', async () => {
    const client = bench.client();
    const states = firstValueFrom(
      client.connection$.pipe(
        map(({ status }) => status),
        toArray(),
      ),
    );
    const connack = await connected(client);
    expect(connack).to.include({ sessionPresent: false, reasonCode: 0 });
    const state = await inState(client, 'connected');
    expect(state.connack).to.deep.equal(connack);
    expect(state.limits.protocolVersion).to.equal(bench.spoken);
    expect(state.url).to.equal(bench.url);
    expect(state.remoteAddress).to.equal(`127.0.0.1:${bench.proxy.port}`);
    expect(state.localAddress).to.match(/^127\.0\.0\.1:\d+$/);
    await closed(client);
    expect(await states).to.deep.equal(['idle', 'connecting', 'connected', 'disconnecting', 'closed']);
    expect(client.connection).to.deep.equal({ status: 'closed' });
  });

  it('N6: disconnect(), then connect() again on the same client', async () => {
    const client = bench.client();
    const topic = bench.unique();
    for (const round of ['first', 'second', 'third']) {
      await connected(client);
      const inbox = await subscribed(client, topic);
      await published(client, topic, round, { qos: 1 });
      expect(texts(await inbox.first(1))).to.deep.equal([round]);
      await closed(client);
      await inbox.ended; // completed, without an error
    }
  });

  it('N7: the very first connection fails, the broker comes later: connected all the same', async () => {
    await bench.proxy.stop();
    const client = bench.client();
    const topic = bench.unique();
    const inbox = listen(client, topic);
    const connack = connected(client);
    const { error } = await inState(client, 'reconnecting');
    expect(error).to.include({ code: 'CONNECTION_FAILED', phase: 'tcp', retryable: true });
    await bench.proxy.start();
    await connack;
    await published(client, topic, 'here', { qos: 1 });
    expect(texts(await inbox.first(1))).to.deep.equal(['here']);
  });

  it('N7: the subscriptions of a clean session come back after a cut', async () => {
    const client = bench.client();
    const [one, two] = [bench.unique(), bench.unique()];
    const inbox = await subscribed(client, [one, two], { qos: 1 });
    const packets = watch(client);
    bench.proxy.cut();
    await inState(client, 'reconnecting');
    await inState(client, 'connected');
    await published(client, two, 'again', { qos: 1 });
    expect(texts(await inbox.first(1))).to.deep.equal(['again']);
    expect(packets.sent('subscribe').map(line => line.replace(/#\d+/, '#'))).to.deep.equal([
      `SUBSCRIBE # ${one}:1 ${two}:1`,
    ]);
  });

  it('M6: reconnect() attempts now, whatever the backoff says, and on a living connection too', async () => {
    const client = bench.client({ reconnect: { initial: 3_600_000, max: 3_600_000, jitter: 'none' } });
    await connected(client);
    bench.proxy.cut();
    expect(await inState(client, 'reconnecting')).to.include({ delay: 3_600_000 });
    expect(await firstValueFrom(client.reconnect())).to.include({ reasonCode: 0 });
    const before = await inState(client, 'connected');
    await firstValueFrom(client.reconnect());
    const after = await inState(client, 'connected');
    expect(after.localAddress).not.to.equal(before.localAddress);
  });

  it('I5: clients in one process, and clients from one options object, are independent', async () => {
    const options = { ...quick, protocolVersion: bench.protocolVersion, keepalive: 30 };
    const copy = structuredClone(options);
    const clients = [1, 2, 3].map(() => mqtt(bench.url, options));
    const [one, two, three] = clients as [(typeof clients)[0], (typeof clients)[0], (typeof clients)[0]];
    const topic = bench.unique();
    const inboxes = await Promise.all(clients.map(client => subscribed(client, topic)));
    const ids = await Promise.all(clients.map(async client => (await inState(client, 'connected')).limits.clientId));
    expect(new Set(ids).size).to.equal(3);

    await closed(one);
    expect(two.connection.status).to.equal('connected');
    await published(three, topic, 'for two', { qos: 1 });
    expect(texts(await inboxes[1]!.first(1))).to.deep.equal(['for two']);
    expect(inboxes[0]!.messages).to.deep.equal([]);
    expect(options).to.deep.equal(copy);
    await Promise.all([closed(two), closed(three)]);
  });

  it('mqtt$: subscribing connects, unsubscribing closes', async () => {
    const options = { ...quick, protocolVersion: bench.protocolVersion };
    const client = await new Promise<ReturnType<typeof mqtt>>(resolve => {
      mqtt$(bench.url, options)
        .pipe(take(1))
        .subscribe(made => resolve(made));
    });
    expect((await inState(client, 'closed')).error).to.equal(undefined);
    const states: string[] = [];
    let second: MqttClient | undefined;
    const subscription = mqtt$(bench.url, options).subscribe(made => {
      second = made;
      made.connection$.subscribe(({ status }) => states.push(status));
      made.connection$.pipe(filter(({ status }) => status === 'connected')).subscribe(() => subscription.unsubscribe());
    });
    await new Promise<void>(resolve => subscription.add(resolve));
    await inState(second!, 'closed');
    expect(states).to.deep.equal(['idle', 'connecting', 'connected', 'disconnecting', 'closed']);
  });
});
