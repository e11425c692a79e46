import { areSameProperties } from './merge-requests.js';
import { type Entry, difference, isOver, lacksIdentifier, requestOf } from './subscription-entry.js';
import type { FilterRequest, Request } from './subscription-request.js';

/** Whether one more filter may be taken, for a packet of this kind. */
export type Fits = (
  kind: Request['kind'],
  request: Pick<FilterRequest, 'filter' | 'userProperties'>,
  identifier?: number,
) => boolean;

/** Filters to subscribe, all in one SUBSCRIBE, and filters to unsubscribe. */
export interface Changes {
  readonly subscribe: FilterRequest[];
  identifier: number | undefined;
  readonly unsubscribe: string[];
}

/** The filters that are to be looked at: only of them what is wanted can differ from what the broker holds. Lives with the connection. */
export class SubscriptionChanges {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #changed = new Set<string>();
  /** Those of them that the broker holds without the identifier that they need before others are subscribed. */
  readonly #unidentified = new Set<string>();
  #fresh = false;

  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  /** One of them has not been looked at yet; the others wait for answers. */
  get fresh(): boolean {
    return this.#fresh;
  }

  /** There is something to ask beside the filters themselves. */
  ask(): void {
    this.#fresh = true;
  }

  look(filter: string): void {
    const entry = this.#entries.get(filter);
    (entry && lacksIdentifier(entry) ? this.#unidentified : this.#changed).add(filter);
    this.#fresh = true;
  }

  /**
   * What differs now, as much of it as goes into one packet of each kind.
   *
   * @param isEnding - whether the filter is going to be ended by a request of its own.
   * @param over - told each filter that nobody wants and the broker does not have.
   */
  take(fits: Fits, isEnding: (filter: string) => boolean, over: (filter: string, entry: Entry) => void): Changes {
    this.#fresh = false;
    const changes: Changes = { subscribe: [], identifier: undefined, unsubscribe: [] };
    const from = (filters: Set<string>) => this.#take(filters, changes, fits, isEnding, over);
    // a filter that overlaps another is subscribed when that one has its identifier: otherwise some messages would come twice
    if (from(this.#unidentified)) from(this.#changed);
    return changes;
  }

  /** False when some are left. */
  #take(
    filters: Set<string>,
    changes: Changes,
    fits: Fits,
    isEnding: (filter: string) => boolean,
    over: (filter: string, entry: Entry) => void,
  ): boolean {
    const { subscribe, unsubscribe } = changes;
    for (const filter of filters) {
      const entry = this.#entries.get(filter);
      const kind = entry && difference(entry);
      if (entry && isOver(entry)) over(filter, entry);
      if (kind === 'subscribe') {
        const { identifier, wanted } = entry!;
        // those with another identifier, or other user properties, go into a packet of their own
        if (subscribe.length > 0 && !isAlike(changes, identifier, wanted)) continue;
        if (!fits(kind, wanted, identifier)) break;
        subscribe.push(requestOf(entry!));
        changes.identifier = identifier;
      } else if (kind === 'unsubscribe' && !isEnding(filter)) {
        if (!fits(kind, { filter })) break;
        unsubscribe.push(filter);
      }
      this.#unidentified.delete(filter);
      this.#changed.delete(filter);
    }
    return filters.size === 0;
  }
}

const isAlike = (changes: Changes, identifier: number | undefined, { userProperties }: FilterRequest): boolean =>
  identifier === changes.identifier && areSameProperties(userProperties, changes.subscribe[0]!.userProperties);
