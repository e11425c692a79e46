import { expect } from 'chai';
import { Subscription, filter, firstValueFrom, map, take, toArray } from 'rxjs';
import { type MqttClient, type MqttError, type MqttOptions, mqtt, received } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { autoBroker } from './auto-broker.js';
import { topicFrom } from './support.js';

const a = connack();
const names = (count: number) => Array.from({ length: count }, (_, i) => `f${i}`);
const times = (count: number, word: string) => Array.from({ length: count }, () => word);
const granted = (packetId: number, count: number) => suback(packetId, ...Array.from({ length: count }, () => 1));

/** How many filters each SUBSCRIBE and UNSUBSCRIBE has. */
const counts = (client: MqttClient) =>
  client.packet$.pipe(
    map(({ packet }) => {
      if (packet.cmd === 'subscribe') return `+${packet.subscriptions.length}`;
      return packet.cmd === 'unsubscribe' ? `-${packet.filters.length}` : '';
    }),
    filter(text => text !== ''),
  );

describe('topic$ of thousands of filters', () => {
  it(
    'SUBSCRIBE is split by maxFiltersPerSubscribe, at most 8 without an answer; the rest follows as SUBACKs come',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const script = { a, s: granted(1, 8), t: granted(2, 8) };
      const mqtt = client(broker(['-a--s--t'], script), { maxFiltersPerSubscribe: 8 }, 20);
      act('s', { s: () => names(75).forEach(name => mqtt.topic$(name).subscribe()) });
      expectTimeline(counts(mqtt)).toBe(...times(8, '1 +8'), '4 +8', '7 +3');
    }),
  );

  it(
    'UNSUBSCRIBE is split too, and keeps to the same window',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const script = { a, s: granted(1, 8), t: granted(2, 8), u: granted(3, 2) };
      const mqtt = client(broker(['-a-(stu)'], script), { maxFiltersPerSubscribe: 8 }, 20);
      const all = new Subscription();
      act('s----u', {
        s: () => names(18).forEach(name => all.add(mqtt.topic$(name).subscribe())),
        u: () => {
          all.unsubscribe();
          mqtt.topic$('f0').subscribe();
          names(60).forEach(name => mqtt.topic$(`other/${name}`).subscribe());
        },
      });
      // f0 is taken up again before it is given up
      const given = ['5 -8', '5 -8', '5 -1'];
      expectTimeline(counts(mqtt)).toBe('1 +8', '1 +8', '1 +2', ...given, ...times(5, '5 +8'));
    }),
  );

  it(
    'what waits for an answer does not hold up what is published',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), { maxFiltersPerSubscribe: 1 }, 20);
      act('s--p', {
        s: () => names(10).forEach(name => mqtt.topic$(name).subscribe()),
        p: () => mqtt.publish('t').subscribe(),
      });
      const short$ = sent(mqtt).pipe(map(words => words.split(' ')[0]!));
      expectTimeline(short$).toBe('0 CONNECT', ...times(8, '1 SUBSCRIBE'), '3 PUBLISH', '20 DISCONNECT');
    }),
  );

  it(
    "SUBSCRIBE is split by the broker's Maximum Packet Size, to the byte",
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      // 2 + 2 + 1 and 5 a filter
      const mqtt = client(broker(['-a'], { a: connack({ properties: { maximumPacketSize: 20 } }) }), {}, 20);
      act('s', { s: () => names(7).forEach(name => mqtt.topic$(name).subscribe()) });
      expectTimeline(counts(mqtt)).toBe('1 +3', '1 +3', '1 +1');
    }),
  );

  it(
    'without one, a SUBSCRIBE stays within 65,535 bytes',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }, 4), { protocolVersion: 4 }, 20);
      act('s', { s: () => ['a', 'b', 'c', 'd'].forEach(name => mqtt.topic$(name.repeat(30_000)).subscribe()) });
      expectTimeline(counts(mqtt)).toBe('1 +2', '1 +2');
    }),
  );

  it(
    'a single filter whose SUBSCRIBE alone exceeds the packet size errors its own stream only',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const script = { a: connack({ properties: { maximumPacketSize: 20 } }), s: granted(1, 1), m: publish('t') };
      const mqtt = client(broker(['-as-m'], script), {}, 20);
      expectTimeline(topicFrom(0, mqtt, 'x'.repeat(13))).toBe('1 # PACKET_TOO_LARGE');
      expectTimeline(topicFrom(0, mqtt, 't')).toBe('4 t=', '20 |');
      expectTimeline(topicFrom(5, mqtt, 'x'.repeat(12))).toBe('20 |');
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5',
        '1 SUBSCRIBE #1 t:1',
        '5 SUBSCRIBE #2 xxxxxxxxxxxx:1',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'the answer fits our own Maximum Packet Size, or the broker would not send it',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a'], { a }), { properties: { maximumPacketSize: 20 } }, 20);
      act('s', { s: () => names(15).forEach(name => mqtt.topic$(name).subscribe()) });
      expectTimeline(counts(mqtt)).toBe('1 +12', '1 +3');
    }),
  );

  it(
    'an UNSUBSCRIBE above the packet size of the next broker is left, instead of ending connection after connection',
    mqttMarbles(({ broker, client, sent, expectTimeline }) => {
      const long = 'x'.repeat(13);
      const p = connack({ sessionPresent: true, properties: { maximumPacketSize: 20 } });
      const script = { a, s: granted(1, 2), p, m: publish(long) };
      const options = { clientId: 'me', clean: false, reconnect: { initial: 3, jitter: 'none' } } as const;
      const mqtt = client(broker(['-as-#', '-p-m'], script), options, 20);
      expectTimeline(topicFrom(0, mqtt, long, {}, 5)).toBe('5 |');
      expectTimeline(topicFrom(0, mqtt, 'other', {}, 5)).toBe('5 |');
      expectTimeline(mqtt.unrouted$.pipe(map(({ topic }) => topic))).toBe(`10 ${long}`);
      expectTimeline(sent(mqtt)).toBe(
        '0 CONNECT v5 resume',
        `1 SUBSCRIBE #1 ${long}:1 other:1`,
        '7 CONNECT v5 resume',
        '8 UNSUBSCRIBE #2 other',
        '20 DISCONNECT',
      );
    }),
  );

  it(
    'one refused filter among thousands errors its own stream only, also in a later packet',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-ast'], { a, s: suback(1, 1, 1), t: suback(2, 1, 0x87) }), {
        maxFiltersPerSubscribe: 2,
      });
      const refused: string[] = [];
      act('s', {
        s: () =>
          names(4).forEach(name =>
            mqtt
              .topic$(name)
              .subscribe({ error: (error: unknown) => void refused.push((error as MqttError).subject!) }),
          ),
      });
      expectTimeline(mqtt.ack$.pipe(map(() => refused.join()))).toBe('2 ', '3 ');
      act('----x', { x: () => expect(refused).to.deep.equal(['f3']) });
    }),
  );

  /** What grows with the square of these takes longer than Mocha waits. */
  const COUNT = 10_000;

  async function subscribeAll(options: MqttOptions) {
    const broker = autoBroker();
    const client = mqtt('mqtt://broker', { transport: broker.transport, ...options });
    const subscriptions = names(COUNT).map(name => client.topic$(`devices/${name}/+`).subscribe());
    await firstValueFrom(broker.asked$.pipe(filter(asked => asked === COUNT)));
    return { broker, client, subscriptions };
  }

  it('10,000 at once are subscribed, again after a lost session, and unsubscribed', async () => {
    const { broker, client, subscriptions } = await subscribeAll({
      maxFiltersPerSubscribe: 8,
      reconnect: { initial: 1, jitter: 'none' },
    });
    expect(broker.most).to.be.at.most(8);

    const again = firstValueFrom(broker.asked$.pipe(filter(asked => asked === 2 * COUNT)));
    client.reconnect().subscribe();
    await again;
    expect(broker.subscriptions.size).to.equal(COUNT);

    const gone = firstValueFrom(client.packet$.pipe(received('unsuback'), take(COUNT / 8), toArray()));
    for (const subscription of subscriptions) subscription.unsubscribe();
    await gone;
    expect(broker.subscriptions.size).to.equal(0);
    await client[Symbol.asyncDispose]();
  });

  it('the broker may refuse all of them', async () => {
    const broker = autoBroker(0x87);
    const client = mqtt('mqtt://broker', { transport: broker.transport });
    const refused: string[] = [];
    await new Promise<void>(done => {
      for (const name of names(COUNT)) {
        client.topic$(name).subscribe({
          error: (error: unknown) => {
            const { code, reasonCode, subject } = error as MqttError;
            if (refused.push(`${subject} ${code} ${reasonCode}`) === COUNT) done();
          },
        });
      }
    });
    expect(refused.sort()).to.deep.equal(
      names(COUNT)
        .map(name => `${name} SUBSCRIBE_REFUSED 135`)
        .sort(),
    );
    await client[Symbol.asyncDispose]();
  });
});
