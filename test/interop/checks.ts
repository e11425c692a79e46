import { expect } from 'chai';
import { firstValueFrom, from, ignoreElements, lastValueFrom, map, merge, mergeMap, take, toArray } from 'rxjs';
import type { MqttClient, MqttMessage, ProtocolVersion, QoS, TopicOptions } from '../../src/index.js';
import {
  type Inbox,
  closed,
  connected,
  inState,
  listen,
  published,
  settled,
  subscribed,
  texts,
} from '../broker/support.js';
import type { Bench } from './bench.js';

export interface Check {
  /** Versions in which it makes sense. */
  readonly versions?: readonly ProtocolVersion[];
  run(bench: Bench): Promise<void>;
}

/** What every broker is asked. Where one is known to differ, its description says what it does instead. */
export const checks = {
  'QoS 0: granted, published, received': { run: bench => throughQos(bench, 0) },
  'QoS 1: granted, published, received': { run: bench => throughQos(bench, 1) },
  'QoS 2: granted, published, received': { run: bench => throughQos(bench, 2) },
  'a subscription of QoS 2 brings what is published with QoS 1': {
    async run(bench) {
      const topic = bench.unique();
      const inbox = await grantedAs(bench.client(), topic, 2, bench.granted(2));
      await published(bench.client(), topic, 'one', { qos: 1 });
      expect((await inbox.first(1))[0]).to.include({ qos: 1 });
    },
  },
  'order: 200 messages of QoS 1': {
    async run(bench) {
      const [publisher, topic] = [bench.client(), bench.unique()];
      const inbox = await subscribed(bench.client(), topic, { qos: 1 });
      const wanted = numbered(200);
      await publishAll(publisher, topic, wanted);
      expect(texts(await inbox.first(200))).to.deep.equal(wanted);
    },
  },
  'retained: kept for new subscribers, replaced, deleted by an empty payload': {
    async run(bench) {
      const [publisher, topic] = [bench.client(), bench.unique()];
      const keep = (text: string) => published(publisher, topic, text, { qos: 1, retain: true });
      await keep('old');
      await keep('new');
      const [kept] = await (await subscribed(bench.client(), topic)).first(1);
      expect(kept).to.include({ topic, retain: true });
      expect(kept?.text()).to.equal('new');
      await keep('');
      expect(await beforeEnd(bench, publisher, topic)).to.deep.equal([]);
    },
  },
  'will: published when the link is cut': {
    async run(bench) {
      const topic = bench.unique();
      const inbox = await subscribed(bench.client(), topic, { qos: 1 });
      const dying = bench.cuttable({ reconnect: false, will: { topic, payload: 'gone', qos: 1 } });
      await connected(dying);
      bench.cut();
      expect(texts(await inbox.first(1))).to.deep.equal(['gone']);
    },
  },
  'will: not published after a graceful end': {
    async run(bench) {
      const [publisher, topic] = [bench.client(), bench.unique()];
      const inbox = await subscribed(bench.client(), topic, { qos: 1 });
      const leaving = bench.client({ will: { topic, payload: 'gone', qos: 1 } });
      await connected(leaving);
      await closed(leaving);
      await published(publisher, topic, 'end', { qos: 1 });
      expect(texts(await inbox.before('end'))).to.deep.equal([]);
    },
  },
  'wildcards: + is one level, # is the rest and its parent': {
    async run(bench) {
      const [publisher, top] = [bench.client(), bench.unique()];
      const [plus, hash] = [
        await subscribed(bench.client(), `${top}/+/x`),
        await subscribed(bench.client(), `${top}/#`),
      ];
      for (const rest of ['', '/a', '/a/x', '/b/x', '/a/x/y', '/end/x']) {
        await published(publisher, `${top}${rest}`, rest.endsWith('/end/x') ? 'end' : rest, { qos: 1 });
      }
      expect(texts(await plus.before('end'))).to.deep.equal(['/a/x', '/b/x']);
      expect(texts(await hash.before('end'))).to.deep.equal(['', '/a', '/a/x', '/b/x', '/a/x/y']);
    },
  },
  'wildcards: levels may be empty': {
    async run(bench) {
      const [publisher, top] = [bench.client(), bench.unique()];
      const inbox = await subscribed(bench.client(), `${top}/+/+`);
      await published(publisher, `${top}//x`, 'empty', { qos: 1 });
      await published(publisher, `${top}/x/`, 'trailing', { qos: 1 });
      await published(publisher, `${top}/x/x`, 'end', { qos: 1 });
      expect(texts(await inbox.before('end'))).to.deep.equal(['empty', 'trailing']);
    },
  },
  'topics: spaces': { run: bench => throughTopic(bench, '/c d') },
  'topics: dots': { run: bench => throughTopic(bench, '/a.b') },
  'topics: all of Unicode': { run: bench => throughTopic(bench, '/日本/€/👍') },
  'unsubscribe: UNSUBACK, then nothing more': {
    async run(bench) {
      const [publisher, subscriber, topic, other] = [bench.client(), bench.client(), bench.unique(), bench.unique()];
      const [inbox, rest] = [await subscribed(subscriber, topic), await subscribed(subscriber, other)];
      await published(publisher, topic, 'first', { qos: 1 });
      await inbox.first(1);
      const strays: MqttMessage[] = [];
      subscriber.unrouted$.subscribe(message => strays.push(message));
      const gone = settled(subscriber, 'unsubscribe', topic);
      inbox.subscription.unsubscribe();
      await gone;
      await published(publisher, topic, 'second', { qos: 1 });
      await published(publisher, other, 'end', { qos: 1 });
      await rest.before('end');
      expect(texts(strays)).to.deep.equal([]);
    },
  },
  'session: what comes meanwhile waits for its subscriber': {
    async run(bench) {
      const [publisher, topic, session] = [bench.client(), bench.unique(), { clean: false, clientId: bench.unique() }];
      const first = bench.client(session);
      await subscribed(first, topic, { qos: 1 });
      await closed(first);
      await publishAll(publisher, topic, ['one', 'two', 'three']);
      const inbox = listen(bench.client(session), topic, { qos: 1 });
      expect(texts(await inbox.first(3))).to.deep.equal(['one', 'two', 'three']);
      await forget(bench, session.clientId);
    },
  },
  'session: CONNACK says whether it is there': {
    versions: [5, 4], // that of 3.1 has no flag for it
    run: bench => tellsOfSession(bench, true),
  },
  'session: QoS 1 unacknowledged at a cut arrives all the same': {
    async run(bench) {
      const [topic, session] = [bench.unique(), { clean: false, clientId: bench.unique() }];
      const inbox = await subscribed(bench.client(), topic, { qos: 1 });
      const publisher = bench.cuttable(session);
      await connected(publisher);
      const all = publishAll(publisher, topic, numbered(50));
      await inbox.first(10);
      bench.cut();
      await all;
      await published(publisher, topic, 'end', { qos: 1 });
      expect([...new Set(texts(await inbox.before('end')))].sort()).to.deep.equal(numbered(50).sort());
      await closed(publisher);
      await forget(bench, session.clientId);
    },
  },
  'a payload of 1,000,000 bytes, there and back': {
    async run(bench) {
      const [client, topic] = [bench.client(), bench.unique()];
      const inbox = await subscribed(client, topic, { qos: 1 });
      const payload = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) % 251);
      await published(client, topic, payload, { qos: 1 });
      const [message] = await inbox.first(1);
      expect(Buffer.compare(message!.payload, payload)).to.equal(0);
    },
  },
  'an empty client id is given one by the broker': {
    versions: [5, 4], // 3.1 has none
    async run(bench) {
      const [client, topic] = [bench.client({ clientId: '' }), bench.unique()];
      const inbox = await subscribed(client, topic);
      await published(client, topic, 'here', { qos: 1 });
      await inbox.first(1);
      const { limits } = await inState(client, 'connected');
      if (bench.version === 5) expect(limits.clientId).not.to.equal('');
      else expect(limits.clientId).to.equal('');
    },
  },
  'a shared subscription: each message once in the group': {
    async run(bench) {
      const [publisher, topic] = [bench.client(), bench.unique()];
      const members = [bench.client(), bench.client()];
      const filter = `$share/group/${topic}`;
      const inboxes = await Promise.all(members.map(member => subscribed(member, filter, { qos: 1 })));
      const all = firstValueFrom(
        merge(...members.map(one => one.topic$(filter, { qos: 1 }))).pipe(take(40), toArray()),
      );
      await publishAll(publisher, topic, numbered(40));
      expect(texts(await all).sort()).to.deep.equal(numbered(40).sort());
      expect(inboxes.map(inbox => inbox.messages.length)).not.to.include(0);
    },
  },
  '5.0: properties of a message arrive as they were sent': {
    versions: [5],
    async run(bench) {
      const [publisher, topic] = [bench.client(), bench.unique()];
      const inbox = await subscribed(bench.client(), topic, { qos: 1 });
      const properties = {
        payloadFormatIndicator: true,
        contentType: 'text/plain',
        responseTopic: `${topic}/answer`,
        userProperties: [
          ['b', '2'],
          ['a', '1'],
          ['b', '2'],
          ['ü', ''],
        ],
      } as const;
      const correlationData = Uint8Array.of(0, 1, 255);
      await published(publisher, topic, 'all', { qos: 1, properties: { ...properties, correlationData } });
      const [message] = await inbox.first(1);
      const { correlationData: came, subscriptionIdentifier: _, ...rest } = message!.properties;
      expect(rest).to.deep.equal(properties);
      expect([...came!]).to.deep.equal([...correlationData]);
    },
  },
  '5.0: expiry counts down in the broker': {
    versions: [5],
    async run(bench) {
      const [publisher, topic] = [bench.client(), bench.unique()];
      const inbox = await subscribed(bench.client(), topic, { qos: 1 });
      await published(publisher, topic, 'lasts', { qos: 1, properties: { messageExpiryInterval: 1000 } });
      expect((await inbox.first(1))[0]?.properties.messageExpiryInterval).to.be.within(990, 1000);
    },
  },
  '5.0: noLocal keeps what one publishes oneself away': {
    versions: [5],
    async run(bench) {
      const [client, other, topic] = [bench.client(), bench.client(), bench.unique()];
      const inbox = await subscribed(client, topic, { qos: 1, noLocal: true });
      await published(client, topic, 'own', { qos: 1 });
      await published(other, topic, 'end', { qos: 1 });
      expect(texts(await inbox.before('end'))).to.deep.equal([]);
    },
  },
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof checks;

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i).padStart(4, '0'));

/** All with QoS 1, in this order, without waiting for one another; until the broker has them. */
export const publishAll = (client: MqttClient, topic: string, payloads: readonly string[]) =>
  lastValueFrom(from(payloads).pipe(mergeMap(text => client.publish(topic, text, { qos: 1 }).pipe(ignoreElements()))), {
    defaultValue: undefined,
  });

/** Subscribes, and sees what is granted. */
export async function grantedAs(client: MqttClient, topic: string, qos: QoS, wanted: QoS): Promise<Inbox> {
  const suback = settled(client, 'subscribe', topic);
  const inbox = await subscribed(client, topic, { qos });
  expect(await suback).to.deep.include({ reasonCodes: [wanted] });
  return inbox;
}

async function throughQos(bench: Bench, qos: QoS): Promise<void> {
  const [publisher, topic] = [bench.client(), bench.unique()];
  const inbox = await grantedAs(bench.client(), topic, qos, bench.granted(qos));
  for (const text of ['one', 'two', 'three']) {
    expect(await published(publisher, topic, text, { qos })).to.include({
      qos,
      reached: 'acknowledged',
      reasonCode: 0,
    });
  }
  const came = await inbox.first(3);
  expect(texts(came)).to.deep.equal(['one', 'two', 'three']);
  expect(came.map(message => message.qos)).to.deep.equal(Array(3).fill(bench.granted(qos)));
}

async function throughTopic(bench: Bench, part: string): Promise<void> {
  const [publisher, topic] = [bench.client(), bench.unique() + part];
  const inbox = await subscribed(bench.client(), topic);
  await published(publisher, topic, 'here', { qos: 1 });
  expect((await inbox.first(1))[0]).to.include({ topic });
}

/** What a new subscriber gets before a message that is published now. */
export async function beforeEnd(bench: Bench, publisher: MqttClient, topic: string, options?: TopicOptions) {
  const inbox = await subscribed(bench.client(), topic, options);
  await published(publisher, topic, 'end', { qos: 1 });
  return texts(await inbox.before('end'));
}

/** Leaves a session with a subscription, and comes back to it. */
export async function tellsOfSession(bench: Bench, wanted: boolean): Promise<void> {
  const session = { clean: false, clientId: bench.unique() };
  const client = bench.client(session);
  expect(await connected(client)).to.include({ sessionPresent: false });
  await subscribed(client, bench.unique(), { qos: 1 });
  await closed(client);
  expect(await connected(client)).to.include({ sessionPresent: wanted });
  await closed(client);
  await forget(bench, session.clientId);
}

/** Has the broker drop a session: those that stay cost memory, and some count them. */
async function forget(bench: Bench, clientId: string): Promise<void> {
  await firstValueFrom(
    bench
      .client({ clientId, clean: true })
      .connect()
      .pipe(map(() => undefined)),
  );
}
