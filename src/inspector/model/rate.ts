/** The ms after which an event counts for little more than a third of what it did. */
const DECAY = 5_000;
/** ms that a rate takes for the time since its first event at least. */
const SHORTEST = 1_000;

/** How many events, or bytes, come in a second: a mean in which the last few seconds count most. It takes three numbers. */
export class Rate {
  #perMs = 0;
  #at = 0;
  #first = -1;

  add(at: number, amount = 1): void {
    if (this.#first < 0) this.#first = at;
    this.#perMs = this.#decayed(at) + amount / DECAY;
    this.#at = Math.max(at, this.#at);
  }

  perSecond(now: number): number {
    // A mean of the last seconds would begin with 0 and rise slowly; what it lacks is known.
    const known = 1 - Math.exp(-Math.max(SHORTEST, now - this.#first) / DECAY);
    return (this.#decayed(now) * 1_000) / known;
  }

  #decayed(at: number): number {
    return at <= this.#at ? this.#perMs : this.#perMs * Math.exp((this.#at - at) / DECAY);
  }
}
