import { type Observable, Subject } from 'rxjs';
import type { MqttMessage } from '../message.js';
import type { Copies, Target } from '../protocol/copies.js';
import { matches } from '../protocol/topics/match.js';
import { TopicTrie } from '../protocol/topics/trie.js';

/** Where the messages of some filters go. */
export interface Route {
  readonly filters: readonly string[];
  /** Must not throw. */
  deliver(message: MqttMessage): void;
}

const CACHED_TOPICS = 4096;

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
  /** When each route came. */
  readonly #since = new WeakMap<Route, number>();
  readonly #unrouted$ = new Subject<MqttMessage>();

  /** Messages that no route took, or that a route had no use for. */
  readonly unrouted$: Observable<MqttMessage> = this.#unrouted$.asObservable();

  constructor(copies: Copies) {
    this.#copies = copies;
  }

  add(route: Route): void {
    for (const filter of route.filters) this.#trie.add(filter, route);
    this.#since.set(route, this.#copies.since);
    this.#forget();
  }

  delete(route: Route): void {
    for (const filter of route.filters) this.#trie.delete(filter, route);
    this.#forget();
  }

  /** A route has no use for this message. */
  readonly unclaimed = (message: MqttMessage): void => this.#unrouted$.next(message);

  readonly dispatch = (message: MqttMessage): void => {
    const routes = this.#known.get(message.topic) ?? this.#lookUp(message.topic);
    if (routes.length === 0) return this.#unrouted$.next(message);
    if (this.#copies.concern(message)) return this.#dispatchCopy(message, routes);
    for (let i = 0; i < routes.length; i++) routes[i]!.deliver(message);
  };

  /** Nobody gets a copy for a filter that was given up: the other streams have copies of their own. */
  #dispatchCopy(message: MqttMessage, routes: readonly Route[]): void {
    const candidates = this.#candidates.get(message.topic) ?? this.#lookUpCandidates(message.topic, routes);
    for (const { route } of this.#copies.choose(message, candidates)) route.deliver(message);
  }

  #lookUpCandidates(topic: string, routes: readonly Route[]): readonly Candidate[] {
    const candidates = routes.map(route => ({
      route,
      matching: route.filters.filter(filter => matches(filter, topic)),
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
