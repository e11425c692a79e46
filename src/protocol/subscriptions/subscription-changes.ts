import type { Isolation } from '../isolation.js';
import { areSameProperties } from './merge-requests.js';
import { type SubscriptionState, nextRequest, isObsolete, lacksIdentifier, requestOf } from './subscription-state.js';
import type { FilterRequest, Request } from './subscription-request.js';

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
  /** Whether all requests are answered. */
  readonly isIdle: boolean;
  /** Called for each filter that no stream wants and the broker does not have. */
  readonly onObsolete: (filter: string, state: SubscriptionState) => void;
  /** Called for each filter that needs no request, as there may be very many. If it returns false, the rest is left. */
  readonly mayContinue: () => boolean;
}

/** One call of `SubscriptionChanges.take()`. */
interface Taking {
  readonly changes: Changes;
  readonly fits: Fits;
  readonly context: ChangesContext;
  /** The first filter that has to be in a request of its own. */
  sentSeparately: string | undefined;
  /** The filters that were taken as changed ones, and may be met again. Undefined while there are none. */
  taken: Set<string> | undefined;
}

/** The filters whose wanted state may differ from what the broker holds. Lives with the connection. */
export class SubscriptionChanges {
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #isolation: Isolation;
  /** Undefined while there are none, as for the next one. */
  #changed: Set<string> | undefined = undefined;
  /** The changed filters that the broker holds without the identifier that they need before others are subscribed. */
  #unidentified: Set<string> | undefined = undefined;
  /**
   * The filters that have not been looked at since the connection began, when each of them may need a request. One that has to wait then
   * becomes one of `#changed`. A Set of all of them would take long to make.
   */
  #sweep: Iterator<string> | undefined;
  #hasSweepStarted = false;
  #isDue = false;

  constructor(states: ReadonlyMap<string, SubscriptionState>, isolation: Isolation) {
    this.#states = states;
    this.#isolation = isolation;
  }

  /** Whether there are changes since the last `take()`. Those that were left then wait for answers. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Whether `take()` would find nothing. */
  get isEmpty(): boolean {
    return !this.#isDue && this.#sweep === undefined && !this.#changed?.size && !this.#unidentified?.size;
  }

  /** Begins a connection, on which each filter may need a request. Those that lack their identifier must be marked as changed, too. */
  begin(): void {
    this.#unidentified = undefined;
    this.#changed = undefined;
    this.#sweep = undefined;
    if (this.#states.size === 0) return;
    this.#sweep = this.#states.keys();
    this.#hasSweepStarted = false;
    this.#isDue = true;
  }

  /** The changed filters; undefined where all filters may have changed, because a connection has just begun. */
  get changed(): ReadonlySet<string> | undefined {
    return this.#sweep === undefined || this.#hasSweepStarted ? (this.#changed ?? new Set()) : undefined;
  }

  /** Records a change that is not one of a filter. */
  markDue(): void {
    this.#isDue = true;
  }

  markChanged(filter: string): void {
    const state = this.#states.get(filter);
    this.#isDue = true;
    if (state && lacksIdentifier(state)) (this.#unidentified ??= new Set()).add(filter);
    else if (this.#sweep === undefined || this.#hasSweepStarted) (this.#changed ??= new Set()).add(filter);
  }

  /** Takes as many changes as fit into one packet of each kind. */
  take(fits: Fits, context: ChangesContext): Changes {
    this.#isDue = false;
    const changes = createChanges();
    // A filter is subscribed after those that it overlaps have their identifiers, as some messages would arrive twice otherwise.
    const taking: Taking = { changes, fits, context, sentSeparately: undefined, taken: undefined };
    this.#takeFrom(this.#unidentified, taking);
    if (!this.#sendSeparately(taking) && !this.#unidentified?.size) {
      if (this.#takeFrom(this.#changed, taking)) this.#takeFromSweep(taking);
      this.#sendSeparately(taking);
    }
    if (this.#changed?.size === 0) this.#changed = undefined;
    return changes;
  }

  /** Takes only this filter, which is isolated, or nothing. */
  takeAlone(filter?: string): Changes {
    this.#isDue = false;
    const changes = createChanges();
    if (filter !== undefined) this.#add(filter, changes);
    return changes;
  }

  /** Returns false if it stopped, because the packet is full or the work is to be continued later. */
  #takeFrom(filters: ReadonlySet<string> | undefined, taking: Taking): boolean {
    for (const filter of filters ?? []) {
      const result = this.#take(filter, taking);
      if (result === 'full') return false;
      if (result === 'later') continue;
      if (result === 'taken') (taking.taken ??= new Set()).add(filter);
      this.#remove(filter);
      if (result === 'unneeded' && !taking.context.mayContinue()) return false;
    }
    return true;
  }

  #takeFromSweep(taking: Taking): void {
    const sweep = this.#sweep;
    this.#hasSweepStarted = true;
    for (let next = sweep?.next(); next?.done === false; next = sweep?.next()) {
      if (taking.taken?.has(next.value) === true) continue;
      const result = this.#take(next.value, taking);
      if (result === 'full' || result === 'later') (this.#changed ??= new Set()).add(next.value);
      if (result === 'full' || (result === 'unneeded' && !taking.context.mayContinue())) return;
    }
    this.#sweep = undefined;
  }

  /** Adds a filter to the changes, if it needs a request now and fits. Otherwise says what becomes of it. */
  #take(filter: string, taking: Taking): 'taken' | 'unneeded' | 'later' | 'full' {
    const { changes, fits, context } = taking;
    const state = this.#states.get(filter);
    if (state === undefined) return 'unneeded';
    const kind = nextRequest(state);
    if (isObsolete(state)) context.onObsolete(filter, state);
    if (kind === undefined || (kind === 'unsubscribe' && context.isInUnsubscribeCall(filter))) {
      if (state.pending === undefined && state.hangUps > 0) this.#isolation.release(state);
      return 'unneeded';
    }
    // such a filter is sent in a request of its own, when all other requests are answered
    if (this.#isolation.isNearIsolation(state)) {
      taking.sentSeparately ??= filter;
      return 'later';
    }
    if (state.isolated) return 'unneeded';
    const { identifier, wanted } = state;
    // filters with another identifier or other user properties need a SUBSCRIBE of their own
    if (kind === 'subscribe' && changes.subscribe.length > 0 && !mayJoin(changes, identifier, wanted)) return 'later';
    if (!fits(kind, kind === 'subscribe' ? wanted : { filter }, identifier)) return 'full';
    this.#add(filter, changes);
    return 'taken';
  }

  /** Takes a filter that is sent in a request of its own, if nothing else is sent. */
  #sendSeparately({ sentSeparately, changes, context }: Taking): boolean {
    if (sentSeparately === undefined || !context.isIdle) return false;
    if (changes.subscribe.length + changes.unsubscribe.length > 0) return false;
    this.#add(sentSeparately, changes);
    this.#remove(sentSeparately);
    return true;
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
    this.#unidentified?.delete(filter);
    this.#changed?.delete(filter);
  }
}

export const createChanges = (): Changes => ({ subscribe: [], identifier: undefined, unsubscribe: [] });

/** Whether a filter may be in the same SUBSCRIBE as those of the changes. */
const mayJoin = (changes: Changes, identifier: number | undefined, { userProperties }: FilterRequest): boolean =>
  identifier === changes.identifier && areSameProperties(userProperties, changes.subscribe[0]!.userProperties);
