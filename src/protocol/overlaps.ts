import { type Entry, isWanted } from './subscription-entry.js';
import { SubscriptionIds } from './subscription-ids.js';
import { FilterSet } from './topics/filter-set.js';

/** Whether the broker can be told an identifier with this filter. */
export type Identifiable = (filter: string) => boolean;

const never: Identifiable = () => false;

/**
 * Gives identifiers to filters that overlap one another (5.0 section 3.8.2.1.2), and to no others: each copy of a message then says
 * because of which filter it came. Filters that do not overlap may share one.
 */
export class Overlaps {
  // lives with the session
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #filters = new FilterSet();
  readonly #ids: SubscriptionIds;

  // lives with the connection
  #identifiable = never;
  /** Wanted anew: what they overlap is not known yet. */
  readonly #arrived = new Set<string>();

  constructor(entries: ReadonlyMap<string, Entry>, random: () => number) {
    this.#entries = entries;
    this.#ids = new SubscriptionIds(random);
  }

  begin(identifiable: Identifiable): void {
    this.#identifiable = identifiable;
    for (const [filter, entry] of this.#entries) {
      if (!identifiable(filter)) this.forget(entry);
      this.#arrived.add(filter);
    }
  }

  /** The filter is wanted, and was not before. */
  arrive(filter: string): void {
    this.#filters.add(filter);
    this.#arrived.add(filter);
  }

  /** Neither is it wanted nor held. */
  leave(filter: string, entry: Entry): void {
    this.forget(entry);
    this.#filters.delete(filter);
    this.#arrived.delete(filter);
  }

  /** The broker does not hold the filter with its identifier any more. */
  forget(entry: Entry): void {
    if (entry.identifier !== undefined) this.#ids.release(entry.identifier);
    entry.identifier = undefined;
    entry.identified = false;
  }

  /** Gives identifiers where they are needed now. `given` is told each filter that gets one. */
  identify(given: (filter: string) => void): void {
    for (const filter of this.#arrived) {
      if (!isWanted(this.#entries.get(filter)) || !this.#identifiable(filter)) continue;
      const others = this.#filters.overlapping(filter).filter(other => isWanted(this.#entries.get(other)));
      if (others.length === 0) continue;
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

  #give(filter: string): boolean {
    const entry = this.#entries.get(filter)!;
    if (entry.identifier !== undefined || !this.#identifiable(filter)) return false;
    const taken = this.#filters.overlapping(filter).map(other => this.#entries.get(other)!.identifier);
    entry.identifier = this.#ids.take(new Set(taken));
    return true;
  }
}
