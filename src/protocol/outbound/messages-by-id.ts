import type { OutgoingPublish } from './outgoing-publish.js';

/** Small, because many clients never have a message in flight. */
const FIRST_CAPACITY = 4;

/**
 * Messages by packet identifier. Identifiers count up, so a ring that is a little larger than what is in flight holds them without
 * two in one place; where two meet all the same, it grows. A Map would do, but is several times as slow where all comes and goes.
 */
export class MessagesById {
  /** The number of slots is a power of two, at most 65,536. */
  #slots: (OutgoingPublish | undefined)[] = new Array<undefined>(FIRST_CAPACITY).fill(undefined);

  get(packetId: number): OutgoingPublish | undefined {
    const message = this.#slots[packetId & (this.#slots.length - 1)];
    return message?.packetId === packetId ? message : undefined;
  }

  /** Adds a message whose identifier no other message has. */
  add(message: OutgoingPublish): void {
    while (this.#slots[message.packetId & (this.#slots.length - 1)] !== undefined) this.#grow();
    this.#slots[message.packetId & (this.#slots.length - 1)] = message;
  }

  delete(message: OutgoingPublish): void {
    this.#slots[message.packetId & (this.#slots.length - 1)] = undefined;
  }

  /** Doubles the slots. Identifiers that are distinct modulo n stay distinct modulo 2n. */
  #grow(): void {
    const before = this.#slots;
    this.#slots = new Array<undefined>(before.length * 2).fill(undefined);
    for (const message of before) {
      if (message !== undefined) this.#slots[message.packetId & (this.#slots.length - 1)] = message;
    }
  }
}
