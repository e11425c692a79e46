import { NO_BYTES } from '../bytes.js';
import type { OutgoingPublish } from './outgoing-publish.js';

/**
 * First in, first out, with removal from the middle, where a message is cancelled, evicted or settled out of order. Every operation is O(1)
 * and allocates nothing, because the messages themselves hold the links. So a message is in one queue at a time. Where nothing is removed
 * from the middle, a `Queue` is enough.
 */
export class LinkedQueue {
  #oldest: OutgoingPublish | undefined;
  #newest: OutgoingPublish | undefined;
  #length = 0;
  #bytes = 0;

  /** Called when a message was added, removed or changed, before whoever did it is done with it. */
  onChange: ((message: OutgoingPublish) => void) | undefined;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): OutgoingPublish | undefined {
    return this.#oldest;
  }

  push(message: OutgoingPublish): void {
    this.#insert(message, this.#newest, undefined);
  }

  /** Inserts a message that is sent again before all waiting ones. */
  pushFront(message: OutgoingPublish): void {
    this.#insert(message, undefined, this.#oldest);
  }

  remove(message: OutgoingPublish): void {
    const { older, newer } = message;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    message.older = message.newer = undefined;
    this.#length--;
    this.#bytes -= message.bytes;
    this.onChange?.(message);
  }

  /** Drops the payload and the properties of a message in this queue, because they are no longer needed. */
  dropPayload(message: OutgoingPublish): void {
    this.#bytes -= message.bytes;
    message.bytes = 0;
    message.payload = NO_BYTES;
    message.properties = undefined;
    this.onChange?.(message);
  }

  /** Calls `visit` with each message, in order. It must not change the queue. An iterator takes several times as long. */
  forEach(visit: (message: OutgoingPublish) => void): void {
    for (let message = this.#oldest; message !== undefined; message = message.newer) visit(message);
  }

  /** Returns the messages that match, in order. */
  filter(matches: (message: OutgoingPublish) => boolean): OutgoingPublish[] {
    const found: OutgoingPublish[] = [];
    this.forEach(message => {
      if (matches(message)) found.push(message);
    });
    return found;
  }

  *[Symbol.iterator](): Generator<OutgoingPublish, void> {
    for (let message = this.#oldest; message !== undefined;) {
      const { newer } = message; // the consumer may remove this one
      yield message;
      message = newer;
    }
  }

  #insert(message: OutgoingPublish, older: OutgoingPublish | undefined, newer: OutgoingPublish | undefined): void {
    message.older = older;
    message.newer = newer;
    if (older === undefined) this.#oldest = message;
    else older.newer = message;
    if (newer === undefined) this.#newest = message;
    else newer.older = message;
    this.#length++;
    this.#bytes += message.bytes;
    this.onChange?.(message);
  }
}
