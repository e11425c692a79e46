import { expect } from 'chai';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { connected, failure, inState, published, subscribed, texts } from '../broker/support.js';
import type { Bench } from './bench.js';
import { publishAll, tellsOfSession } from './checks.js';
import type { Difference } from './suite.js';

/** Publishing with QoS 2 ends the connection; `maximumQoS: 1` is the setting for it. */
export const noQos2 = (how: string): Difference => ({
  instead: `${how}, so maximumQoS: 1 lowers it`,
  async run(bench: Bench) {
    const topic = bench.unique();
    const error = await failure(bench.client().publish(topic, 'lost', { qos: 2 }));
    expect(error).to.include({ code: 'SESSION_LOST', delivery: 'indeterminate' });
    await endsEachConnection(bench);
    const inbox = await subscribed(bench.client(), topic, { qos: 2 });
    const lowered = await published(bench.client({ maximumQoS: 1 }), topic, 'lowered', { qos: 2 });
    expect(lowered).to.include({ qos: 1, reached: 'acknowledged' });
    expect((await inbox.first(1))[0]).to.include({ qos: 1 });
  },
});

/** A QoS 2 PUBLISH is answered by PUBACK, which 3.x has no other way to say. */
export const lowersQos2: Difference = {
  instead: 'it answers PUBACK, and the result says QoS 1',
  async run(bench) {
    const topic = bench.unique();
    const inbox = await subscribed(bench.client(), topic, { qos: 2 });
    const lowered = await published(bench.client(), topic, 'lowered', { qos: 2 });
    expect(lowered).to.include({ qos: 1, reached: 'acknowledged' });
    expect((await inbox.first(1))[0]).to.include({ qos: 1 });
  },
};

/** In a session that is resumed the message goes out again, and ends the next connection too. */
async function endsEachConnection(bench: Bench): Promise<void> {
  const client = bench.client({ clean: false, clientId: bench.unique() });
  await subscribed(client, bench.unique(), { qos: 1 }); // to some a session is what holds a subscription
  const lost = firstValueFrom(
    client.connection$.pipe(
      filter(({ status }) => status === 'reconnecting'),
      take(3),
      toArray(),
    ),
  );
  const ended = failure(client.publish(bench.unique(), 'again and again', { qos: 2 }));
  await lost;
  client.close();
  expect(await ended).to.include({ delivery: 'indeterminate' });
}

/** `$share/group/topic` is granted, and matches nothing but itself. */
export const shareIsATopic: Difference = {
  instead: '$share is a topic like any other, nothing comes',
  async run(bench) {
    const [publisher, member, topic, other] = [bench.client(), bench.client(), bench.unique(), bench.unique()];
    const inbox = await subscribed(member, `$share/group/${topic}`, { qos: 1 });
    const rest = await subscribed(member, other, { qos: 1 });
    await publishAll(publisher, topic, ['one', 'two']);
    await published(publisher, other, 'end', { qos: 1 });
    await rest.before('end');
    expect(texts(inbox.messages)).to.deep.equal([]);
  },
};

/** The broker refuses such a topic, in its way: SUBACK 0x80, and it closes on a PUBLISH. */
export const refusesTopic = (part: string): Difference => ({
  instead: 'the filter is refused, and a PUBLISH ends the connection',
  async run(bench) {
    const topic = bench.unique() + part;
    expect(await failure(bench.client().topic$(topic))).to.include({ code: 'SUBSCRIBE_REFUSED' });
    const publisher = bench.client({ reconnect: false });
    await failure(publisher.publish(topic, 'refused', { qos: 1 }));
    expect((await inState(publisher, 'closed')).error).to.include({ code: 'CONNECTION_CLOSED' });
  },
});

/** What it sends instead of the topic of the PUBLISH. */
export const changesTopic = (part: string, into: string): Difference => ({
  instead: `'${part}' arrives as '${into}'`,
  async run(bench) {
    const [top, subscriber] = [bench.unique(), bench.client()];
    const inbox = await subscribed(subscriber, [`${top}${into}`, `${top}${part}`], { qos: 1 });
    await published(bench.client(), top + part, 'here', { qos: 1 });
    expect((await inbox.first(1))[0]).to.include({ topic: top + into });
  },
});

export const neverTellsOfSessions: Difference = {
  instead: 'it always says that there is none',
  run: bench => tellsOfSession(bench, false),
};

export const willAfterDisconnect: Difference = {
  instead: 'DISCONNECT does not keep it from publishing the will',
  async run(bench) {
    const topic = bench.unique();
    const inbox = await subscribed(bench.client(), topic, { qos: 1 });
    const leaving = bench.client({ will: { topic, payload: 'gone', qos: 1 } });
    await connected(leaving);
    leaving.close();
    expect(texts(await inbox.first(1))).to.deep.equal(['gone']);
  },
};

/** It sends frames of 4 kB, one each 0.1 s. */
export const slowDownwards: Difference = {
  instead: 'it takes them at once, but sends some 40,000 bytes a second',
  async run(bench) {
    const [client, topic] = [bench.client(), bench.unique()];
    await published(client, topic, new Uint8Array(1_000_000), { qos: 1 });
    const inbox = await subscribed(client, topic, { qos: 1 });
    await published(bench.client(), topic, new Uint8Array(20_000).fill(7), { qos: 1 });
    expect([...(await inbox.first(1))[0]!.payload]).to.deep.equal(Array(20_000).fill(7));
  },
};

/** Its CONNACK says so, and the client does not ask. */
export const noShares: Difference = {
  instead: 'CONNACK says that there are none, so the client does not ask',
  async run(bench) {
    const member = bench.client();
    await connected(member);
    const error = await failure(member.topic$(`$share/group/${bench.unique()}`));
    expect(error).to.include({ code: 'NOT_SUPPORTED' });
  },
};

/** Without a way to say it beforehand, it closes. */
export const closesOnShares: Difference = {
  instead: 'it closes the connection',
  async run(bench) {
    const member = bench.client({ reconnect: false });
    await connected(member);
    const error = await failure(member.topic$(`$share/group/${bench.unique()}`));
    expect(error).to.include({ code: 'CONNECTION_CLOSED' });
  },
};
