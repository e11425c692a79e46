import type { PublishPacket, PubrelPacket } from '../packets.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { PacketIds } from './packet-ids.js';

/** SUBSCRIBE and UNSUBSCRIBE take their identifiers from the same 65,535; so many are kept for them. */
const RESERVED_IDS = 16;
const CAPACITY = 0xffff - RESERVED_IDS;

/** The QoS 1 and 2 messages that were sent and are not settled: by packet identifier, in the order of sending. */
export class InFlight {
  readonly #packetIds: PacketIds;

  // lives with the session
  readonly #messages = new Map<number, OutgoingMessage>();

  // lives with the connection
  /** The broker's Receive Maximum (5.0 section 4.9). */
  #window = 0;
  /** How much of the window is taken: what went out on this connection. */
  #unacknowledged = 0;
  /** The same of QoS 2 alone. */
  #windowQos2 = 0;
  #unacknowledgedQos2 = 0;
  #resend: readonly OutgoingMessage[] = [];
  #resendNext = 0;

  constructor(packetIds: PacketIds) {
    this.#packetIds = packetIds;
  }

  get size(): number {
    return this.#messages.size;
  }

  get oldest(): OutgoingMessage | undefined {
    return this.#messages.values().next().value;
  }

  get all(): readonly OutgoingMessage[] {
    return [...this.#messages.values()];
  }

  get(packetId: number): OutgoingMessage | undefined {
    return this.#messages.get(packetId);
  }

  begin(window: number, windowQos2 = window): void {
    this.#window = window;
    this.#windowQos2 = windowQos2;
    this.#unacknowledged = this.#unacknowledgedQos2 = 0;
    for (const message of this.#messages.values()) message.onThisConnection = false;
  }

  end(): void {
    this.#window = 0;
    this.#resend = [];
    this.#resendNext = 0;
  }

  /** Gives the message its identifier. False when the window is full or no identifier is free. */
  add(message: OutgoingMessage): boolean {
    if (this.#hasNoRoomFor(message) || this.#messages.size >= CAPACITY) return false;
    const id = this.#packetIds.take();
    if (id === 0) return false;
    message.packetId = id;
    message.stage = 'sent';
    this.#takeRoom(message);
    this.#messages.set(id, message);
    return true;
  }

  settle(message: OutgoingMessage): void {
    this.#messages.delete(message.packetId);
    this.#packetIds.release(message.packetId);
    if (message.onThisConnection) {
      this.#unacknowledged--;
      if (message.qos === 2) this.#unacknowledgedQos2--;
    }
    message.stage = 'settled';
  }

  /** Gives up all messages and their identifiers, in the order of sending. */
  clear(): OutgoingMessage[] {
    const all = [...this.#messages.values()];
    this.#messages.clear();
    for (const message of all) {
      this.#packetIds.release(message.packetId);
      message.packetId = 0;
      message.sentBefore = true;
      message.stage = 'settled';
    }
    return all;
  }

  /** Makes everything go out again, from the oldest on. */
  rewind(): void {
    this.#resend = [...this.#messages.values()];
    this.#resendNext = 0;
  }

  get resending(): boolean {
    return this.#resendNext < this.#resend.length;
  }

  /** The next one to go out again: PUBLISH with DUP, or PUBREL where PUBREC came. Undefined: all are out, or the window is full. */
  nextResend(): PublishPacket | PubrelPacket | undefined {
    for (; this.#resendNext < this.#resend.length; this.#resendNext++) {
      const message = this.#resend[this.#resendNext]!;
      if (message.stage === 'settled') continue;
      if (!message.onThisConnection) {
        // a PUBREL may always go (4.9), and takes its place in the window all the same
        if (message.stage === 'sent' && this.#hasNoRoomFor(message)) return undefined;
        this.#takeRoom(message);
      }
      this.#resendNext++;
      if (message.stage === 'released') return { cmd: 'pubrel', packetId: message.packetId };
      message.dup = true;
      return message;
    }
    return undefined;
  }

  #hasNoRoomFor({ qos }: OutgoingMessage): boolean {
    return this.#unacknowledged >= this.#window || (qos === 2 && this.#unacknowledgedQos2 >= this.#windowQos2);
  }

  #takeRoom(message: OutgoingMessage): void {
    message.onThisConnection = true;
    this.#unacknowledged++;
    if (message.qos === 2) this.#unacknowledgedQos2++;
  }
}
