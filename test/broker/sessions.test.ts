import { expect } from 'chai';
import { filter, firstValueFrom, map } from 'rxjs';
import type { MqttClient } from '../../src/index.js';
import { closed, connected, describeBrokers, inState, listen, published, subscribed, texts, watch } from './support.js';

describeBrokers('sessions', bench => {
  // the CONNACK of 3.1 has no flag for it; aedes sets it all the same
  const tellsOfSessions = bench.spoken !== 3 || bench.broker === 'aedes';

  async function publishAll(publisher: MqttClient, topic: string, ...sent: string[]): Promise<void> {
    for (const text of sent) await published(publisher, topic, text, { qos: text.startsWith('two') ? 2 : 1 });
  }

  it('P6: what is published while a persistent subscriber is away arrives at its next life, before anything else', async () => {
    const options = { clean: false, clientId: bench.unique() };
    const [publisher, first, second] = [bench.client(), bench.client(options), bench.client(options)];
    const topic = bench.unique();
    await subscribed(first, topic, { qos: 2 });
    await closed(first);
    await publishAll(publisher, topic, 'one', 'two', 'one more', 'two more');

    const inbox = listen(second, topic, { qos: 2 });
    expect(await connected(second)).to.include({ sessionPresent: tellsOfSessions });
    await publishAll(publisher, topic, 'end');
    expect(texts(await inbox.before('end'))).to.deep.equal(['one', 'two', 'one more', 'two more']);
  });

  it('P6: a clean session begins with nothing, and leaves nothing', async () => {
    const options = { clean: true, clientId: bench.unique() };
    const [publisher, client] = [bench.client(), bench.client(options)];
    const topic = bench.unique();
    await subscribed(client, topic);
    await closed(client);
    await publishAll(publisher, topic, 'missed');
    expect(await connected(client)).to.include({ sessionPresent: false });
    const inbox = await subscribed(client, topic);
    await publishAll(publisher, topic, 'end');
    expect(texts(await inbox.before('end'))).to.deep.equal([]);
  });

  it('M4: a persistent session is resumed after a cut, and is not subscribed to again where the broker says so', async () => {
    const [publisher, client] = [
      bench.client({}, bench.directUrl),
      bench.client({ clean: false, clientId: bench.unique() }),
    ];
    const topic = bench.unique();
    const inbox = await subscribed(client, topic, { qos: 2 });
    const packets = watch(client);
    await bench.proxy.stop();
    await inState(client, 'reconnecting');
    await publishAll(publisher, topic, 'one', 'two');
    await bench.proxy.start();
    expect((await inState(client, 'connected')).connack).to.include({ sessionPresent: tellsOfSessions });
    await publishAll(publisher, topic, 'end');
    expect(texts(await inbox.before('end'))).to.deep.equal(['one', 'two']);
    expect(packets.sent('subscribe')).to.have.length(tellsOfSessions ? 0 : 1);
  });

  it('Z9: a client keeps what it published while it was cut off, and reconnect() sends it', async () => {
    const client = bench.client({
      clean: false,
      clientId: bench.unique(),
      reconnect: { initial: 3_600_000, max: 3_600_000 },
    });
    const topic = bench.unique();
    const inbox = await subscribed(bench.client({}, bench.directUrl), topic, { qos: 2 });
    await connected(client);
    await bench.proxy.stop();
    await inState(client, 'reconnecting');
    const delivered = publishAll(client, topic, 'one', 'two');
    await bench.proxy.start();
    await firstValueFrom(client.reconnect());
    await delivered;
    expect(texts(await inbox.first(2))).to.deep.equal(['one', 'two']);
  });

  it('Z9: what was in flight at the cut goes out again with DUP and its packet id, before anything new', async () => {
    const client = bench.client({ clean: false, clientId: bench.unique() });
    const topic = bench.unique();
    const inbox = await subscribed(bench.client({}, bench.directUrl), topic, { qos: 2 });
    await subscribed(client, bench.unique()); // to aedes a session is what holds a subscription
    bench.proxy.mute();
    const one = published(client, topic, 'one', { qos: 1 });
    const two = published(client, topic, 'two', { qos: 2 });
    await inbox.first(1); // the broker has it, and its PUBACK is lost
    const packets = watch(client);
    const connack = firstValueFrom(client.reconnect());
    const three = published(client, topic, 'three', { qos: 1 });
    expect(await connack).to.include({ sessionPresent: tellsOfSessions });
    await Promise.all([one, two, three]);
    expect(packets.sent('publish')).to.deep.equal([
      `PUBLISH q1 #2 dup ${topic}`,
      `PUBLISH q2 #3 dup ${topic}`,
      `PUBLISH q1 #${tellsOfSessions ? 4 : 5} ${topic}`,
    ]);
    await published(client, topic, 'end', { qos: 2 }); // what was acknowledged before it comes before it
    const came = texts(await inbox.before('end'));
    expect([...new Set(came)]).to.have.members(['one', 'two', 'three']);
    expect(came.filter(text => text === 'two')).to.have.length(1);
  });

  it("I2: until 'queued', 'sent' and 'acknowledged' come one after the other", async () => {
    const client = bench.client({ clean: false, clientId: bench.unique(), ackTimeout: 0 });
    const topic = bench.unique();
    const reach = (until: 'queued' | 'sent' | 'acknowledged', qos: 0 | 1 | 2) =>
      firstValueFrom(client.publish(topic, until, { qos, until }).pipe(map(({ reached }) => reached)));
    await connected(client);
    await bench.proxy.stop();
    await inState(client, 'reconnecting');
    expect(await reach('queued', 1)).to.equal('queued');

    await bench.proxy.start();
    await inState(client, 'connected');
    bench.proxy.mute();
    expect(await reach('sent', 1)).to.equal('sent');
    expect(await reach('sent', 2)).to.equal('sent');
    expect(await reach('acknowledged', 0)).to.equal('acknowledged');
    const settled: string[] = [];
    const sent = firstValueFrom(client.packet$.pipe(filter(({ packet }) => packet.cmd === 'publish')));
    const acknowledged = reach('acknowledged', 1).then(reached => settled.push(reached));
    await sent;
    expect(settled).to.deep.equal([]);
    await firstValueFrom(client.reconnect());
    await acknowledged;
    expect(settled).to.deep.equal(['acknowledged']);
  });
});
