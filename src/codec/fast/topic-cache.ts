import { decodeUtf8 } from '../../protocol/utf8.js';

/** The number of slots, a power of two. */
const SLOTS = 1024;
/** Longer topics are decoded each time. */
const LONGEST_TOPIC = 64;

/**
 * Caches topic names by their bytes. Its size is bounded: a topic replaces another one that hashes to the same slot. Decoding a topic takes
 * several times as long as finding it here.
 */
export class TopicCache {
  // The bytes, the number of bytes and the text of each slot.
  readonly #bytes = new Uint8Array(SLOTS * LONGEST_TOPIC);
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #topics = new Array<string>(SLOTS);

  /** Returns the topic name in `bytes`; undefined if it is not well-formed, or has U+0000 or a wildcard. */
  read(bytes: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    if (length > LONGEST_TOPIC || length === 0) return readTopic(bytes, start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    return this.#holds(slot, bytes, start, length) ? this.#topics[slot] : this.#fill(slot, bytes, start, end);
  }

  #holds(slot: number, bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#lengths[slot] !== length) return false;
    const known = this.#bytes;
    const offset = slot * LONGEST_TOPIC;
    for (let i = 0; i < length; i++) if (known[offset + i] !== bytes[start + i]) return false;
    return true;
  }

  #fill(slot: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    const topic = readTopic(bytes, start, end);
    if (topic === undefined) return undefined;
    this.#bytes.set(bytes.subarray(start, end), slot * LONGEST_TOPIC);
    this.#lengths[slot] = end - start;
    return (this.#topics[slot] = topic);
  }
}

function readTopic(bytes: Uint8Array, start: number, end: number): string | undefined {
  const topic = decodeUtf8(bytes, start, end);
  return topic === undefined || topic.includes('+') || topic.includes('#') ? undefined : topic;
}
