import type { MqttMessage } from '../../message.js';
import type { OverlapDedup, OverlapCandidate } from '../../protocol/subscriptions/overlap-dedup.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import { TopicTrie } from '../../protocol/topics/trie.js';
import type { ActiveHooks } from '../instrumentation/active-hooks.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { type Route, deliverToAll, matchesAny } from './route.js';
import type { UnroutedMessages } from './unrouted-messages.js';
import { LateMap } from '../../protocol/collections/late-map.js';

const CACHED_TOPICS = 4096;
const NONE: readonly Route[] = [];

export interface DispatcherConfig {
  readonly overlapDedup: OverlapDedup;
  readonly instrumentation: Instrumentation;
  readonly unrouted: UnroutedMessages;
  /** Undefined while no message is held or left. */
  readonly unroutedIfUsed: UnroutedMessages | undefined;
}

interface Candidate extends OverlapCandidate {
  readonly route: Route;
}

/** Gives each message once to each route with a matching filter. Lives with the client. */
export class Dispatcher {
  readonly #overlapDedup: OverlapDedup;
  readonly #trie = new TopicTrie<Route>();
  /** Caches matches of the trie, until a route is added or removed. */
  readonly #routesByTopic = new LateMap<string, readonly Route[]>();
  /** Caches, for topics whose messages may come in several copies, what tells the copies apart. */
  readonly #candidatesByTopic = new LateMap<string, readonly Candidate[]>();
  /** The routes of filters with a prefix, by filter. */
  readonly #prefixedRoutes = new LateMap<string, Set<Route>>();
  /** The number of SUBSCRIBE packets that were sent before each route was added. */
  readonly #since = new WeakMap<Route, number>();
  readonly #config: DispatcherConfig;
  readonly #instrumentation: Instrumentation;

  constructor(config: DispatcherConfig) {
    this.#config = config;
    this.#overlapDedup = config.overlapDedup;
    this.#instrumentation = config.instrumentation;
  }

  add(route: Route): void {
    route.patterns.forEach((patterns, i) => {
      for (const pattern of patterns) this.#trie.add(pattern, route);
      const filter = route.filters[i]!;
      if (patterns[0] !== filter) {
        this.#prefixedRoutes.set(filter, new Set(this.#prefixedRoutes.get(filter)).add(route));
      }
    });
    this.#since.set(route, this.#overlapDedup.since);
    this.#clearCaches();
  }

  delete(route: Route): void {
    for (const patterns of route.patterns) for (const pattern of patterns) this.#trie.delete(pattern, route);
    for (const filter of route.filters) {
      const routes = this.#prefixedRoutes.get(filter);
      if (routes?.delete(route) && routes.size === 0) this.#prefixedRoutes.delete(filter);
    }
    this.#clearCaches();
    this.#config.unrouted.routeRemoved(route);
  }

  /** Delivers the message. Returns an inbound message where a subscriber has to acknowledge it first. */
  readonly dispatch = (message: MqttMessage): InboundMessage | undefined => {
    const { unroutedIfUsed: unrouted } = this.#config;
    if (unrouted?.hasNewRoutes) unrouted.deliverToNewRoutes();
    const isForManual = unrouted !== undefined && unrouted.leftBehind.take(message);
    const routes = this.#routesByTopic.get(message.topic) ?? this.#matchRoutes(message.topic);
    const isCopy = this.#overlapDedup.appliesTo(message);
    const others = isCopy && this.#prefixedRoutes.size > 0 ? this.#routesByIdentifier(message, routes) : NONE;
    const hooks = this.#instrumentation.active;
    if (routes.length + others.length === 0 && !isForManual)
      return hooks === undefined
        ? this.#config.unrouted.receive(message)
        : receiveWithin(hooks, message, this.#config.unrouted);
    const matching = isCopy ? this.#selectForCopy(message, routes) : routes;
    const selected = others.length === 0 ? matching : [...matching, ...others];
    const inbound =
      hooks === undefined ? deliverToAll(selected, message, undefined) : deliverWithin(hooks, selected, message);
    return isForManual && inbound === undefined ? unrouted.leaveUnacknowledged(message) : inbound;
  };

  /** Returns the routes that the subscription identifiers of the message lead to, but its topic does not. */
  #routesByIdentifier(message: MqttMessage, routes: readonly Route[]): Route[] {
    const found = new Set<Route>();
    for (const filter of this.#overlapDedup.unpredictableFilters(message)) {
      for (const route of this.#prefixedRoutes.get(filter) ?? []) if (!routes.includes(route)) found.add(route);
    }
    return [...found];
  }

  /** Selects the routes that get this copy. A copy for a filter that was given up goes to no route: the others get their own copies. */
  #selectForCopy(message: MqttMessage, routes: readonly Route[]): readonly Route[] {
    const candidates = this.#candidatesByTopic.get(message.topic) ?? this.#findCandidates(message.topic, routes);
    return this.#overlapDedup.select(message, candidates).map(({ route }) => route);
  }

  #findCandidates(topic: string, routes: readonly Route[]): readonly Candidate[] {
    const candidates = routes.map(route => ({
      route,
      matching: route.filters.filter((_, i) => matchesAny(route.patterns[i]!, topic)),
      since: this.#since.get(route)!,
    }));
    if (this.#candidatesByTopic.size >= CACHED_TOPICS) this.#candidatesByTopic.clear();
    this.#candidatesByTopic.set(topic, candidates);
    return candidates;
  }

  #clearCaches(): void {
    this.#routesByTopic.clear();
    this.#candidatesByTopic.clear();
  }

  #matchRoutes(topic: string): readonly Route[] {
    const routes = [...new Set(this.#trie.match(topic, []))];
    if (this.#routesByTopic.size >= CACHED_TOPICS) this.#routesByTopic.clear();
    this.#routesByTopic.set(topic, routes);
    return routes;
  }
}

// Functions of their own: a closure in `dispatch` would take memory for each message, also without hooks.

const receiveWithin = (hooks: ActiveHooks, message: MqttMessage, unrouted: UnroutedMessages) =>
  hooks.receive(message, [], () => unrouted.receive(message));

const deliverWithin = (hooks: ActiveHooks, routes: readonly Route[], message: MqttMessage) =>
  hooks.receive(message, routes, () => deliverToAll(routes, message, undefined));
