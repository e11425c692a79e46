import { expect } from 'chai';
import { filter, firstValueFrom, forkJoin, merge } from 'rxjs';
import type { QoS } from '../../src/index.js';
import { seeded } from './seeded.js';
import { connected, describeBrokers, published, settled, subscribed, texts, watch } from './support.js';

describeBrokers('messages', bench => {
  for (const qos of [0, 1, 2] as const) {
    it(`P9: QoS ${qos} both ways, in order, each once`, async () => {
      const [publisher, consumer] = [bench.client(), bench.client()];
      const topic = bench.unique();
      const inbox = await subscribed(consumer, topic, { qos: 2 });
      const sent = Array.from({ length: 50 }, (_, i) => `${qos}:${i}`);
      const results = await firstValueFrom(forkJoin(sent.map(text => publisher.publish(topic, text, { qos }))));
      await published(publisher, topic, 'end', { qos });
      const came = await inbox.before('end');
      expect(texts(came)).to.deep.equal(sent);
      expect(new Set(came.map(message => message.qos))).to.deep.equal(new Set([qos]));
      expect(came.some(({ retain, dup }) => retain || dup)).to.equal(false);
      expect(results.every(result => result.qos === qos && result.topic === topic)).to.equal(true);
      // M7, Z8: the packet id, where there is one
      expect(results.map(({ packetId }) => packetId)).to.deep.equal(
        sent.map((_, i) => (qos === 0 ? undefined : i + 1)),
      );
    });
  }

  it('the lower QoS of publisher and subscriber holds', async () => {
    const client = bench.client();
    const topic = bench.unique();
    const inbox = await subscribed(client, topic, { qos: 1 });
    for (const qos of [0, 1, 2] as const) await published(client, topic, String(qos), { qos });
    const came = await inbox.first(3);
    const lowered = Object.fromEntries(came.map(message => [message.text(), message.qos] as [string, QoS]));
    expect(lowered).to.deep.equal({ 0: 0, 1: 1, 2: 1 });
  });

  it('P10: a payload of 1 MB comes back as it went', async () => {
    const client = bench.client();
    const topic = bench.unique();
    const random = seeded(1);
    const payload = Uint8Array.from({ length: 1_000_000 }, () => random() * 256);
    const inbox = await subscribed(client, topic);
    await published(client, topic, payload, { qos: 1 });
    const [message] = await inbox.first(1);
    expect(Buffer.compare(message!.payload, payload)).to.equal(0);
  });

  it('Z8: the payload may be missing', async () => {
    const client = bench.client();
    const topic = bench.unique();
    const inbox = await subscribed(client, topic);
    for (const qos of [0, 1, 2] as const) await published(client, topic, undefined, { qos });
    for (const message of await inbox.first(3)) expect(message.payload).to.have.length(0);
  });

  it('keeps retained messages, marks them for new subscribers only, and forgets them with an empty one', async () => {
    const [publisher, early, late, last] = [bench.client(), bench.client(), bench.client(), bench.client()];
    const topic = bench.unique();
    const live = await subscribed(early, topic);
    await published(publisher, topic, 'kept', { qos: 1, retain: true });
    expect((await live.first(1))[0]).to.include({ retain: false });

    const [kept] = await (await subscribed(late, topic)).first(1);
    expect(kept).to.include({ topic, retain: true });
    expect(kept?.text()).to.equal('kept');

    await published(publisher, topic, undefined, { qos: 1, retain: true });
    const nothing = await subscribed(last, topic);
    await published(publisher, topic, 'live', { qos: 1 });
    expect(texts(await nothing.before('live'))).to.deep.equal([]);
  });

  it('wildcards match at the broker as they do here', async () => {
    const root = bench.unique();
    const topics = ['sport', 'sport/', 'sport/tennis', 'sport/tennis/score', '/finance'].map(
      topic => `${root}${topic}`,
    );
    const expected: Readonly<Record<string, readonly string[]>> = {
      [`${root}sport/+`]: [topics[1]!, topics[2]!],
      [`${root}sport/#`]: topics.slice(0, 4),
      '+/+': [topics[1]!, topics[2]!, topics[4]!],
      '+/tennis/+': [topics[3]!],
    };
    const inboxes = await Promise.all(
      Object.keys(expected).map(topicFilter => subscribed(bench.client(), [topicFilter, `${root}end`])),
    );
    const publisher = bench.client();
    for (const topic of topics) await published(publisher, topic, topic, { qos: 1 });
    await published(publisher, `${root}end`, 'end', { qos: 1 });
    const came = await Promise.all(inboxes.map(inbox => inbox.before('end')));
    expect(came.map(texts)).to.deep.equal(Object.values(expected));
  });

  it('unsubscribes after the last subscriber, and only then', async () => {
    const client = bench.client();
    const [one, two] = [bench.unique(), bench.unique()];
    await connected(client);
    const packets = watch(client);
    const [first, second] = [await subscribed(client, one), client.topic$(one).subscribe()];
    const other = await subscribed(client, two);
    first.subscription.unsubscribe();
    const unsubscribed = settled(client, 'unsubscribe', one);
    second.unsubscribe();
    await unsubscribed;
    expect(packets.sent('unsubscribe').map(line => line.replace(/#\d+ /, ''))).to.deep.equal([`UNSUBSCRIBE ${one}`]);

    const unrouted: string[] = [];
    client.unrouted$.subscribe(({ topic }) => unrouted.push(topic));
    await published(client, one, 'nobody', { qos: 1 });
    await published(client, two, 'somebody', { qos: 1 });
    expect(texts(await other.first(1))).to.deep.equal(['somebody']);
    expect(unrouted).to.deep.equal([]);
  });

  it('N5, Z10: filters asked for in one tick go in one SUBSCRIBE, each with its own QoS', async () => {
    const client = bench.client();
    const names = [bench.unique(), bench.unique(), bench.unique(), bench.unique()] as const;
    await connected(client);
    const packets = watch(client);
    const answer = firstValueFrom(client.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
    const all$ = merge(
      client.topic$([names[0], names[1]], { qos: 2 }),
      client.topic$(names[2]),
      client.topic$(names[3], { qos: 0 }),
    );
    const subscription = all$.subscribe();
    expect(await answer).to.deep.include({ filters: names, reasonCodes: [2, 2, 1, 0] });
    expect(packets.sent('subscribe')).to.deep.equal([
      `SUBSCRIBE #1 ${names[0]}:2 ${names[1]}:2 ${names[2]}:1 ${names[3]}:0`,
    ]);
    subscription.unsubscribe();
  });
});
