import type { QoS } from '../../message.js';
import { parseShare } from '../../protocol/topics/syntax.js';
import { TopicTrie } from '../../protocol/topics/trie.js';
import type { BrokerMessage, BrokerDelivery } from './message.js';
import type { BrokerSession, Held } from './session.js';
import { matches } from '../../protocol/topics/match.js';

const lower = (a: QoS, b: QoS): QoS => (a < b ? a : b);

/** Returns how a message is sent to the client with these subscriptions: once, with the highest of their QoS [MQTT-3.3.4-2]. */
export function deliveryOf(message: BrokerMessage, held: readonly Held[], retained = false): BrokerDelivery {
  const granted = held.reduce<QoS>((qos, { request }) => (request.qos > qos ? request.qos : qos), 0);
  return {
    qos: lower(message.qos, granted),
    retain: retained || (message.retain && held.some(({ request }) => request.retainAsPublished === true)),
    identifiers: held.flatMap(({ identifier }) => identifier ?? []),
  };
}

/** Routes messages to the subscriptions of all sessions. */
export class Routing {
  readonly #trie = new TopicTrie<Held>();
  /** The number of messages of each shared subscription, by which its next member is chosen. */
  readonly #turns = new Map<string, number>();

  add(held: Held): void {
    this.#trie.add(held.request.filter, held);
  }

  delete(held: Held): void {
    this.#trie.delete(held.request.filter, held);
  }

  /** Delivers a message to all matching subscriptions. Returns false if there are none. */
  route(message: BrokerMessage): boolean {
    const own = new Map<BrokerSession, Held[]>();
    const shared = new Map<string, Held[]>();
    for (const held of this.#trie.match(message.topic, [])) {
      const { filter, noLocal } = held.request;
      if (parseShare(filter).group !== undefined) gather(shared, filter, held);
      else if (!(noLocal === true && held.session.clientId === message.publisher)) gather(own, held.session, held);
    }
    for (const [session, held] of own) session.outgoing.deliver(message, deliveryOf(message, held));
    for (const [filter, members] of shared) {
      const held = this.#chooseMember(filter, members);
      held.session.outgoing.deliver(message, deliveryOf(message, [held]));
    }
    return own.size + shared.size > 0;
  }

  /** Chooses the members of a shared subscription in turn, connected ones first (5.0 section 4.8.2). */
  #chooseMember(filter: string, members: readonly Held[]): Held {
    const connected = members.filter(({ session }) => session.connection !== undefined);
    const candidates = connected.length > 0 ? connected : members;
    const turn = this.#turns.get(filter) ?? 0;
    this.#turns.set(filter, turn + 1);
    return candidates[turn % candidates.length]!;
  }
}

function gather<K>(groups: Map<K, Held[]>, key: K, held: Held): void {
  const group = groups.get(key);
  if (group) group.push(held);
  else groups.set(key, [held]);
}

/** The last retained message of each topic (5.0 section 3.3.1.3). */
export class Retained {
  readonly #byTopic = new Map<string, BrokerMessage>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps a message. An empty payload deletes the retained message of its topic [MQTT-3.3.1-6]. */
  keep(message: BrokerMessage): void {
    this.#byTopic.delete(message.topic);
    if (message.payload.length > 0) this.#byTopic.set(message.topic, message);
  }

  matching(filter: string): BrokerMessage[] {
    return [...this.#byTopic.values()].filter(
      ({ topic, expiresAt }) => expiresAt > this.#now() && matches(filter, topic),
    );
  }

  /** The payloads by topic. */
  get all(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.matching('#').map(({ topic, payload }) => [topic, payload]));
  }
}
