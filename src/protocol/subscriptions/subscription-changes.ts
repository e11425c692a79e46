import { areSameProperties } from './merge-requests.js';
import { type SubscriptionState, nextRequest, isObsolete, lacksIdentifier, requestOf } from './subscription-state.js';
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

/** What a look at the changes asks of those who know. */
export interface ChangesView {
  /** Whether the filter is going to be ended by a request of its own. */
  readonly isEnding: (filter: string) => boolean;
  /** Told each filter that nobody wants and the broker does not have. */
  readonly over: (filter: string, state: SubscriptionState) => void;
  /** Whether the filter goes out in a request of its own, when all other requests are answered. */
  readonly isNearIsolation: (entry: SubscriptionState) => boolean;
  /** Told each suspect of which nothing is to be asked. */
  readonly unsuspicious: (entry: SubscriptionState) => void;
  readonly isQuiet: boolean;
}

/** The filters that are to be looked at: only of them what is wanted can differ from what the broker holds. Lives with the connection. */
export class SubscriptionChanges {
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #changed = new Set<string>();
  /** Those of them that the broker holds without the identifier that they need before others are subscribed. */
  readonly #unidentified = new Set<string>();
  #isDue = false;

  constructor(states: ReadonlyMap<string, SubscriptionState>) {
    this.#states = states;
  }

  /** One of them has not been looked at yet; the others wait for answers. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** There is something to ask beside the filters themselves. */
  markDue(): void {
    this.#isDue = true;
  }

  markChanged(filter: string): void {
    const state = this.#states.get(filter);
    (state && lacksIdentifier(state) ? this.#unidentified : this.#changed).add(filter);
    this.#isDue = true;
  }

  /** What differs now, as much of it as goes into one packet of each kind. */
  take(fits: Fits, view: ChangesView): Changes {
    this.#isDue = false;
    const changes = noChanges();
    const from = (filters: Set<string>) => this.#take(filters, changes, fits, view);
    // a filter that overlaps another is subscribed when that one has its identifier: otherwise some messages would come twice
    if (from(this.#unidentified)) from(this.#changed);
    return changes;
  }

  /** Nothing but this filter, which is isolated; without one nothing at all. */
  takeAlone(filter?: string): Changes {
    this.#isDue = false;
    const changes = noChanges();
    if (filter !== undefined) this.#add(filter, changes);
    return changes;
  }

  /** False when some are left. */
  #take(filters: Set<string>, changes: Changes, fits: Fits, view: ChangesView): boolean {
    const { subscribe, unsubscribe } = changes;
    let suspect: string | undefined;
    for (const filter of filters) {
      const state = this.#states.get(filter);
      const kind = state && nextRequest(state);
      const asks = kind === 'subscribe' || (kind === 'unsubscribe' && !view.isEnding(filter));
      if (state && isObsolete(state)) view.over(filter, state);
      if (!asks) {
        if (state !== undefined && state.pending === undefined && state.hangUps > 0) view.unsuspicious(state);
      } else if (view.isNearIsolation(state!)) {
        suspect ??= filter;
        continue;
      } else if (!state!.isolated) {
        const { identifier, wanted } = state!;
        // those with another identifier, or other user properties, go into a packet of their own
        if (kind === 'subscribe' && subscribe.length > 0 && !isAlike(changes, identifier, wanted)) continue;
        if (!fits(kind, kind === 'subscribe' ? wanted : { filter }, identifier)) break;
        this.#add(filter, changes);
      }
      this.#drop(filter);
    }
    if (suspect !== undefined && view.isQuiet && subscribe.length + unsubscribe.length === 0) {
      this.#add(suspect, changes);
      this.#drop(suspect);
      return false;
    }
    return filters.size === 0;
  }

  #add(filter: string, changes: Changes): void {
    const state = this.#states.get(filter)!;
    if (nextRequest(state) === 'unsubscribe') changes.unsubscribe.push(filter);
    else {
      changes.subscribe.push(requestOf(state));
      changes.identifier = state.identifier;
    }
  }

  #drop(filter: string): void {
    this.#unidentified.delete(filter);
    this.#changed.delete(filter);
  }
}

const noChanges = (): Changes => ({ subscribe: [], identifier: undefined, unsubscribe: [] });

const isAlike = (changes: Changes, identifier: number | undefined, { userProperties }: FilterRequest): boolean =>
  identifier === changes.identifier && areSameProperties(userProperties, changes.subscribe[0]!.userProperties);
