import { type Few, membersOf, withMember, withoutMember } from '../../protocol/collections/few.js';
import { hasWildcard, shareLength } from '../../protocol/topics/syntax.js';
import { TopicTrie } from '../../protocol/topics/trie.js';
import type { Route } from './route.js';

/** The routes of a client by their filters, and by the topics that they match. */
export class RouteTable<R extends Route> {
  readonly #byFilter = new Map<string, Few<R>>();
  /** The routes of filters that match other topics than the one with the same name. Undefined until there is one. */
  #patterns: TopicTrie<R> | undefined = undefined;
  #prefixedFilters = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether there are filters with a prefix. */
  get hasPrefixes(): boolean {
    return this.#prefixedFilters > 0;
  }

  /** Returns all routes, each as many times as it has filters. */
  get all(): R[] {
    const all: R[] = [];
    for (const routes of this.#byFilter.values()) for (const route of membersOf(routes)) all.push(route);
    return all;
  }

  add(route: R): void {
    const { filters, patterns } = route;
    filters.forEach((filter, i) => {
      this.#byFilter.set(filter, withMember(this.#byFilter.get(filter), route));
      if (hasPrefix(filter, patterns[i]!)) this.#prefixedFilters++;
      else if (!hasWildcard(filter)) return;
      this.#patterns ??= new TopicTrie();
      for (const pattern of patterns[i]!) this.#patterns.add(pattern, route);
    });
    this.#size++;
  }

  delete(route: R): void {
    const { filters, patterns } = route;
    filters.forEach((filter, i) => {
      const routes = withoutMember(this.#byFilter.get(filter), route);
      if (routes === undefined) this.#byFilter.delete(filter);
      else this.#byFilter.set(filter, routes);
      if (hasPrefix(filter, patterns[i]!)) this.#prefixedFilters--;
      for (const pattern of patterns[i]!) this.#patterns?.delete(pattern, route);
    });
    this.#size--;
  }

  /** Returns the routes that have this filter. */
  withFilter(filter: string): Iterable<R> {
    return membersOf(this.#byFilter.get(filter));
  }

  /** Returns the routes with a filter that matches the topic, each once. */
  match(topic: string): readonly R[] {
    // no filter with a group matches a topic with the same name
    const routes = shareLength(topic) > 0 ? [] : [...this.withFilter(topic)];
    return this.#patterns === undefined ? routes : [...new Set(this.#patterns.match(topic, routes))];
  }
}

const hasPrefix = (filter: string, [pattern]: readonly string[]): boolean => pattern !== filter;
