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
  /** A ring buffer of the released identifiers. */
  #released = NONE;
  #first = 0;
  #count = 0;

  /** Takes the next free identifier. Returns 0 when all are in use. */
  take(): number {
    if (this.#nextUnused <= MAXIMUM) return this.#nextUnused++;
    if (this.#count === 0) return 0;
    const id = this.#released[this.#first]!;
    this.#first = (this.#first + 1) % this.#released.length;
    this.#count--;
    return id;
  }

  /** Releases an identifier that `take()` returned. Must be called once per identifier. */
  release(id: number): void {
    if (this.#count === this.#released.length) this.#grow();
    this.#released[(this.#first + this.#count) % this.#released.length] = id;
    this.#count++;
  }

  /** Takes a certain identifier that was released. Returns false when it is in use. */
  reserve(id: number): boolean {
    const size = this.#released.length;
    for (let i = 0; i < this.#count; i++) {
      if (this.#released[(this.#first + i) % size] !== id) continue;
      for (let j = i + 1; j < this.#count; j++)
        this.#released[(this.#first + j - 1) % size] = this.#released[(this.#first + j) % size]!;
      this.#count--;
      return true;
    }
    return false;
  }

  /** Takes exactly these identifiers, and releases all others. */
  restore(ids: ReadonlySet<number>): void {
    this.#count = this.#first = 0;
    this.#nextUnused = 1 + Math.max(0, ...ids);
    for (let id = 1; id < this.#nextUnused; id++) if (!ids.has(id)) this.release(id);
  }

  /** What `take()` would return. */
  get next(): number {
    if (this.#nextUnused <= MAXIMUM) return this.#nextUnused;
    return this.#count === 0 ? 0 : this.#released[this.#first]!;
  }

  get inUse(): number {
    return this.#nextUnused - 1 - this.#count;
  }

  #grow(): void {
    const larger = new Uint16Array(Math.max(INITIAL_CAPACITY, 2 * this.#released.length));
    for (let i = 0; i < this.#count; i++) larger[i] = this.#released[(this.#first + i) % this.#released.length]!;
    this.#released = larger;
    this.#first = 0;
  }
}
