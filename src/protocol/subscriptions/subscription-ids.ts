/** 5.0 section 3.8.2.1.2 */
const MAXIMUM = 268_435_455;

/**
 * The subscription identifiers of a session. Filters of one group share an identifier, so a few serve thousands; one that nobody
 * uses any more is not given again, as copies with it may still be on their way.
 */
export class SubscriptionIds {
  #before: number;
  #given = 0;
  readonly #byGroup = new Map<string, number>();
  /** The group of each that is in use, and how many filters use it. */
  readonly #inUse = new Map<number, { readonly group: string; count: number }>();

  /** It begins at random: an earlier process may have left identifiers in the same session at the broker. */
  constructor(random: () => number) {
    this.#before = Math.floor(random() * MAXIMUM);
  }

  /** The identifier of this group. */
  take(group: string): number {
    let id = this.#byGroup.get(group);
    if (id === undefined) {
      id = ((this.#before + this.#given++) % MAXIMUM) + 1;
      this.#byGroup.set(group, id);
      this.#inUse.set(id, { group, count: 0 });
    }
    this.#inUse.get(id)!.count++;
    return id;
  }

  release(id: number): void {
    const use = this.#inUse.get(id)!;
    if (--use.count > 0) return;
    this.#inUse.delete(id);
    this.#byGroup.delete(use.group);
  }

  /** Forgets all that were given, and gives others from now on. */
  renew(): void {
    this.#before = (this.#before + this.#given) % MAXIMUM;
    this.#given = 0;
    this.#byGroup.clear();
    this.#inUse.clear();
  }

  /** Whose it is now. */
  groupOf(id: number): string | undefined {
    return this.#inUse.get(id)?.group;
  }

  get used(): boolean {
    return this.#inUse.size > 0;
  }

  /** Whether this one was given here, whoever uses it now. */
  has(id: number): boolean {
    return (id - 1 - this.#before + MAXIMUM) % MAXIMUM < this.#given;
  }
}
