import { areSameProperties } from './merge-requests.js';
import { type SubscriptionState, nextRequest, isObsolete, lacksIdentifier, requestOf } from './subscription-state.js';
import type { FilterRequest, Request } from './subscription-request.js';
import { LateSet } from '../collections/late-map.js';

/** Whether one more filter fits into the next packet of this kind. */
export type Fits = (
  kind: Request['kind'],
  request: Pick<FilterRequest, 'filter' | 'userProperties'>,
  identifier?: number,
) => boolean;

/** The filters of one SUBSCRIBE and of one UNSUBSCRIBE. */
export interface Changes {
  readonly subscribe: FilterRequest[];
  identifier: number | undefined;
  readonly unsubscribe: string[];
}

/** What `SubscriptionChanges.take()` needs to know beyond the states of the filters. */
export interface ChangesContext {
  /** Whether a call of `unsubscribe()` is going to unsubscribe the filter. */
  readonly isInUnsubscribeCall: (filter: string) => boolean;
  /** Whether the filter is sent in a request of its own, when all other requests are answered. */
  readonly isNearIsolation: (state: SubscriptionState) => boolean;
  /** Whether all requests are answered. */
  readonly isIdle: boolean;
  /** Called for each filter that no stream wants and the broker does not have. */
  readonly onObsolete: (filter: string, state: SubscriptionState) => void;
  /** Called for each filter with hang-ups that needs no request. */
  readonly onUnneeded: (state: SubscriptionState) => void;
}

/** The filters whose wanted state may differ from what the broker holds. Lives with the connection. */
export class SubscriptionChanges {
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #changed = new LateSet<string>();
  /** The changed filters that the broker holds without the identifier that they need before others are subscribed. */
  readonly #unidentified = new LateSet<string>();
  #isDue = false;

  constructor(states: ReadonlyMap<string, SubscriptionState>) {
    this.#states = states;
  }

  /** Whether there are changes since the last `take()`. Those that were left then wait for answers. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Records a change that is not one of a filter. */
  markDue(): void {
    this.#isDue = true;
  }

  markChanged(filter: string): void {
    const state = this.#states.get(filter);
    (state && lacksIdentifier(state) ? this.#unidentified : this.#changed).add(filter);
    this.#isDue = true;
  }

  /** Takes as many changes as fit into one packet of each kind. */
  take(fits: Fits, context: ChangesContext): Changes {
    this.#isDue = false;
    const changes = createChanges();
    // A filter is subscribed after those that it overlaps have their identifiers, as some messages would arrive twice otherwise.
    if (this.#takeFrom(this.#unidentified, changes, fits, context))
      this.#takeFrom(this.#changed, changes, fits, context);
    this.#changed.giveBackIfEmpty();
    return changes;
  }

  /** Takes only this filter, which is isolated, or nothing. */
  takeAlone(filter?: string): Changes {
    this.#isDue = false;
    const changes = createChanges();
    if (filter !== undefined) this.#add(filter, changes);
    return changes;
  }

  /** Returns false when some of the filters are left. */
  #takeFrom(filters: LateSet<string>, changes: Changes, fits: Fits, context: ChangesContext): boolean {
    const { subscribe, unsubscribe } = changes;
    let sentSeparately: string | undefined;
    for (const filter of filters) {
      const state = this.#states.get(filter);
      const kind = state && nextRequest(state);
      const needsRequest = kind === 'subscribe' || (kind === 'unsubscribe' && !context.isInUnsubscribeCall(filter));
      if (state && isObsolete(state)) context.onObsolete(filter, state);
      if (!needsRequest) {
        if (state !== undefined && state.pending === undefined && state.hangUps > 0) context.onUnneeded(state);
      } else if (context.isNearIsolation(state!)) {
        sentSeparately ??= filter;
        continue;
      } else if (!state!.isolated) {
        const { identifier, wanted } = state!;
        // filters with another identifier or other user properties need a SUBSCRIBE of their own
        if (kind === 'subscribe' && subscribe.length > 0 && !mayJoin(changes, identifier, wanted)) continue;
        if (!fits(kind, kind === 'subscribe' ? wanted : { filter }, identifier)) break;
        this.#add(filter, changes);
      }
      this.#remove(filter);
    }
    if (sentSeparately !== undefined && context.isIdle && subscribe.length + unsubscribe.length === 0) {
      this.#add(sentSeparately, changes);
      this.#remove(sentSeparately);
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

  #remove(filter: string): void {
    this.#unidentified.delete(filter);
    this.#changed.delete(filter);
  }
}

const createChanges = (): Changes => ({ subscribe: [], identifier: undefined, unsubscribe: [] });

/** Whether a filter may be in the same SUBSCRIBE as those of the changes. */
const mayJoin = (changes: Changes, identifier: number | undefined, { userProperties }: FilterRequest): boolean =>
  identifier === changes.identifier && areSameProperties(userProperties, changes.subscribe[0]!.userProperties);
