import { type Entry, isWanted } from './subscription-entry.js';
import { SubscriptionIds } from './subscription-ids.js';
import type { FilterRequest } from './subscription-request.js';
import { FilterSet, formOf } from './topics/filter-set.js';
import type { TopicPrefixes } from './topics/prefixes.js';

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
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #prefixes: TopicPrefixes;
  /** The wanted filters without an identifier, and those with one. */
  readonly #plain: FilterSet;
  readonly #identified: FilterSet;
  readonly #ids: SubscriptionIds;

  // lives with the connection
  #identifiable = never;
  /** Wanted anew: what they overlap is not known yet. */
  readonly #arrived = new Set<string>();

  constructor(entries: ReadonlyMap<string, Entry>, prefixes: TopicPrefixes, random: () => number) {
    this.#entries = entries;
    this.#prefixes = prefixes;
    this.#plain = new FilterSet(prefixes);
    this.#identified = new FilterSet(prefixes);
    this.#ids = new SubscriptionIds(random);
  }

  begin(identifiable: Identifiable): void {
    this.#identifiable = identifiable;
    for (const [filter, entry] of this.#entries) {
      if (!identifiable(entry.wanted)) this.forget(filter, entry);
      if (isWanted(entry)) this.arrive(filter, entry);
      else this.depart(filter);
    }
  }

  /** The filter is wanted, and was not before. */
  arrive(filter: string, entry: Entry): void {
    (entry.identifier === undefined ? this.#plain : this.#identified).add(filter);
    this.#arrived.add(filter);
  }

  /** The filter is not wanted any more. It keeps its identifier while the broker has it. */
  depart(filter: string): void {
    this.#plain.delete(filter);
    this.#identified.delete(filter);
    this.#arrived.delete(filter);
  }

  /** The broker does not hold the filter with its identifier any more. */
  forget(filter: string, entry: Entry): void {
    if (entry.identifier !== undefined) this.#ids.release(entry.identifier);
    entry.identifier = undefined;
    entry.identified = false;
    this.#identified.delete(filter);
  }

  /** The session is another one: copies that come in it with an identifier of before have nothing to do with what has that one now. */
  renew(): void {
    for (const [filter, entry] of this.#entries) this.forget(filter, entry);
    this.#ids.renew();
  }

  /** Gives identifiers where they are needed now. `given` is told each filter that gets one. */
  identify(given: (filter: string) => void): void {
    for (const filter of this.#arrived) {
      if (!this.#identifiable(this.#entries.get(filter)!.wanted)) continue;
      const others = this.#plain.overlapping(filter);
      if (others.length === 0 && !this.#prefixes.isAlias(filter) && !this.#identified.overlaps(filter)) continue;
      for (const each of [filter, ...others]) if (this.#give(each)) given(each);
    }
    this.#arrived.clear();
  }

  /** Some filters have identifiers. */
  get any(): boolean {
    return this.#ids.used;
  }

  /** Whether an identifier was given here, to a filter that is there or was. */
  gave(identifier: number): boolean {
    return this.#ids.has(identifier);
  }

  /** The filter whose topics may be anything and that has this identifier. */
  aliasOf(identifier: number): string | undefined {
    const group = this.#ids.groupOf(identifier);
    return group !== undefined && this.#prefixes.isAlias(group) ? group : undefined;
  }

  #give(filter: string): boolean {
    const entry = this.#entries.get(filter)!;
    if (entry.identifier !== undefined || !this.#identifiable(entry.wanted)) return false;
    entry.identifier = this.#ids.take(this.#groupOf(filter));
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
