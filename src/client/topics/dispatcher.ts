import type { MqttMessage } from '../../message.js';
import type { OverlapDedup, OverlapCandidate } from '../../protocol/subscriptions/overlap-dedup.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import type { ActiveHooks } from '../instrumentation/active-hooks.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { type Route, type TableRoute, deliverToAll, matchesAny } from './route.js';
import { RouteTable } from './route-table.js';
import type { TopicRoute } from './topic-route.js';
import type { UnroutedMessages } from './unrouted-messages.js';

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
export class Dispatcher<R extends TableRoute = TopicRoute> {
  readonly routes = new RouteTable<R>();
  readonly #overlapDedup: OverlapDedup;
  /** Caches matches of the table. Undefined until the first message after a route was added or removed. */
  #routesByTopic: Map<string, readonly R[]> | undefined = undefined;
  /** Caches, for topics whose messages may come in several copies, what tells the copies apart. */
  #candidatesByTopic: Map<string, readonly Candidate[]> | undefined = undefined;
  readonly #config: DispatcherConfig;
  readonly #instrumentation: Instrumentation;

  constructor(config: DispatcherConfig) {
    this.#config = config;
    this.#overlapDedup = config.overlapDedup;
    this.#instrumentation = config.instrumentation;
  }

  add(route: R): void {
    this.routes.add(route);
    route.since = this.#overlapDedup.since;
    this.#clearCaches();
  }

  delete(route: R): void {
    this.routes.delete(route);
    this.#clearCaches();
    this.#config.unrouted.routeRemoved(route);
  }

  /** Delivers the message. Returns an inbound message where a subscriber has to acknowledge it first. */
  dispatch(message: MqttMessage): InboundMessage | undefined {
    const { unroutedIfUsed: unrouted } = this.#config;
    if (unrouted?.hasNewRoutes) unrouted.deliverToNewRoutes();
    const isForManual = unrouted !== undefined && unrouted.leftBehind.take(message);
    const routes = this.#routesByTopic?.get(message.topic) ?? this.#matchRoutes(message.topic);
    const isCopy = this.#overlapDedup.appliesTo(message);
    const others = isCopy && this.routes.hasPrefixes ? this.#routesByIdentifier(message, routes) : NONE;
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
  }

  /** Returns the routes that the subscription identifiers of the message lead to, but its topic does not. */
  #routesByIdentifier(message: MqttMessage, routes: readonly R[]): Route[] {
    const found = new Set<R>();
    for (const filter of this.#overlapDedup.unpredictableFilters(message)) {
      for (const route of this.routes.withFilter(filter)) if (!routes.includes(route)) found.add(route);
    }
    return [...found];
  }

  /** Selects the routes that get this copy. A copy for a filter that was given up goes to no route: the others get their own copies. */
  #selectForCopy(message: MqttMessage, routes: readonly R[]): readonly Route[] {
    const candidates = this.#candidatesByTopic?.get(message.topic) ?? this.#findCandidates(message.topic, routes);
    return this.#overlapDedup.select(message, candidates).map(({ route }) => route);
  }

  #findCandidates(topic: string, routes: readonly R[]): readonly Candidate[] {
    const candidates = routes.map(route => {
      const { filters, patterns, since } = route;
      return { route, matching: filters.filter((_, i) => matchesAny(patterns[i]!, topic)), since };
    });
    this.#candidatesByTopic = cache(this.#candidatesByTopic, topic, candidates);
    return candidates;
  }

  #clearCaches(): void {
    this.#routesByTopic = undefined;
    this.#candidatesByTopic = undefined;
  }

  #matchRoutes(topic: string): readonly R[] {
    const routes = this.routes.match(topic);
    this.#routesByTopic = cache(this.#routesByTopic, topic, routes);
    return routes;
  }
}

/** Returns the cache with one more entry. A full one is replaced. */
function cache<T>(cached: Map<string, T> | undefined, topic: string, value: T): Map<string, T> {
  if (cached === undefined || cached.size >= CACHED_TOPICS) return new Map([[topic, value]]);
  return cached.set(topic, value);
}

// Functions of their own: a closure in `dispatch` would take memory for each message, also without hooks.

const receiveWithin = (hooks: ActiveHooks, message: MqttMessage, unrouted: UnroutedMessages) =>
  hooks.receive(message, [], () => unrouted.receive(message));

const deliverWithin = (hooks: ActiveHooks, routes: readonly Route[], message: MqttMessage) =>
  hooks.receive(message, routes, () => deliverToAll(routes, message, undefined));
