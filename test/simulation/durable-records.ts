import { decodeEpoch, decodeMessage, EPOCH_KEY, receiptKey } from '../../src/store/records.js';

/** What the store has of an outgoing message. */
export interface DurableMessage {
  readonly tag: string;
  readonly stage: 'queued' | 'sent' | 'released';
  readonly packetId: number;
  readonly isWithdrawn: boolean;
}

const WITHDRAWN = 0x10;

/** Knows what a store has, and has had: each change is seen when it becomes durable. */
export class DurableRecords {
  readonly #entries: Map<string, Uint8Array>;
  readonly #bySequence = new Map<string, DurableMessage>();
  readonly #everStored = new Set<string>();
  readonly #everSentAs = new Set<string>();

  /**
   * @param entries - what a MemoryStore has for a client id; it is watched.
   * @param onLoad - called before a client reads it.
   */
  constructor(entries: Map<string, Uint8Array>, onLoad: () => void) {
    this.#entries = entries;
    const iterate = entries[Symbol.iterator].bind(entries);
    entries[Symbol.iterator] = () => {
      onLoad();
      return iterate();
    };
    const set = entries.set.bind(entries);
    const remove = entries.delete.bind(entries);
    entries.set = (key, value) => {
      this.#onPut(key, value);
      return set(key, value);
    };
    entries.delete = key => {
      if (key.startsWith('m')) this.#bySequence.delete(key.slice(1));
      return remove(key);
    };
  }

  /** The messages that the next process would find, by tag. */
  get messages(): ReadonlyMap<string, DurableMessage> {
    return new Map([...this.#bySequence.values()].map(message => [message.tag, message]));
  }

  get count(): number {
    return this.#entries.size;
  }

  hasEverStored(tag: string): boolean {
    return this.#everStored.has(tag);
  }

  /** Whether the store has ever had the message with this packet identifier. */
  hasEverSentAs(tag: string, packetId: number): boolean {
    return this.#everSentAs.has(`${tag} ${packetId}`);
  }

  /** `'held'`: with the message, which is not delivered yet. */
  receiptOf(packetId: number): 'none' | 'delivered' | 'held' {
    const value = this.#entries.get(receiptKey(packetId));
    if (value === undefined) return 'none';
    return value.length === 4 ? 'delivered' : 'held';
  }

  get epoch(): number {
    const value = this.#entries.get(EPOCH_KEY);
    return value === undefined ? 0 : decodeEpoch(EPOCH_KEY, value);
  }

  #onPut(key: string, value: Uint8Array): void {
    const sequence = key.slice(1);
    if (key.startsWith('m')) {
      const { tag = '', stage, packetId } = decodeMessage(key, value, 0);
      this.#put(sequence, { tag, stage, packetId, isWithdrawn: false });
    } else if (key.startsWith('p')) {
      const message = this.#bySequence.get(sequence);
      if (message === undefined) throw new Error(`the store got ${key} without its message`);
      const packetId = (value[0]! << 8) | value[1]!;
      this.#put(sequence, { ...message, stage: 'sent', packetId, isWithdrawn: (value[2]! & WITHDRAWN) !== 0 });
    }
  }

  #put(sequence: string, message: DurableMessage): void {
    this.#bySequence.set(sequence, message);
    this.#everStored.add(message.tag);
    if (message.stage !== 'queued') this.#everSentAs.add(`${message.tag} ${message.packetId}`);
  }
}
