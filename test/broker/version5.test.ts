import { expect } from 'chai';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { sent } from '../../src/index.js';
import { closed, connected, describeOnMosquitto, inState, listen, published, subscribed, texts } from './support.js';

describeOnMosquitto('MQTT 5.0', 5, bench => {
  it('carries all properties of a message, user properties in order and with duplicates', async () => {
    const [publisher, consumer] = [bench.client(), bench.client()];
    const topic = bench.unique();
    const inbox = await subscribed(consumer, topic);
    const properties = {
      payloadFormatIndicator: true,
      messageExpiryInterval: 1000,
      responseTopic: 'answers/here',
      correlationData: Uint8Array.of(0, 1, 254, 255),
      contentType: 'text/plain',
      userProperties: [
        ['b', '2'],
        ['a', '1'],
        ['b', '2'],
        ['b', ''],
        ['__proto__', 'ü'],
      ] as const,
    };
    await published(publisher, topic, 'all', { qos: 1, properties });
    const [message] = await inbox.first(1);
    const { messageExpiryInterval, correlationData, ...rest } = message!.properties;
    const { messageExpiryInterval: _, correlationData: __, ...wanted } = properties;
    expect(rest).to.deep.equal(wanted);
    expect([...correlationData!]).to.deep.equal([...properties.correlationData]);
    expect(messageExpiryInterval).to.be.within(990, 1000);
  });

  it('a message that waits for a persistent session says how long it has left', async () => {
    const session = { clean: false, clientId: bench.unique(), sessionExpiry: 600 };
    const [publisher, first, second] = [bench.client(), bench.client(session), bench.client(session)];
    const topic = bench.unique();
    await subscribed(first, topic);
    await closed(first);
    await published(publisher, topic, 'waits', { qos: 1, properties: { messageExpiryInterval: 60 } });
    const inbox = listen(second, topic);
    expect((await inbox.first(1))[0]?.properties.messageExpiryInterval).to.be.within(50, 60);
  });

  it('M7: says when nobody subscribes (0x10)', async () => {
    const result = await published(bench.client(), bench.unique(), 'to nobody', { qos: 1 });
    expect(result).to.include({ reasonCode: 0x10, reached: 'acknowledged' });
  });

  it('topic aliases, of which it allows 10: every message comes with its topic, however many topics there are', async () => {
    const [publisher, consumer] = [bench.client(), bench.client()];
    const base = bench.unique();
    const inbox = await subscribed(consumer, `${base}/#`, { qos: 1 });
    await connected(publisher);
    expect((await inState(publisher, 'connected')).limits.topicAliasMaximum).to.equal(10);
    // 4 topics that come often, among 40 that do not
    const topics = Array.from({ length: 400 }, (_, i) => `${base}/${i % 2 === 0 ? i % 8 : (i * 7) % 80}`);
    const messages = topics.map((topic, i) => ({ topic, payload: topic, qos: (i % 3) as 0 | 1 | 2 }));
    const outcomes = await lastValueFrom(publisher.publishAll(messages).pipe(toArray()));
    expect(outcomes.every(({ status }) => status === 'published')).to.equal(true);
    const came = await inbox.first(400);
    expect(came.map(({ topic }) => topic).sort()).to.deep.equal([...topics].sort());
    for (const message of came) expect(message.text()).to.equal(message.topic);
  });

  it('session expiry: kept as agreed, and given up at disconnect where that is asked for', async () => {
    const client = bench.client({ clean: false, clientId: bench.unique(), sessionExpiry: 600 });
    expect(await connected(client)).to.include({ sessionPresent: false });
    expect((await inState(client, 'connected')).limits.sessionExpiry).to.equal(600);
    await closed(client);
    expect(await connected(client)).to.include({ sessionPresent: true });
    await lastValueFrom(client.disconnect({ sessionExpiry: 0 }), { defaultValue: undefined });
    expect(await connected(client)).to.include({ sessionPresent: false });
  });

  it('a clean session with an expiry begins clean once, and is resumed after a cut', async () => {
    const client = bench.client({ clientId: bench.unique(), sessionExpiry: 600 });
    const publisher = bench.client({}, bench.directUrl);
    const topic = bench.unique();
    const inbox = await subscribed(client, topic);
    await bench.proxy.stop();
    await inState(client, 'reconnecting');
    await published(publisher, topic, 'meanwhile', { qos: 1 });
    await bench.proxy.start();
    expect((await inState(client, 'connected')).connack).to.include({ sessionPresent: true });
    expect(texts(await inbox.first(1))).to.deep.equal(['meanwhile']);
  });

  it('an empty clientId has the broker assign one, which is kept', async () => {
    const client = bench.client({ clientId: '' });
    const ids: string[] = [];
    client.packet$.pipe(sent('connect')).subscribe(({ clientId }) => ids.push(clientId));
    const assigned = (await connected(client)).properties?.assignedClientIdentifier;
    expect(assigned).to.be.a('string').and.not.equal('');
    expect((await inState(client, 'connected')).limits.clientId).to.equal(assigned);
    await firstValueFrom(client.reconnect());
    expect((await inState(client, 'connected')).limits.clientId).to.equal(assigned);
    expect(ids).to.deep.equal(['', assigned]);
  });

  it('noLocal, retainAsPublished and retainHandling are kept by the broker', async () => {
    const client = bench.client();
    const topic = bench.unique();
    await published(client, `${topic}/r`, 'kept', { qos: 1, retain: true });
    const others = await subscribed(client, `${topic}/+`, { noLocal: true, retainHandling: 2 });
    await published(client, `${topic}/x`, 'my own', { qos: 1 });
    await published(bench.client(), `${topic}/x`, 'from another', { qos: 1 });
    expect(texts(await others.first(1))).to.deep.equal(['from another']);

    const exact = await subscribed(client, `${topic}/r`, { retainAsPublished: true, retainHandling: 2 });
    await published(bench.client(), `${topic}/r`, 'new', { qos: 1, retain: true });
    expect((await exact.first(1))[0]).to.include({ retain: true });
  });

  it('shared subscriptions divide the messages', async () => {
    const topic = bench.unique();
    const inboxes = await Promise.all(
      [bench.client(), bench.client()].map(client => subscribed(client, `$share/workers/${topic}`)),
    );
    const publisher = bench.client();
    for (const text of ['1', '2', '3', '4']) await published(publisher, topic, text, { qos: 1 });
    await Promise.all(inboxes.map(inbox => inbox.first(2)));
    expect(inboxes.flatMap(({ messages }) => texts(messages)).sort()).to.deep.equal(['1', '2', '3', '4']);
  });

  it('a second client with the same id takes over', async () => {
    const clientId = bench.unique();
    const [first, second] = [bench.client({ clientId, reconnect: false }), bench.client({ clientId })];
    const inbox = await subscribed(first, bench.unique());
    await connected(second);
    const { error } = await inState(first, 'closed');
    // mosquitto 2.0.11 hangs up without the word that later ones have for it
    expect(error?.code).to.be.oneOf(['CONNECTION_CLOSED', 'SERVER_DISCONNECTED']);
    expect(await inbox.ended.catch((reason: unknown) => reason)).to.equal(error);
    expect(second.connection.status).to.equal('connected');
  });
});
