import type { SubscriptionChanges } from './subscription-changes.js';
import { type SubscriptionState, isWanted } from './subscription-state.js';
import { SubscriptionIds } from './subscription-ids.js';
import type { FilterRequest } from './subscription-request.js';
import { FilterSet, formOf } from '../topics/filter-set.js';
import type { TopicPrefixes } from '../topics/prefixes.js';
import { LateSet } from '../collections/late-map.js';

/** Whether a SUBSCRIBE of this filter may have a subscription identifier. */
export type Identifiable = (request: FilterRequest) => boolean;

const never: Identifiable = () => false;

/**
 * Assigns subscription identifiers (5.0 section 3.8.2.1.2) to filters that overlap one another, so that each copy of a message tells
 * because of which filter it was sent, and to filters with unpredictable topics, so that their messages are recognised. No others get one.
 *
 * Two filters of one form, with wildcards at the same levels, never overlap, so they share an identifier.
 */
export class Overlaps {
  // lives with the session
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #prefixes: TopicPrefixes;
  /** The wanted filters without an identifier. */
  readonly #plain: FilterSet;
  /** The wanted filters with an identifier. */
  readonly #identified: FilterSet;
  readonly #ids: SubscriptionIds;

  // lives with the connection
  #identifiable = never;
  /** The filters that have not been compared with the others since the connection began. Others that are wanted meanwhile may be among them. */
  #sweep: Iterator<[string, SubscriptionState]> | undefined;
  /** The newly wanted filters that have not been compared with the others yet. */
  readonly #unchecked = new LateSet<string>();

  constructor(states: ReadonlyMap<string, SubscriptionState>, prefixes: TopicPrefixes, random: () => number) {
    this.#states = states;
    this.#prefixes = prefixes;
    this.#plain = new FilterSet(prefixes);
    this.#identified = new FilterSet(prefixes);
    this.#ids = new SubscriptionIds(random);
  }

  /** Begins a connection. Must be followed by `beginFilter()` for each filter. */
  begin(identifiable: Identifiable): void {
    this.#identifiable = identifiable;
    this.#unchecked.clear();
    this.#sweep = this.#states[Symbol.iterator]();
  }

  beginFilter(filter: string, state: SubscriptionState): void {
    if (state.identifier !== undefined && !this.#identifiable(state.wanted)) this.releaseIdentifier(filter, state);
    const isToBeCompared = isWanted(state);
    if (isToBeCompared === state.isCompared) return;
    if (isToBeCompared) this.#compare(filter, state);
    else this.remove(filter, state);
  }

  /** Adds a filter that was not wanted before. */
  add(filter: string, state: SubscriptionState): void {
    this.#compare(filter, state);
    this.#unchecked.add(filter);
  }

  /** Removes a filter that is no longer wanted. It keeps its identifier while the broker has it. */
  remove(filter: string, state: SubscriptionState): void {
    if (state.isCompared) (state.identifier === undefined ? this.#plain : this.#identified).delete(filter);
    state.isCompared = false;
    this.#unchecked.delete(filter);
  }

  /** Takes the identifier from a filter that the broker no longer holds with it. */
  releaseIdentifier(filter: string, state: SubscriptionState): void {
    state.isIdentified = false;
    if (state.identifier === undefined) return;
    this.#ids.release(state.identifier);
    state.identifier = undefined;
    if (!state.isCompared) return;
    this.#identified.delete(filter);
    this.#plain.add(filter);
  }

  /** Assigns new identifiers for another session, as messages in it may have the identifiers of an earlier time for other filters. */
  renewIdentifiers(): void {
    for (const [filter, state] of this.#states) this.releaseIdentifier(filter, state);
    this.#ids.renew();
  }

  /**
   * Assigns identifiers where they are needed now, and marks each filter that gets one as changed. Returns false if it stopped because
   * `mayContinue`, which is called after each filter, has returned false.
   */
  assignIdentifiers(changes: Pick<SubscriptionChanges, 'markChanged'>, mayContinue: () => boolean): boolean {
    const sweep = this.#sweep;
    for (let next = sweep?.next(); next?.done === false; next = sweep?.next()) {
      const [filter, state] = next.value;
      if (state.isCompared) this.#assignWhereNeeded(filter, state, changes);
      if (!mayContinue()) return false;
    }
    this.#sweep = undefined;
    for (const filter of this.#unchecked) {
      this.#assignWhereNeeded(filter, this.#states.get(filter)!, changes);
      this.#unchecked.delete(filter);
      if (!mayContinue()) return false;
    }
    this.#unchecked.giveBackIfEmpty();
    return true;
  }

  /** Whether any filter has an identifier. */
  get hasIdentifiers(): boolean {
    return this.#ids.isUsed;
  }

  /** Whether the identifier was assigned in this session, even if its filters no longer exist. */
  hasAssigned(identifier: number): boolean {
    return this.#ids.hasAssigned(identifier);
  }

  /** Returns the filter with unpredictable topics that has this identifier. */
  unpredictableFilterOf(identifier: number): string | undefined {
    const group = this.#ids.groupOf(identifier);
    return group !== undefined && this.#prefixes.hasUnpredictableTopics(group) ? group : undefined;
  }

  #compare(filter: string, state: SubscriptionState): void {
    (state.identifier === undefined ? this.#plain : this.#identified).add(filter);
    state.isCompared = true;
  }

  #assignWhereNeeded(
    filter: string,
    state: SubscriptionState,
    changes: Pick<SubscriptionChanges, 'markChanged'>,
  ): void {
    if (!this.#identifiable(state.wanted)) return;
    const others = this.#plain.overlapping(filter);
    const needsIdentifier =
      others.length > 0 || this.#prefixes.hasUnpredictableTopics(filter) || this.#identified.overlaps(filter);
    if (!needsIdentifier) return;
    for (const each of [filter, ...others]) if (this.#assign(each)) changes.markChanged(each);
  }

  #assign(filter: string): boolean {
    const state = this.#states.get(filter)!;
    if (state.identifier !== undefined || !this.#identifiable(state.wanted)) return false;
    state.identifier = this.#ids.take(this.#groupOf(filter));
    this.#plain.delete(filter);
    this.#identified.add(filter);
    return true;
  }

  /** Returns what filters with one identifier have in common: prefix and form, or the whole filter where its topics are unpredictable. */
  #groupOf(filter: string): string {
    if (this.#prefixes.hasUnpredictableTopics(filter)) return filter;
    const start = this.#prefixes.lengthOf(filter);
    return `${filter.slice(0, start)} ${formOf(filter.slice(start))}`;
  }
}
