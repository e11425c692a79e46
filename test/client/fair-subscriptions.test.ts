import { expect } from 'chai';
import { NEVER, type SchedulerLike, Subject, VirtualTimeScheduler, asyncScheduler, concat, noop, of } from 'rxjs';
import { type Link, type MqttClient, type MqttError, type MqttOptions, type Transport, mqtt } from '../../src/index.js';
import type { Packet } from '../../src/packets.js';
import { peerReads } from '../codec/peer.js';
import { connack, puback, publish, suback, unsuback } from '../support/packets.js';
import { serverBytes } from '../support/server-bytes.js';

const COUNT = 20_000;

interface BrokerOptions {
  readonly scheduler?: SchedulerLike;
  /** Whether SUBSCRIBE is answered. Default: true. */
  readonly grants?: boolean;
  /** Whether PUBLISH is acknowledged. Default: true. */
  readonly acknowledges?: boolean;
  /** Whether the session outlives a connection that was made without Clean Start. Default: true. */
  readonly keepsSession?: boolean;
  /** The number of links that take no more after their first PUBLISHes. Default: 0. */
  readonly blocked?: number;
}

/** A broker in memory whose link takes everything. Its answers come in a chunk of their own for each chunk of the client. */
function broker({
  scheduler = asyncScheduler,
  grants = true,
  acknowledges = true,
  keepsSession = true,
  blocked = 0,
}: BrokerOptions = {}) {
  /** What was sent on each connection, as `+filter`, `-filter`, `topic`, and `DISCONNECT`. */
  const connections: string[][] = [];
  const held = new Set<string>();
  const calls: string[] = [];
  let toClient$ = new Subject<Uint8Array>();
  const answerTo = (packet: ReturnType<typeof peerReads>[number], sent: string[]): Packet | undefined => {
    switch (packet.cmd) {
      case 'connect':
        if (packet.clean) held.clear();
        return connack({ sessionPresent: keepsSession && !packet.clean });
      case 'subscribe':
        for (const { topic } of packet.subscriptions) {
          sent.push(`+${topic}`);
          held.add(topic);
        }
        return grants ? suback(packet.messageId!, ...packet.subscriptions.map(() => 1)) : undefined;
      case 'unsubscribe':
        for (const filter of packet.unsubscriptions) {
          sent.push(`-${filter}`);
          held.delete(filter);
        }
        return unsuback(packet.messageId!, ...packet.unsubscriptions.map(() => 0));
      case 'publish':
        sent.push(`${packet.dup ? 'dup ' : ''}${packet.topic}`);
        return packet.qos === 1 && acknowledges ? puback(packet.messageId!) : undefined;
      case 'disconnect':
        sent.push('DISCONNECT');
        return undefined;
      default:
        return undefined;
    }
  };
  const transport: Transport = () => {
    const own$ = (toClient$ = new Subject());
    const sent: string[] = [];
    connections.push(sent);
    const link: Link = {
      data$: own$,
      drain$: NEVER,
      write: chunk => {
        const answers = peerReads(5, chunk)
          .map(packet => answerTo(packet, sent))
          .filter(packet => packet !== undefined);
        if (answers.length > 0)
          scheduler.schedule(() => own$.next(Buffer.concat(answers.map(packet => serverBytes(packet, 5)))));
        return connections.length > blocked || sent.length === 0;
      },
      end: () => own$.complete(),
      pause: () => calls.push('pause'),
      resume: () => calls.push('resume'),
    };
    return concat(of(link), NEVER);
  };
  return {
    transport,
    connections,
    held,
    calls,
    sent: () => connections.at(-1)!,
    send: (...packets: Packet[]) => toClient$.next(Buffer.concat(packets.map(packet => serverBytes(packet, 5)))),
    end: () => toClient$.complete(),
  };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const filters = numbers(COUNT).map(i => `f/${i}`);
/** One that overlaps none of the others, but has to be compared with them. */
const withWildcard = [...filters, 'w/#'];
const nextTurn = () => new Promise(resolve => setImmediate(resolve));
const connected = (client: MqttClient) =>
  new Promise<void>((resolve, reject) => client.connect().subscribe({ complete: resolve, error: reject }));
const longestStep = (counts: readonly number[]): number =>
  Math.max(...counts.slice(1).map((count, i) => count - counts[i]!));
const disconnected = (client: MqttClient) =>
  new Promise<void>((resolve, reject) => client.disconnect().subscribe({ complete: resolve, error: reject }));

describe('work for very many filters and packets yields the event loop', () => {
  const clients: MqttClient[] = [];
  const open = (transport: Transport, options: MqttOptions = {}): MqttClient => {
    const client = mqtt('mqtt://broker', {
      transport,
      protocolVersion: 5,
      queue: { maxMessages: 2 * COUNT, maxBytes: 1e9 },
      autoConnect: false,
      reconnect: false,
      quiet: true,
      ...options,
    });
    clients.push(client);
    return client;
  };
  /** Returns the different values that a count has in the turns of the event loop until it is `end`. */
  const countsPerTurn = async (count: () => number, end: number): Promise<readonly number[]> => {
    const seen = new Set([count()]);
    while (count() < end) {
      await nextTurn();
      seen.add(count());
    }
    return [...seen];
  };

  /** ms that each look at the clock takes, so that a slice is so many looks on any machine: about 10, or 2 with `slow`. */
  let look = 0.5;
  const slow = 3;

  beforeEach(() => {
    let now = performance.now();
    look = 0.5;
    Object.defineProperty(performance, 'now', { configurable: true, value: () => (now += look) });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    delete (performance as Partial<Performance>).now;
  });

  describe('filters', () => {
    const subscribeAll = (client: MqttClient, wanted = filters) => {
      const ends: string[] = [];
      const subscriptions = wanted.map(filter =>
        client.topic$(filter).subscribe({ complete: () => ends.push(filter) }),
      );
      const granted: string[] = [];
      client.ack$.subscribe(event => {
        if (event.kind === 'subscribe') granted.push(...event.filters);
      });
      return { ends, subscriptions, granted };
    };

    it('are subscribed in slices, in order, each once [S186]', async () => {
      const { transport, sent } = broker();
      const client = open(transport);
      const { granted } = subscribeAll(client);
      look = slow;
      await connected(client);
      const counts = await countsPerTurn(() => sent().length, COUNT);
      expect(longestStep(counts)).to.be.within(1, 6000);
      await countsPerTurn(() => granted.length, COUNT);
      expect(sent()).to.deep.equal(filters.map(filter => `+${filter}`));
      expect(granted).to.deep.equal(filters);
    });

    it('are compared with the others in slices, where one has a wildcard [S186]', async () => {
      const { transport, sent } = broker();
      const client = open(transport);
      const { granted } = subscribeAll(client, withWildcard);
      await connected(client);
      let turns = 0;
      for (; sent().length === 0; turns++) await nextTurn();
      expect(turns, 'turns in which they are compared').to.be.above(10);
      await countsPerTurn(() => granted.length, COUNT + 1);
      expect(sent()).to.deep.equal(withWildcard.map(filter => `+${filter}`));
    });

    it('are subscribed before what is published meanwhile, as far as 8 requests allow it [S186]', async () => {
      const { transport, sent } = broker({ grants: false });
      const client = open(transport);
      subscribeAll(client);
      await connected(client);
      expect(sent()).to.deep.equal([]);
      look = slow;
      await countsPerTurn(() => sent().length, 1);
      expect(sent()).to.have.length.below(8000);
      await new Promise<void>((resolve, reject) =>
        client.publish('new', '').subscribe({ complete: resolve, error: reject }),
      );
      expect(sent()).to.deep.equal([...filters.slice(0, 8000).map(filter => `+${filter}`), 'new']);
    });

    it('are subscribed again in slices on the next connection, also if the last one ended between two slices [S186]', async () => {
      const { transport, connections, end, held } = broker();
      const client = open(transport, { reconnect: { initial: 1 } });
      const { granted } = subscribeAll(client);
      await connected(client);
      await countsPerTurn(() => connections[0]!.length, 1);
      const before = connections[0]!.length;
      expect(before).to.be.within(1, COUNT - 1);
      granted.length = 0;
      end();
      await countsPerTurn(() => granted.length, COUNT);
      expect(connections[0]!).to.have.length(before);
      expect(connections[1]).to.deep.equal(filters.map(filter => `+${filter}`));
      expect(granted).to.deep.equal(filters);
      expect([...held]).to.deep.equal(filters);
    });

    it('that nobody wants any more between two slices are not subscribed, and the others are unsubscribed [S186]', async () => {
      const { transport, sent, held } = broker();
      const client = open(transport);
      const { subscriptions } = subscribeAll(client);
      await connected(client);
      await countsPerTurn(() => sent().length, 1);
      const requested = sent().length;
      expect(requested).to.be.within(1, COUNT - 1);
      for (const subscription of subscriptions.slice(0, -1)) subscription.unsubscribe();
      await countsPerTurn(() => sent().length, 2 * requested + 1);
      expect([...held]).to.deep.equal([filters.at(-1)]);
      expect(sent().filter(each => each.startsWith('-'))).to.have.members(
        filters.slice(0, requested).map(filter => `-${filter}`),
      );
    });

    it('are unsubscribed in slices, each once [S186]', async () => {
      const { transport, sent, held } = broker();
      const client = open(transport);
      const { subscriptions, granted } = subscribeAll(client);
      await connected(client);
      await countsPerTurn(() => granted.length, COUNT);
      look = slow;
      for (const subscription of subscriptions) subscription.unsubscribe();
      const counts = await countsPerTurn(() => sent().length, 2 * COUNT);
      expect(longestStep(counts)).to.be.within(1, 6000);
      expect(sent().slice(COUNT)).to.deep.equal(filters.map(filter => `-${filter}`));
      expect(held.size).to.equal(0);
    });

    it('that one new filter overlaps get their identifiers in slices, and before it is subscribed [S186]', async () => {
      const { transport, sent } = broker();
      const client = open(transport);
      const { granted } = subscribeAll(client);
      await connected(client);
      await countsPerTurn(() => granted.length, COUNT);
      client.topic$('f/#').subscribe();
      await new Promise(process.nextTick);
      let turns = 0;
      for (; sent().length === COUNT; turns++) await nextTurn();
      expect(turns, 'turns in which identifiers are assigned').to.be.above(10);
      await countsPerTurn(() => sent().length, 2 * COUNT + 1);
      const again = filters.map(filter => `+${filter}`);
      expect(sent().slice(COUNT, -1)).to.have.members(again);
      expect(sent().at(-1)).to.equal('+f/#');
    });

    it('are not subscribed after disconnect() between two slices, and each stream ends once [S186]', async () => {
      const { transport, sent } = broker();
      const client = open(transport);
      const { ends } = subscribeAll(client);
      await connected(client);
      await countsPerTurn(() => sent().length, 1);
      const requested = sent().length;
      expect(requested).to.be.within(1, COUNT - 1);
      await disconnected(client);
      expect(sent().slice(requested)).to.deep.equal(['DISCONNECT']);
      expect(ends).to.deep.equal(filters);
    });

    it('on virtual time, 16,384 of them are collected, or compared with the others, in a ms [S186]', () => {
      const scheduler = new VirtualTimeScheduler();
      const { transport, connections } = broker({ scheduler });
      const client = open(transport, { scheduler });
      const { granted } = subscribeAll(client, withWildcard);
      client.connect().subscribe();
      const run = (until: number) => {
        scheduler.maxFrames = until;
        scheduler.flush();
        return connections[0]!.length;
      };
      expect([run(0), run(1), run(2)]).to.deep.equal([0, 0, 0]);
      expect(run(3)).to.equal(COUNT + 1);
      expect(granted).to.deep.equal(withWildcard);
    });

    for (const [count, turn] of [
      [500, 'the turn of CONNACK where they are a few hundred'],
      [501, 'the next turn after CONNACK where they are more [S186]'],
    ] as const) {
      it(`are subscribed in ${turn}`, () => {
        const scheduler = new VirtualTimeScheduler();
        const { transport, connections } = broker({ scheduler });
        const client = open(transport, { scheduler });
        for (const filter of filters.slice(0, count)) client.topic$(filter).subscribe();
        client.connect().subscribe();
        const sent = [0, 1].map(time => {
          scheduler.maxFrames = time;
          scheduler.flush();
          return connections[0]!.length;
        });
        expect(sent).to.deep.equal(count === 500 ? [500, 500] : [0, 501]);
      });
    }
  });

  describe('a chunk of many packets', () => {
    const received = async (options: MqttOptions = {}) => {
      const test = broker();
      const client = open(test.transport, options);
      const topics: string[] = [];
      client.topic$('#').subscribe({
        next: ({ topic }) => topics.push(topic),
        complete: () => topics.push('end'),
        error: () => topics.push('error'),
      });
      const granted = new Promise<void>(resolve => client.ack$.subscribe(() => resolve()));
      await connected(client);
      await granted;
      return { ...test, client, topics };
    };
    const messages = numbers(COUNT).map(i => publish(`${i}`));
    const expected = numbers(COUNT).map(String);

    it('is read in slices, in order, between which the link is paused [S187]', async () => {
      const { topics, send, calls } = await received();
      send(...messages);
      expect(topics).to.have.length.within(127, COUNT - 1);
      expect(calls.at(-1)).to.equal('pause');
      send(publish('last'));
      const counts = await countsPerTurn(() => topics.length, COUNT + 1);
      expect(counts).to.have.length.above(5);
      expect(topics).to.deep.equal([...expected, 'last']);
      expect(calls.at(-1)).to.equal('resume');
      expect(calls.filter(call => call === 'pause')).to.have.length(calls.length / 2);
    });

    it('is read to its end before the end of the link [S187]', async () => {
      const { topics, send, end, client } = await received();
      const states: string[] = [];
      client.connection$.subscribe(({ status }) => states.push(`${status} ${topics.length}`));
      send(...messages);
      expect(topics).to.have.length.within(127, COUNT - 1);
      end();
      expect(topics.slice(0, COUNT)).to.deep.equal(expected);
      expect(states).to.deep.equal(['connected 0', `closed ${COUNT}`]);
    });

    it('is not read any more after disconnect() between two slices [S187]', async () => {
      const { topics, send, client } = await received();
      send(...messages);
      const before = topics.length;
      await disconnected(client);
      await nextTurn();
      expect(topics.slice(before)).to.deep.equal(['end']);
    });

    it('of acknowledgements settles each message once, in order [S187]', async () => {
      const { transport, send } = broker({ acknowledges: false });
      const client = open(transport);
      await connected(client);
      const settled: number[] = [];
      for (const i of numbers(COUNT))
        client.publish('t', '', { qos: 1 }).subscribe({ complete: () => settled.push(i) });
      await nextTurn();
      send(...numbers(COUNT).map(i => puback(i + 1)));
      expect(settled).to.have.length.within(127, COUNT - 1);
      const counts = await countsPerTurn(() => settled.length, COUNT);
      expect(counts).to.have.length.above(5);
      expect(settled).to.deep.equal(numbers(COUNT));
    });

    it('on virtual time is read in slices of 16,384 packets, which take a ms [S187]', () => {
      const scheduler = new VirtualTimeScheduler();
      const { transport, send } = broker({ scheduler });
      const client = open(transport, { scheduler });
      let count = 0;
      client.topic$('#').subscribe(() => count++);
      client.connect().subscribe();
      scheduler.maxFrames = 10;
      scheduler.flush();
      // CONNACK and SUBACK are the first two packets
      send(...messages.slice(0, 16_381));
      expect(count).to.equal(16_381);
      send(...messages);
      expect(count).to.be.within(16_381 + 16_256, 16_381 + 16_384);
      scheduler.maxFrames = 20;
      scheduler.flush();
      expect(count).to.equal(16_381 + COUNT);
    });
  });

  describe('messages in flight', () => {
    it('are sent again in slices, in order and before new ones, also if a connection ends between two slices [S184]', async () => {
      const { transport, connections, end, sent } = broker({ acknowledges: false });
      const client = open(transport, {
        clean: false,
        clientId: 'me',
        reconnect: { initial: 1 },
        maxDeliveries: 10,
      });
      await connected(client);
      for (const i of numbers(COUNT)) client.publish(`${i}`, '', { qos: 1 }).subscribe({ error: noop });
      await countsPerTurn(() => sent().length, COUNT);
      end();
      client.publish('new', '', { qos: 1 }).subscribe({ error: noop });
      await countsPerTurn(() => connections[1]?.length ?? 0, 1);
      expect(connections[1]).to.have.length.below(COUNT);
      end();
      const counts = await countsPerTurn(() => connections[2]?.length ?? 0, COUNT + 1);
      expect(counts).to.have.length.above(5);
      expect(connections[2]).to.deep.equal([...numbers(COUNT).map(i => `dup ${i}`), 'new']);
    });

    describe('of QoS 2 whose session is lost', () => {
      const loseSession = async (options: MqttOptions = {}) => {
        const { transport, connections, end, sent } = broker({ acknowledges: false, keepsSession: false });
        const client = open(transport, { clean: false, clientId: 'me', reconnect: { initial: 1 }, ...options });
        await connected(client);
        const outcomes: string[] = [];
        for (const i of numbers(COUNT))
          client.publish(`${i}`, '', { qos: 2 }).subscribe({
            error: (error: unknown) => outcomes.push(`${i} ${(error as MqttError).code}`),
          });
        await countsPerTurn(() => sent().length, COUNT);
        end();
        await countsPerTurn(() => outcomes.length, 1);
        expect(outcomes).to.have.length.below(COUNT);
        return { client, connections, outcomes };
      };
      const lost = numbers(COUNT).map(i => `${i} SESSION_LOST`);

      it('settle in slices, in order, each once, while the connection serves new ones [S188]', async () => {
        const { client, connections, outcomes } = await loseSession();
        let isPublished = false;
        client.publish('new', '', { qos: 0 }).subscribe({ complete: () => (isPublished = true) });
        const counts = await countsPerTurn(() => outcomes.length, COUNT);
        expect(counts).to.have.length.above(5);
        expect(outcomes).to.deep.equal(lost);
        expect(isPublished).to.equal(true);
        expect(connections[1]).to.deep.equal(['new']);
      });

      it('settle before the client is closed, if it is disconnected between two slices [S188]', async () => {
        const { client, outcomes } = await loseSession();
        const states: string[] = [];
        client.connection$.subscribe(({ status }) => states.push(`${status} ${outcomes.length}`));
        await disconnected(client);
        expect(outcomes).to.deep.equal(lost);
        expect(states.at(-1)).to.equal(`closed ${COUNT}`);
        await nextTurn();
        expect(outcomes).to.have.length(COUNT);
      });
    });
  });

  describe('QoS 0 messages that wait when the connection ends', () => {
    const fill = async (blocked: number) => {
      const { transport, connections, end } = broker({ blocked });
      const client = open(transport, { reconnect: { initial: 10_000 } });
      await connected(client);
      const outcomes: string[] = [];
      for (const i of numbers(COUNT))
        client.publish(`${i}`, '').subscribe({
          complete: () => outcomes.push(`${i} published`),
          error: (error: unknown) => outcomes.push(`${i} ${(error as MqttError).code}`),
        });
      const unsent = numbers(COUNT).slice(connections[0]!.length);
      expect(unsent).to.have.length.above(COUNT / 2);
      await nextTurn();
      outcomes.length = 0;
      end();
      await countsPerTurn(() => outcomes.length, 1);
      expect(outcomes).to.have.length.below(unsent.length);
      return { client, connections, outcomes, unsent };
    };

    it('are rejected in slices, in order, each once [S189]', async () => {
      const { outcomes, unsent } = await fill(1);
      const counts = await countsPerTurn(() => outcomes.length, unsent.length);
      expect(counts).to.have.length.above(5);
      expect(outcomes).to.deep.equal(unsent.map(i => `${i} NOT_CONNECTED`));
    });

    it('are sent instead, in order, as far as they are not rejected when the next connection begins [S189]', async () => {
      const { client, connections, outcomes, unsent } = await fill(1);
      client.reconnect().subscribe();
      await countsPerTurn(() => outcomes.length, unsent.length);
      const rejected = outcomes.filter(outcome => outcome.endsWith('NOT_CONNECTED'));
      expect(rejected).to.have.length.within(1, unsent.length - 1);
      expect(outcomes).to.deep.equal(
        unsent.map((each, i) => `${each} ${i < rejected.length ? 'NOT_CONNECTED' : 'published'}`),
      );
      expect(connections[1]).to.deep.equal(unsent.slice(rejected.length).map(String));
    });

    it('are not rejected any more while a connection takes no more [S189]', async () => {
      const { client, connections, outcomes, unsent } = await fill(2);
      await new Promise(resolve => client.reconnect().subscribe({ complete: () => resolve(undefined) }));
      await countsPerTurn(() => connections[1]!.length, 1);
      const rejected = outcomes.filter(outcome => outcome.endsWith('NOT_CONNECTED'));
      for (let turns = 0; turns < 50; turns++) await nextTurn();
      const end = rejected.length + connections[1]!.length;
      await disconnected(client);
      expect(end).to.be.below(unsent.length);
      expect(outcomes.filter(outcome => !outcome.endsWith('published'))).to.deep.equal([
        ...rejected,
        ...unsent.slice(end).map(each => `${each} CLIENT_CLOSED`),
      ]);
    });
  });
});
