/** The ms after which an event counts for little more than a third of what it did. */
const DECAY = 5_000;

/** How many events, or bytes, come in a second: a mean in which the last few seconds count most. It takes two numbers. */
export class Rate {
  #perMs = 0;
  #at = 0;

  add(at: number, amount = 1): void {
    this.#perMs = this.#decayed(at) + amount / DECAY;
    this.#at = Math.max(at, this.#at);
  }

  perSecond(now: number): number {
    return this.#decayed(now) * 1_000;
  }

  #decayed(at: number): number {
    return at <= this.#at ? this.#perMs : this.#perMs * Math.exp((this.#at - at) / DECAY);
  }
}
