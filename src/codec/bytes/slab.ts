import { NO_BYTES } from '../../protocol/bytes.js';
import { ByteWriter } from './byte-writer.js';

/** Bytes of a buffer that many small packets share. */
export const SLAB = 0x10000;

/** Bytes of the first buffer. Each further one is twice as large, because most connections never need a large one. */
const FIRST = 0x80;

/**
 * The buffer that packets are written to. Bytes that `take()` returned are not overwritten unless `giveBack()` is called: the next packet
 * is written after them, or into a new buffer.
 */
export class Slab extends ByteWriter {
  /** The index up to which `take()` has returned the bytes. */
  #taken = 0;
  #nextLength = FIRST;

  /** The number of bytes that wait for `take()`. */
  get size(): number {
    return this.position - this.#taken;
  }

  take(): Uint8Array {
    const bytes = this.bytes.subarray(this.#taken, this.position);
    this.#taken = this.position;
    // A buffer that was made for a large packet must not stay in memory until the next packet.
    if (this.bytes.length > SLAB && this.bytes.length - this.position < SLAB) this.#renew(NO_BYTES);
    return bytes;
  }

  /**
   * Allows the bytes that `take()` returned to be overwritten. A new buffer would cost more: it has to be zeroed, and the processor has it
   * in no cache.
   */
  giveBack(): void {
    if (this.size === 0) this.#taken = this.position = 0;
  }

  /** Keeps the buffer in memory no longer, unless bytes wait in it. */
  release(): void {
    if (this.size === 0) this.#renew(NO_BYTES);
  }

  protected override grow(count: number): void {
    const waiting = this.bytes.subarray(this.#taken, this.position);
    // Twice the space of the waiting bytes keeps copies rare, however many bytes wait.
    this.#renew(new Uint8Array(Math.max(this.#nextLength, 2 * waiting.length + count)));
    this.#nextLength = Math.min(SLAB, 2 * this.#nextLength);
    this.raw(waiting);
  }

  #renew(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#taken = this.position = 0;
  }
}
