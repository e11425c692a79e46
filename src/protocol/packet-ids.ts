const MAXIMUM = 0xffff;
/** Small enough for engines to keep it inside the array, without a buffer. */
const INITIAL_CAPACITY = 16;
const NONE = new Uint16Array(0);

/**
 * Packet identifiers, 1 to 65,535 (5.0 section 2.2.1). Unused ones are taken in ascending order, then released ones in the order of their
 * release, so that an identifier stays unused for as long as possible. `take()` and `release()` are O(1).
 */
export class PacketIds {
  #nextUnused = 1;
  /** The identifiers that were released first, while each one succeeds the one before. This is the usual order, and needs no table. */
  #runStart = 0;
  #runLength = 0;
  /** A ring buffer of the identifiers that were released after the run. */
  #released = NONE;
  #first = 0;
  #count = 0;

  /** Takes the next free identifier. Returns 0 when all are in use. */
  take(): number {
    return this.#nextUnused <= MAXIMUM ? this.#nextUnused++ : this.#takeReleased();
  }

  /** Releases an identifier that `take()` returned. Must be called once per identifier. */
  release(id: number): void {
    if (this.#count === 0 && this.#isNextOfRun(id)) {
      if (this.#runLength++ === 0) this.#runStart = id;
      return;
    }
    if (this.#count === this.#released.length) this.#grow();
    this.#released[(this.#first + this.#count) % this.#released.length] = id;
    this.#count++;
  }

  /** Takes those of the identifiers that are released, and returns them. */
  reserve(ids: readonly number[]): number[] {
    if (ids.length === 0) return [];
    const wanted = new Set(ids);
    const reserved: number[] = [];
    // taking each one and releasing it again keeps the order
    for (let left = this.#runLength + this.#count; left > 0; left--) {
      const id = this.#takeReleased();
      if (wanted.has(id)) reserved.push(id);
      else this.release(id);
    }
    return reserved;
  }

  /** Takes exactly these identifiers, and releases all others. */
  restore(ids: ReadonlySet<number>): void {
    this.#count = this.#first = this.#runLength = 0;
    this.#nextUnused = 1 + Math.max(0, ...ids);
    for (let id = 1; id < this.#nextUnused; id++) if (!ids.has(id)) this.release(id);
  }

  /** What `take()` would return. */
  get next(): number {
    if (this.#nextUnused <= MAXIMUM) return this.#nextUnused;
    if (this.#runLength > 0) return this.#runStart;
    return this.#count === 0 ? 0 : this.#released[this.#first]!;
  }

  get inUse(): number {
    return this.#nextUnused - 1 - this.#runLength - this.#count;
  }

  #takeReleased(): number {
    if (this.#runLength > 0) {
      const id = this.#runStart;
      this.#runStart = successor(id);
      this.#runLength--;
      return id;
    }
    if (this.#count === 0) return 0;
    const id = this.#released[this.#first]!;
    this.#first = (this.#first + 1) % this.#released.length;
    this.#count--;
    return id;
  }

  #isNextOfRun(id: number): boolean {
    return this.#runLength === 0 || id === successor(this.#runStart + this.#runLength - 1);
  }

  #grow(): void {
    const larger = new Uint16Array(Math.max(INITIAL_CAPACITY, 2 * this.#released.length));
    for (let i = 0; i < this.#count; i++) larger[i] = this.#released[(this.#first + i) % this.#released.length]!;
    this.#released = larger;
    this.#first = 0;
  }
}

/** The identifier that follows another one: after the last one, the first. The argument may be past the last one. */
const successor = (id: number): number => (id % MAXIMUM) + 1;
