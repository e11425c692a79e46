import { ByteWriter } from '../bytes/byte-writer.js';

/** The most topics in the cache. */
const CAPACITY = 1024;
/** Longer topics are encoded each time. */
const LONGEST_TOPIC = 256;
/** After so many misses in a full cache the topics have changed, and the cache is cleared. */
const MISSES_TO_CLEAR = 16 * CAPACITY;

/** Caches the encoded form of topics, that is, their length and their checked UTF-8. Its size is bounded. */
export class EncodedTopics {
  readonly #known = new Map<string, Uint8Array>();
  readonly #scratch = new ByteWriter();
  #misses = 0;

  /** Returns the encoded topic. The bytes are valid until the next call. */
  get(topic: string): Uint8Array {
    return this.#known.get(topic) ?? this.#encode(topic);
  }

  #encode(topic: string): Uint8Array {
    const scratch = this.#scratch;
    scratch.position = 0;
    scratch.text('publish', 'the topic', topic);
    const bytes = scratch.bytes.subarray(0, scratch.position);
    if (topic.length <= LONGEST_TOPIC && this.#makeSpace()) this.#known.set(topic, bytes.slice());
    return bytes;
  }

  /** Returns whether another topic fits, and clears the cache if it has missed too often. */
  #makeSpace(): boolean {
    if (this.#known.size < CAPACITY) return true;
    if (++this.#misses < MISSES_TO_CLEAR) return false;
    this.#known.clear();
    this.#misses = 0;
    return true;
  }
}
