import { type Observable, Subject } from 'rxjs';
import type { MqttMessage } from '../message.js';
import { TopicTrie } from '../protocol/topics/trie.js';

/** Where the messages of some filters go. */
export interface Route {
  readonly filters: readonly string[];
  /** Must not throw. */
  deliver(message: MqttMessage): void;
}

const CACHED_TOPICS = 4096;

/** Brings each message to the routes whose filters match its topic, once each. Lives with the client. */
export class Dispatcher {
  readonly #trie = new TopicTrie<Route>();
  /** Topics repeat: what the trie said, until a route comes or goes. */
  readonly #known = new Map<string, readonly Route[]>();
  readonly #unrouted$ = new Subject<MqttMessage>();

  /** Messages that no route took, or that a route had no use for. */
  readonly unrouted$: Observable<MqttMessage> = this.#unrouted$.asObservable();

  add(route: Route): void {
    for (const filter of route.filters) this.#trie.add(filter, route);
    this.#known.clear();
  }

  delete(route: Route): void {
    for (const filter of route.filters) this.#trie.delete(filter, route);
    this.#known.clear();
  }

  /** A route has no use for this message. */
  readonly unclaimed = (message: MqttMessage): void => this.#unrouted$.next(message);

  readonly dispatch = (message: MqttMessage): void => {
    const routes = this.#known.get(message.topic) ?? this.#lookUp(message.topic);
    if (routes.length === 0) return this.#unrouted$.next(message);
    for (let i = 0; i < routes.length; i++) routes[i]!.deliver(message);
  };

  #lookUp(topic: string): readonly Route[] {
    const routes = [...new Set(this.#trie.match(topic, []))];
    if (this.#known.size >= CACHED_TOPICS) this.#known.clear();
    this.#known.set(topic, routes);
    return routes;
  }
}
