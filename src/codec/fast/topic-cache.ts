import { decodeUtf8 } from '../../protocol/utf8.js';

/** A power of two. */
const SLOTS = 1024;
/** Longer topics are decoded each time. */
const LONGEST = 64;

/**
 * Topic names by their bytes, of bounded size: what hashes to a slot pushes out what was there. Decoding a topic takes several
 * times as long as finding it here.
 */
export class TopicCache {
  // Of each slot the bytes, their number, and the text.
  readonly #bytes = new Uint8Array(SLOTS * LONGEST);
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #topics = new Array<string>(SLOTS);

  /** The topic name in `bytes`, or undefined where there is none: not well-formed, with U+0000 or with a wildcard. */
  read(bytes: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    if (length > LONGEST || length === 0) return readTopic(bytes, start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    return this.#holds(slot, bytes, start, length) ? this.#topics[slot] : this.#fill(slot, bytes, start, end);
  }

  #holds(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#lengths[slot] !== length) return false;
    const known = this.#bytes;
    const offset = slot * LONGEST;
    for (let i = 0; i < length; i++) if (known[offset + i] !== bytes[start + i]) return false;
    return true;
  }

  #fill(slot: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    const topic = readTopic(bytes, start, end);
    if (topic === undefined) return undefined;
    this.#bytes.set(bytes.subarray(start, end), slot * LONGEST);
    this.#lengths[slot] = end - start;
    return (this.#topics[slot] = topic);
  }
}

function readTopic(bytes: Uint8Array, start: number, end: number): string | undefined {
  const topic = decodeUtf8(bytes, start, end);
  return topic === undefined || topic.includes('+') || topic.includes('#') ? undefined : topic;
}
