import type { SubscriptionChanges } from './subscription-changes.js';
import { type SubscriptionState, isWanted } from './subscription-state.js';
import { SubscriptionIds } from './subscription-ids.js';
import type { FilterRequest } from './subscription-request.js';
import { FilterSet, formOf } from '../topics/filter-set.js';
import type { TopicPrefixes } from '../topics/prefixes.js';
import { Queue } from '../collections/queue.js';

/** Whether a SUBSCRIBE of this filter may have a subscription identifier. */
export type Identifiable = (request: FilterRequest) => boolean;

/**
 * Finds the filters that overlap one another, or have unpredictable topics, and assigns identifiers to them. Two filters of one form, with
 * wildcards at the same levels, never overlap, so they share an identifier.
 */
export class OverlapIdentifiers {
  // lives with the session
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #prefixes: TopicPrefixes;
  /** The wanted filters without an identifier. */
  readonly #plain: FilterSet;
  /** The wanted filters with an identifier. */
  readonly #identified: FilterSet;
  readonly ids: SubscriptionIds;

  // lives with the connection
  #identifiable: Identifiable | undefined;
  /** The filters that may have to be added to the sets or removed from them, before any is compared with the others. */
  #toUpdate: Iterator<[string, SubscriptionState]> | undefined;
  /** The filters that have not been compared with the others since the beginning. Others that are wanted meanwhile may be among them. */
  #sweep: Iterator<string> | undefined;
  /** The filters that overlap the last one that was compared, itself included, and may have no identifier yet: '#' overlaps all others. */
  readonly #overlapping = new Queue<string>();
  /** The newly wanted filters that have not been compared with the others yet. */
  readonly #unchecked = new Set<string>();

  constructor(states: ReadonlyMap<string, SubscriptionState>, prefixes: TopicPrefixes, random: () => number) {
    this.#states = states;
    this.#prefixes = prefixes;
    this.#plain = new FilterSet(prefixes);
    this.#identified = new FilterSet(prefixes);
    this.ids = new SubscriptionIds(random);
  }

  /**
   * Begins a connection, or to compare filters during one.
   *
   * @param changed - the filters that may overlap others. Default: all.
   */
  begin(identifiable: Identifiable | undefined, changed: Pick<ReadonlySet<string>, 'keys'> = this.#states): void {
    this.#identifiable = identifiable;
    this.#unchecked.clear();
    this.#overlapping.clear();
    this.#toUpdate = this.#states[Symbol.iterator]();
    this.#sweep = changed.keys();
  }

  add(filter: string, state: SubscriptionState): void {
    this.#compare(filter, state);
    this.#unchecked.add(filter);
  }

  remove(filter: string, state: SubscriptionState): void {
    if (state.isCompared) (state.identifier === undefined ? this.#plain : this.#identified).delete(filter);
    state.isCompared = false;
    this.#unchecked.delete(filter);
  }

  release(filter: string, state: SubscriptionState): void {
    state.isIdentified = false;
    if (state.identifier === undefined) return;
    this.ids.release(state.identifier);
    state.identifier = undefined;
    if (!state.isCompared) return;
    this.#identified.delete(filter);
    this.#plain.add(filter);
  }

  renew(): void {
    for (const [filter, state] of this.#states) this.release(filter, state);
    this.ids.renew();
  }

  /**
   * Assigns identifiers where filters overlap, and marks each filter that gets one as changed. Returns false if it stopped because
   * `mayContinue` has returned false: then it goes on with the next call.
   */
  assign(changes: Pick<SubscriptionChanges, 'markChanged'>, mayContinue: () => boolean): boolean {
    if (!this.#updateSets(mayContinue) || !this.#assignOverlapping(changes, mayContinue)) return false;
    const sweep = this.#sweep;
    for (let next = sweep?.next(); next?.done === false; next = sweep?.next()) {
      const state = this.#states.get(next.value);
      if (state?.isCompared === true) this.#findOverlapping(next.value, state);
      if (!this.#assignOverlapping(changes, mayContinue) || !mayContinue()) return false;
    }
    this.#sweep = undefined;
    for (const filter of this.#unchecked) {
      this.#findOverlapping(filter, this.#states.get(filter)!);
      this.#unchecked.delete(filter);
      if (!this.#assignOverlapping(changes, mayContinue) || !mayContinue()) return false;
    }
    return true;
  }

  #isIdentifiable({ wanted }: SubscriptionState): boolean {
    return this.#identifiable?.(wanted) === true;
  }

  #updateSets(mayContinue: () => boolean): boolean {
    const toUpdate = this.#toUpdate;
    for (let next = toUpdate?.next(); next?.done === false; next = toUpdate?.next()) {
      const [filter, state] = next.value;
      if (isWanted(state) && !state.isCompared) this.#compare(filter, state);
      else if (!isWanted(state) && state.isCompared) this.remove(filter, state);
      if (!mayContinue()) return false;
    }
    this.#toUpdate = undefined;
    return true;
  }

  #compare(filter: string, state: SubscriptionState): void {
    (state.identifier === undefined ? this.#plain : this.#identified).add(filter);
    state.isCompared = true;
  }

  #findOverlapping(filter: string, state: SubscriptionState): void {
    if (!this.#isIdentifiable(state)) return;
    const others = this.#plain.overlapping(filter);
    const needsIdentifier =
      others.length > 0 || this.#prefixes.hasUnpredictableTopics(filter) || this.#identified.overlaps(filter);
    if (!needsIdentifier) return;
    this.#overlapping.push(filter);
    for (const other of others) this.#overlapping.push(other);
  }

  #assignOverlapping(changes: Pick<SubscriptionChanges, 'markChanged'>, mayContinue: () => boolean): boolean {
    for (let filter = this.#overlapping.take(); filter !== undefined; filter = this.#overlapping.take()) {
      if (this.#assign(filter)) changes.markChanged(filter);
      if (!mayContinue()) return false;
    }
    return true;
  }

  #assign(filter: string): boolean {
    const state = this.#states.get(filter);
    // it may not be wanted any more
    if (state === undefined || !state.isCompared) return false;
    if (state.identifier !== undefined || !this.#isIdentifiable(state)) return false;
    state.identifier = this.ids.take(this.#groupOf(filter));
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
