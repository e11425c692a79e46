import type { MqttMessage } from '../../message.js';
import type { OverlapDedup, OverlapCandidate } from '../../protocol/subscriptions/overlap-dedup.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import { TopicTrie } from '../../protocol/topics/trie.js';
import { type Route, deliverToAll, takes } from './topic-route.js';
import type { UnroutedMessages } from './unrouted-messages.js';

const CACHED_TOPICS = 4096;
const NONE: readonly Route[] = [];

interface Candidate extends OverlapCandidate {
  readonly route: Route;
}

/** Brings each message to the routes whose filters match its topic, once each. Lives with the client. */
export class Dispatcher {
  readonly #overlapDedup: OverlapDedup;
  readonly #trie = new TopicTrie<Route>();
  /** Topics repeat: what the trie said, until a route comes or goes. */
  readonly #known = new Map<string, readonly Route[]>();
  /** The same for topics that several filters match, with what tells their copies apart. */
  readonly #candidates = new Map<string, readonly Candidate[]>();
  /** Those of filters with a prefix, by filter. */
  readonly #prefixed = new Map<string, Set<Route>>();
  /** When each route came. */
  readonly #since = new WeakMap<Route, number>();
  readonly #unrouted: UnroutedMessages;

  constructor(overlapDedup: OverlapDedup, unrouted: UnroutedMessages) {
    this.#overlapDedup = overlapDedup;
    this.#unrouted = unrouted;
  }

  add(route: Route): void {
    route.patterns.forEach((patterns, i) => {
      for (const pattern of patterns) this.#trie.add(pattern, route);
      const filter = route.filters[i]!;
      if (patterns[0] !== filter) this.#prefixed.set(filter, new Set(this.#prefixed.get(filter)).add(route));
    });
    this.#since.set(route, this.#overlapDedup.since);
    this.#forget();
  }

  delete(route: Route): void {
    for (const patterns of route.patterns) for (const pattern of patterns) this.#trie.delete(pattern, route);
    for (const filter of route.filters) {
      const routes = this.#prefixed.get(filter);
      if (routes?.delete(route) && routes.size === 0) this.#prefixed.delete(filter);
    }
    this.#forget();
    this.#unrouted.routeRemoved(route);
  }

  /** Gives a delivery where somebody is to answer for the message first. */
  readonly dispatch = (message: MqttMessage): InboundMessage | undefined => {
    if (this.#unrouted.hasNewRoutes) this.#unrouted.handOver();
    const isOwed = this.#unrouted.isRedeliveredToManual(message);
    const routes = this.#known.get(message.topic) ?? this.#lookUp(message.topic);
    const isCopy = this.#overlapDedup.appliesTo(message);
    const others = isCopy && this.#prefixed.size > 0 ? this.#byIdentifier(message, routes) : NONE;
    if (routes.length + others.length === 0 && !isOwed) return this.#unrouted.receive(message);
    const chosen = isCopy ? this.#forCopy(message, routes) : routes;
    const inbound = deliverToAll(others.length === 0 ? chosen : [...chosen, ...others], message, undefined);
    return isOwed && inbound === undefined ? this.#unrouted.leaveUnacknowledged(message) : inbound;
  };

  /** The routes that the topic does not lead to, but that an identifier of the message does. */
  #byIdentifier(message: MqttMessage, routes: readonly Route[]): Route[] {
    const found = new Set<Route>();
    for (const filter of this.#overlapDedup.unpredictableFilters(message)) {
      for (const route of this.#prefixed.get(filter) ?? []) if (!routes.includes(route)) found.add(route);
    }
    return [...found];
  }

  /** Nobody gets a copy for a filter that was given up: the other streams have copies of their own. */
  #forCopy(message: MqttMessage, routes: readonly Route[]): readonly Route[] {
    const candidates = this.#candidates.get(message.topic) ?? this.#lookUpCandidates(message.topic, routes);
    return this.#overlapDedup.select(message, candidates).map(({ route }) => route);
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
