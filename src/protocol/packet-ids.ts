const MAXIMUM = 0xffff;
const FIRST_CAPACITY = 64;

/**
 * Packet identifiers, 1 to 65,535 (5.0 section 2.2.1). They count up while there are fresh ones, then come back in the order of
 * their release: O(1), and an identifier rests as long as it can before it is used again.
 */
export class PacketIds {
  #fresh = 1;
  #released = new Uint16Array(FIRST_CAPACITY);
  #first = 0;
  #count = 0;

  /** Takes the next free identifier; 0 when all are in use. */
  take(): number {
    if (this.#fresh <= MAXIMUM) return this.#fresh++;
    if (this.#count === 0) return 0;
    const id = this.#released[this.#first]!;
    this.#first = (this.#first + 1) % this.#released.length;
    this.#count--;
    return id;
  }

  /** Gives back an identifier that `take` gave out, once. */
  release(id: number): void {
    if (this.#count === this.#released.length) this.#grow();
    this.#released[(this.#first + this.#count) % this.#released.length] = id;
    this.#count++;
  }

  /** Takes an identifier that `take` gave out before; false when it is in use. */
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

  /** What `take` would give. */
  get next(): number {
    if (this.#fresh <= MAXIMUM) return this.#fresh;
    return this.#count === 0 ? 0 : this.#released[this.#first]!;
  }

  get inUse(): number {
    return this.#fresh - 1 - this.#count;
  }

  #grow(): void {
    const larger = new Uint16Array(this.#released.length * 2);
    for (let i = 0; i < this.#count; i++) larger[i] = this.#released[(this.#first + i) % this.#released.length]!;
    this.#released = larger;
    this.#first = 0;
  }
}
