/** A power of two. The capacity of a queue that holds no more, so that a queue that fills and empties all the time allocates nothing. */
const INITIAL_CAPACITY = 8;

/**
 * A queue of values, first in, first out. Adding and taking are O(1) at any length: the values are in a ring, which doubles when it is
 * full and is given back when the queue becomes empty. An array with `shift()` moves all elements that remain, once it is long.
 */
export class Queue<T> {
  /** Made for the first value, because most queues never have one. */
  #ring: (T | undefined)[] = NO_RING;
  /** The index of the oldest value in the ring. */
  #start = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The value that `take()` returns next. */
  get oldest(): T | undefined {
    return this.#ring[this.#start];
  }

  push(value: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[this.#indexOf(this.#length)] = value;
    this.#length++;
  }

  /** Removes and returns the oldest value. */
  take(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#ring[this.#start];
    this.#ring[this.#start] = undefined;
    this.#start = this.#indexOf(1);
    this.#length--;
    this.#giveBackIfEmpty();
    return value;
  }

  /** Removes and returns the value that was pushed last. */
  takeNewest(): T | undefined {
    if (this.#length === 0) return undefined;
    this.#length--;
    const index = this.#indexOf(this.#length);
    const value = this.#ring[index];
    this.#ring[index] = undefined;
    this.#giveBackIfEmpty();
    return value;
  }

  clear(): void {
    this.#ring = NO_RING;
    this.#start = this.#length = 0;
  }

  /** Returns the index in the ring of the value that has `offset` values before it. */
  #indexOf(offset: number): number {
    return (this.#start + offset) & (this.#ring.length - 1);
  }

  #grow(): void {
    const ring = createRing<T>(Math.max(INITIAL_CAPACITY, 2 * this.#length));
    for (let i = 0; i < this.#length; i++) ring[i] = this.#ring[this.#indexOf(i)];
    this.#ring = ring;
    this.#start = 0;
  }

  #giveBackIfEmpty(): void {
    if (this.#length === 0 && this.#ring.length > INITIAL_CAPACITY) this.clear();
  }
}

const NO_RING: undefined[] = [];

const createRing = <T>(capacity: number): (T | undefined)[] => new Array<T | undefined>(capacity);
