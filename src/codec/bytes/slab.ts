import { ByteWriter } from './byte-writer.js';

/** bytes; many small packets share one of these. */
export const SLAB = 0x10000;

/** The first is small, and each is twice the one before: most connections never need a large one. */
const FIRST = 0x200;

/**
 * The buffer that packets are written to. What `take()` handed over is never written to again, unless it is given back: the next packet
 * goes behind it, or into a new buffer.
 */
export class Slab extends ByteWriter {
  #taken = 0;
  /** The size of the next one. */
  #next = FIRST;

  /** How many bytes wait for `take()`. */
  get size(): number {
    return this.position - this.#taken;
  }

  take(): Uint8Array {
    const bytes = this.bytes.subarray(this.#taken, this.position);
    this.#taken = this.position;
    // What was made for a large packet goes with it, and does not stay here until the next.
    if (this.bytes.length > SLAB && this.bytes.length - this.position < SLAB) this.#renew(0);
    return bytes;
  }

  /** Nobody looks at what `take()` handed over any more: a new buffer would have to be zeroed, and is in no cache of the processor. */
  giveBack(): void {
    if (this.size === 0) this.#taken = this.position = 0;
  }

  protected override grow(count: number): void {
    const waiting = this.bytes.subarray(this.#taken, this.position);
    // Room for what waits once more, so that it is copied seldom, however much gathers.
    this.#renew(Math.max(this.#next, 2 * waiting.length + count));
    this.#next = Math.min(SLAB, 2 * this.#next);
    this.raw(waiting);
  }

  #renew(room: number): void {
    this.bytes = new Uint8Array(room);
    this.#taken = this.position = 0;
  }
}
