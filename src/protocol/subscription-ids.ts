/** 5.0 section 3.8.2.1.2 */
const MAXIMUM = 268_435_455;

/**
 * The subscription identifiers of a session. Filters share one where that can be, so a few serve thousands; one that nobody uses
 * any more is not given again, as copies with it may still be on their way.
 */
export class SubscriptionIds {
  readonly #before: number;
  #given = 0;
  /** How many filters use each. */
  readonly #uses = new Map<number, number>();

  /** It begins at random: an earlier process may have left identifiers in the same session at the broker. */
  constructor(random: () => number) {
    this.#before = Math.floor(random() * MAXIMUM);
  }

  /** None of these: one that is in use already, if it can be. */
  take(avoid: ReadonlySet<number | undefined>): number {
    let id: number | undefined;
    for (const used of this.#uses.keys()) {
      if (avoid.has(used)) continue;
      id = used;
      break;
    }
    id ??= ((this.#before + this.#given++) % MAXIMUM) + 1;
    this.#uses.set(id, (this.#uses.get(id) ?? 0) + 1);
    return id;
  }

  release(id: number): void {
    const uses = this.#uses.get(id)! - 1;
    if (uses === 0) this.#uses.delete(id);
    else this.#uses.set(id, uses);
  }

  get used(): boolean {
    return this.#uses.size > 0;
  }

  /** Whether this one was given here, whoever uses it now. */
  has(id: number): boolean {
    return (id - 1 - this.#before + MAXIMUM) % MAXIMUM < this.#given;
  }
}
