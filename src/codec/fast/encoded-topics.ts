import { ByteWriter } from '../bytes/byte-writer.js';

const MOST = 1024;
/** Longer topics are encoded each time. */
const LONGEST = 256;
/** So many misses in a full cache mean that the topics have changed: it starts anew. */
const PATIENCE = 16 * MOST;

/** Topics as checked UTF-8, with their length in front; of bounded size. */
export class EncodedTopics {
  readonly #known = new Map<string, Uint8Array>();
  readonly #scratch = new ByteWriter();
  #misses = 0;

  /** The bytes are good until the next call. */
  get(topic: string): Uint8Array {
    return this.#known.get(topic) ?? this.#encode(topic);
  }

  #encode(topic: string): Uint8Array {
    const scratch = this.#scratch;
    scratch.position = 0;
    scratch.text('publish', 'the topic', topic);
    const bytes = scratch.bytes.subarray(0, scratch.position);
    if (topic.length <= LONGEST && this.#hasRoom()) this.#known.set(topic, bytes.slice());
    return bytes;
  }

  #hasRoom(): boolean {
    if (this.#known.size < MOST) return true;
    if (++this.#misses < PATIENCE) return false;
    this.#known.clear();
    this.#misses = 0;
    return true;
  }
}
