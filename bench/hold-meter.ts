/** Measures how long the event loop is held: the longest time between two of its turns. */
export class HoldMeter {
  #longest = 0;
  #last = 0;
  #isMeasuring = false;

  begin(): void {
    this.#longest = 0;
    this.#last = performance.now();
    this.#isMeasuring = true;
    setImmediate(this.#turn);
  }

  /** Returns the longest hold since `begin()` in ms. Waits for the next turn, so that the present one counts. */
  async end(): Promise<number> {
    await new Promise(resolve => setImmediate(resolve));
    this.#isMeasuring = false;
    return this.#longest;
  }

  readonly #turn = (): void => {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
    if (this.#isMeasuring) setImmediate(this.#turn);
  };
}
