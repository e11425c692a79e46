import { type SubscriptionState, isWanted } from './subscription-state.js';
import { SubscriptionIds } from './subscription-ids.js';
import type { FilterRequest } from './subscription-request.js';
import { FilterSet, formOf } from '../topics/filter-set.js';
import type { TopicPrefixes } from '../topics/prefixes.js';

/** Whether the broker can be told an identifier with this filter. */
export type Identifiable = (request: FilterRequest) => boolean;

const never: Identifiable = () => false;

/**
 * Gives identifiers to filters that overlap one another (5.0 section 3.8.2.1.2), so that each copy of a message says because of which
 * filter it came; and to filters whose topics may be anything, so that their messages are known at all. No others get one.
 *
 * Two filters of one form, with wildcards at the same levels, never overlap, so they share an identifier.
 */
export class Overlaps {
  // lives with the session
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #prefixes: TopicPrefixes;
  /** The wanted filters without an identifier, and those with one. */
  readonly #plain: FilterSet;
  readonly #identified: FilterSet;
  readonly #ids: SubscriptionIds;

  // lives with the connection
  #identifiable = never;
  /** Wanted anew: what they overlap is not known yet. */
  readonly #unchecked = new Set<string>();

  constructor(states: ReadonlyMap<string, SubscriptionState>, prefixes: TopicPrefixes, random: () => number) {
    this.#states = states;
    this.#prefixes = prefixes;
    this.#plain = new FilterSet(prefixes);
    this.#identified = new FilterSet(prefixes);
    this.#ids = new SubscriptionIds(random);
  }

  begin(identifiable: Identifiable): void {
    this.#identifiable = identifiable;
    for (const [filter, state] of this.#states) {
      if (!identifiable(state.wanted)) this.forget(filter, state);
      if (isWanted(state)) this.add(filter, state);
      else this.remove(filter);
    }
  }

  /** The filter is wanted, and was not before. */
  add(filter: string, state: SubscriptionState): void {
    (state.identifier === undefined ? this.#plain : this.#identified).add(filter);
    this.#unchecked.add(filter);
  }

  /** The filter is not wanted any more. It keeps its identifier while the broker has it. */
  remove(filter: string): void {
    this.#plain.delete(filter);
    this.#identified.delete(filter);
    this.#unchecked.delete(filter);
  }

  /** The broker does not hold the filter with its identifier any more. */
  forget(filter: string, state: SubscriptionState): void {
    if (state.identifier !== undefined) this.#ids.release(state.identifier);
    state.identifier = undefined;
    state.identified = false;
    this.#identified.delete(filter);
  }

  /** The session is another one: copies that come in it with an identifier of before have nothing to do with what has that one now. */
  renew(): void {
    for (const [filter, state] of this.#states) this.forget(filter, state);
    this.#ids.renew();
  }

  /** Gives identifiers where they are needed now. `given` is told each filter that gets one. */
  identify(given: (filter: string) => void): void {
    for (const filter of this.#unchecked) {
      if (!this.#identifiable(this.#states.get(filter)!.wanted)) continue;
      const others = this.#plain.overlapping(filter);
      if (others.length === 0 && !this.#prefixes.isAlias(filter) && !this.#identified.overlaps(filter)) continue;
      for (const each of [filter, ...others]) if (this.#give(each)) given(each);
    }
    this.#unchecked.clear();
  }

  /** Some filters have identifiers. */
  get hasIdentifiers(): boolean {
    return this.#ids.used;
  }

  /** Whether an identifier was given here, to a filter that is there or was. */
  hasGiven(identifier: number): boolean {
    return this.#ids.has(identifier);
  }

  /** The filter whose topics may be anything and that has this identifier. */
  aliasOf(identifier: number): string | undefined {
    const group = this.#ids.groupOf(identifier);
    return group !== undefined && this.#prefixes.isAlias(group) ? group : undefined;
  }

  #give(filter: string): boolean {
    const state = this.#states.get(filter)!;
    if (state.identifier !== undefined || !this.#identifiable(state.wanted)) return false;
    state.identifier = this.#ids.take(this.#groupOf(filter));
    this.#plain.delete(filter);
    this.#identified.add(filter);
    return true;
  }

  /** What a filter shares its identifier with: `$share/group/` of one group, or nothing where its topics may be anything. */
  #groupOf(filter: string): string {
    if (this.#prefixes.isAlias(filter)) return filter;
    const start = this.#prefixes.lengthOf(filter);
    return `${filter.slice(0, start)} ${formOf(filter.slice(start))}`;
  }
}
