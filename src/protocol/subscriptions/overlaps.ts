import type { SubscriptionChanges } from './subscription-changes.js';
import { type Identifiable, OverlapIdentifiers } from './overlap-identifiers.js';
import type { SubscriptionState } from './subscription-state.js';
import type { TopicPrefixes } from '../topics/prefixes.js';
import { hasWildcard } from '../topics/syntax.js';

/**
 * The subscription identifiers (5.0 section 3.8.2.1.2) of filters that overlap one another, so that each copy of a message tells because of
 * which filter it was sent, and of filters with unpredictable topics, so that their messages are recognised. No others get one.
 *
 * Most clients have no such filters, and their filters are not even compared.
 */
export class Overlaps {
  // lives with the session
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #prefixes: TopicPrefixes;
  readonly #random: () => number;
  /** Whether a filter was wanted that has wildcards or a prefix. Others overlap only such filters. */
  #hasPatterns = false;
  /** Undefined until there are filters that may overlap, or have unpredictable topics. */
  #identifiers: OverlapIdentifiers | undefined = undefined;

  // lives with the connection
  /** Undefined where no filter may have an identifier. */
  #identifiable: Identifiable | undefined = undefined;

  constructor(states: ReadonlyMap<string, SubscriptionState>, prefixes: TopicPrefixes, random: () => number) {
    this.#states = states;
    this.#prefixes = prefixes;
    this.#random = random;
  }

  /** Begins a connection. Must be followed by `beginFilter()` for each filter that has an identifier. */
  begin(identifiable: Identifiable | undefined): void {
    this.#identifiable = identifiable;
    this.#identifiers?.begin(identifiable);
  }

  /** Takes the identifier from a filter that the broker does not hold, or that may not have one on this connection. */
  beginFilter(filter: string, state: SubscriptionState, sessionPresent: boolean): void {
    if (!sessionPresent || this.#identifiable?.(state.wanted) !== true) this.releaseIdentifier(filter, state);
  }

  /** Adds a filter that was not wanted before. */
  add(filter: string, state: SubscriptionState): void {
    this.#hasPatterns ||= hasWildcard(filter) || this.#prefixes.lengthOf(filter) > 0;
    this.#identifiers?.add(filter, state);
  }

  /** Removes a filter that is no longer wanted. It keeps its identifier while the broker has it. */
  remove(filter: string, state: SubscriptionState): void {
    this.#identifiers?.remove(filter, state);
  }

  /** Takes the identifier from a filter that the broker no longer holds with it. */
  releaseIdentifier(filter: string, state: SubscriptionState): void {
    this.#identifiers?.release(filter, state);
  }

  /** Assigns new identifiers for another session, as messages in it may have the identifiers of an earlier time for other filters. */
  renewIdentifiers(): void {
    this.#identifiers?.renew();
  }

  /**
   * Assigns identifiers where they are needed now, and marks each filter that gets one as changed. Returns false if it stopped because
   * `mayContinue`, which is called after each filter, has returned false.
   */
  assignIdentifiers(changes: SubscriptionChanges, mayContinue: () => boolean): boolean {
    if (this.#identifiable === undefined) return true;
    if (this.#identifiers === undefined) {
      if (!this.#mayBeNeeded) return true;
      this.#identifiers = new OverlapIdentifiers(this.#states, this.#prefixes, this.#random);
      this.#identifiers.begin(this.#identifiable, changes.changed);
    }
    return this.#identifiers.assign(changes, mayContinue);
  }

  /** Whether any filter has an identifier. */
  get hasIdentifiers(): boolean {
    return this.#identifiers?.ids.isUsed === true;
  }

  /** Whether the identifier was assigned in this session, even if its filters no longer exist. */
  hasAssigned(identifier: number): boolean {
    return this.#identifiers?.ids.hasAssigned(identifier) === true;
  }

  /** Returns the filter with unpredictable topics that has this identifier. */
  unpredictableFilterOf(identifier: number): string | undefined {
    const group = this.#identifiers?.ids.groupOf(identifier);
    return group !== undefined && this.#prefixes.hasUnpredictableTopics(group) ? group : undefined;
  }

  get #mayBeNeeded(): boolean {
    if (!this.#hasPatterns || this.#states.size > 1) return this.#hasPatterns;
    for (const filter of this.#states.keys()) if (this.#prefixes.hasUnpredictableTopics(filter)) return true;
    return false;
  }
}
