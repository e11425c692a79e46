import { LARGEST_IDENTIFIER } from '../packet-size.js';

/**
 * The subscription identifiers of a session. The filters of one group share an identifier, so a few serve thousands of filters. An
 * identifier that is no longer used is not assigned again, as copies of messages with it may still arrive.
 */
export class SubscriptionIds {
  /** The identifiers are counted from the one after this. */
  #offset: number;
  #assignedCount = 0;
  readonly #byGroup = new Map<string, number>();
  /** The group of each identifier in use, and the number of filters that use it. */
  readonly #inUse = new Map<number, { readonly group: string; count: number }>();

  /** @param random - tells where the identifiers begin, as an earlier process may have left identifiers in the broker's session. */
  constructor(random: () => number) {
    this.#offset = Math.floor(random() * LARGEST_IDENTIFIER);
  }

  /** Returns the identifier of a group, for one more filter. */
  take(group: string): number {
    let id = this.#byGroup.get(group);
    if (id === undefined) {
      id = ((this.#offset + this.#assignedCount++) % LARGEST_IDENTIFIER) + 1;
      this.#byGroup.set(group, id);
      this.#inUse.set(id, { group, count: 0 });
    }
    this.#inUse.get(id)!.count++;
    return id;
  }

  /** Gives back an identifier for one filter. */
  release(id: number): void {
    const usage = this.#inUse.get(id)!;
    if (--usage.count > 0) return;
    this.#inUse.delete(id);
    this.#byGroup.delete(usage.group);
  }

  /** Forgets all assigned identifiers, and assigns others from now on. */
  renew(): void {
    this.#offset = (this.#offset + this.#assignedCount) % LARGEST_IDENTIFIER;
    this.#assignedCount = 0;
    this.#byGroup.clear();
    this.#inUse.clear();
  }

  /** Returns the group that uses an identifier now. */
  groupOf(id: number): string | undefined {
    return this.#inUse.get(id)?.group;
  }

  get isUsed(): boolean {
    return this.#inUse.size > 0;
  }

  /** Whether the identifier was assigned since the last `renew()`, even if no filter uses it now. */
  hasAssigned(id: number): boolean {
    return (id - 1 - this.#offset + LARGEST_IDENTIFIER) % LARGEST_IDENTIFIER < this.#assignedCount;
  }
}
