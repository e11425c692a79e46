import type { MqttMessage } from '../../message.js';
import type { Copies, Target } from '../../protocol/copies.js';
import type { Delivery } from '../../protocol/delivery.js';
import { TopicTrie } from '../../protocol/topics/trie.js';
import { type Route, deliverToAll, takes } from './route.js';
import type { Unclaimed } from './unclaimed.js';

const CACHED_TOPICS = 4096;
const NONE: readonly Route[] = [];

interface Candidate extends Target {
  readonly route: Route;
}

/** Brings each message to the routes whose filters match its topic, once each. Lives with the client. */
export class Dispatcher {
  readonly #copies: Copies;
  readonly #trie = new TopicTrie<Route>();
  /** Topics repeat: what the trie said, until a route comes or goes. */
  readonly #known = new Map<string, readonly Route[]>();
  /** The same for topics that several filters match, with what tells their copies apart. */
  readonly #candidates = new Map<string, readonly Candidate[]>();
  /** Those of filters with a prefix, by filter. */
  readonly #prefixed = new Map<string, Set<Route>>();
  /** When each route came. */
  readonly #since = new WeakMap<Route, number>();
  readonly #unclaimed: Unclaimed;

  constructor(copies: Copies, unclaimed: Unclaimed) {
    this.#copies = copies;
    this.#unclaimed = unclaimed;
  }

  add(route: Route): void {
    route.patterns.forEach((patterns, i) => {
      for (const pattern of patterns) this.#trie.add(pattern, route);
      const filter = route.filters[i]!;
      if (patterns[0] !== filter) this.#prefixed.set(filter, new Set(this.#prefixed.get(filter)).add(route));
    });
    this.#since.set(route, this.#copies.since);
    this.#forget();
  }

  delete(route: Route): void {
    for (const patterns of route.patterns) for (const pattern of patterns) this.#trie.delete(pattern, route);
    for (const filter of route.filters) {
      const routes = this.#prefixed.get(filter);
      if (routes?.delete(route) && routes.size === 0) this.#prefixed.delete(filter);
    }
    this.#forget();
    this.#unclaimed.left(route);
  }

  /** Gives a delivery where somebody is to answer for the message first. */
  readonly dispatch = (message: MqttMessage): Delivery | undefined => {
    if (this.#unclaimed.promised) this.#unclaimed.handOver();
    const isOwed = this.#unclaimed.isOwed(message);
    const routes = this.#known.get(message.topic) ?? this.#lookUp(message.topic);
    const isCopy = this.#copies.concern(message);
    const others = isCopy && this.#prefixed.size > 0 ? this.#byIdentifier(message, routes) : NONE;
    if (routes.length + others.length === 0 && !isOwed) return this.#unclaimed.arrived(message);
    const chosen = isCopy ? this.#forCopy(message, routes) : routes;
    const delivery = deliverToAll(others.length === 0 ? chosen : [...chosen, ...others], message, undefined);
    return isOwed && delivery === undefined ? this.#unclaimed.leave(message) : delivery;
  };

  /** The routes that the topic does not lead to, but that an identifier of the message does. */
  #byIdentifier(message: MqttMessage, routes: readonly Route[]): Route[] {
    const found = new Set<Route>();
    for (const filter of this.#copies.aliases(message)) {
      for (const route of this.#prefixed.get(filter) ?? []) if (!routes.includes(route)) found.add(route);
    }
    return [...found];
  }

  /** Nobody gets a copy for a filter that was given up: the other streams have copies of their own. */
  #forCopy(message: MqttMessage, routes: readonly Route[]): readonly Route[] {
    const candidates = this.#candidates.get(message.topic) ?? this.#lookUpCandidates(message.topic, routes);
    return this.#copies.choose(message, candidates).map(({ route }) => route);
  }

  #lookUpCandidates(topic: string, routes: readonly Route[]): readonly Candidate[] {
    const candidates = routes.map(route => ({
      route,
      matching: route.filters.filter((_, i) => takes(route.patterns[i]!, topic)),
      since: this.#since.get(route)!,
    }));
    if (this.#candidates.size >= CACHED_TOPICS) this.#candidates.clear();
    this.#candidates.set(topic, candidates);
    return candidates;
  }

  #forget(): void {
    this.#known.clear();
    this.#candidates.clear();
  }

  #lookUp(topic: string): readonly Route[] {
    const routes = [...new Set(this.#trie.match(topic, []))];
    if (this.#known.size >= CACHED_TOPICS) this.#known.clear();
    this.#known.set(topic, routes);
    return routes;
  }
}
