import type { MqttMessage } from '../../message.js';
import type { OverlapDedup } from '../../protocol/subscriptions/overlap-dedup.js';
import { type Route, matchesAny } from './route.js';

interface EndingFilter {
  /** Whether a route of the filter was manual. */
  readonly manual: boolean;
  readonly patterns: readonly string[];
}

/** The filters without a route for which messages may still arrive, because they are being unsubscribed. Lives with the client. */
export class EndingFilters {
  readonly #overlapDedup: OverlapDedup;
  readonly #filters = new Map<string, EndingFilter>();
  #pruneAt = 16;

  constructor(overlapDedup: OverlapDedup) {
    this.#overlapDedup = overlapDedup;
  }

  /** Adds the filters of a route that is removed. */
  add(route: Route): void {
    if (this.#filters.size >= this.#pruneAt) this.#prune();
    route.filters.forEach((filter, i) => {
      const manual = route.manual || this.#filters.get(filter)?.manual === true;
      this.#filters.set(filter, { manual, patterns: route.patterns[i]! });
    });
  }

  /**
   * Whether the message is for a filter that only streams without manual acknowledgement had, and that is being unsubscribed. Such a
   * message is not lost and need not be held. A message with DUP was sent before, perhaps to a stream that has left it.
   */
  match({ topic, dup }: MqttMessage): boolean {
    let isEnding = false;
    for (const [filter, { manual, patterns }] of this.#filters) {
      if (!this.#overlapDedup.isEnding(filter)) this.#filters.delete(filter);
      else if (matchesAny(patterns, topic)) {
        if (manual) return false;
        isEnding = !dup;
      }
    }
    return isEnding;
  }

  clear(): void {
    this.#filters.clear();
  }

  /** Runs each time their number has doubled, so that removing thousands of routes at once takes linear time. */
  #prune(): void {
    for (const filter of this.#filters.keys()) if (!this.#overlapDedup.isEnding(filter)) this.#filters.delete(filter);
    this.#pruneAt = 2 * this.#filters.size + 16;
  }
}
