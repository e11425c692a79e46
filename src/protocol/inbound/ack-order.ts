import type { PublishAck } from '../../packets.js';
import { Queue } from '../collections/queue.js';
import type { InboundMessage } from './inbound-message.js';

interface PendingAck {
  readonly packetId: number;
  /** A number that counts up in the order of the PUBLISH packets. */
  readonly sequence: number;
  /** The message that has to be settled first; undefined if none has to. */
  readonly inbound: InboundMessage | undefined;
}

/** The waiting PUBACKs, or the waiting PUBRECs, in the order of their PUBLISH packets [MQTT-4.6.0-2, MQTT-4.6.0-3]. */
export class AckOrder {
  readonly #waiting = new Map<number, PendingAck>();
  /** All that wait. Those that were deleted stay until they are the oldest. A `Map` finds its oldest entry slowly when many were deleted. */
  readonly #order = new Queue<PendingAck>();
  /** Those of the order whose message may be unsettled. */
  readonly #unsettled = new Queue<PendingAck>();
  #sequence = 0;

  constructor(private readonly cmd: 'puback' | 'pubrec') {}

  get size(): number {
    return this.#waiting.size;
  }

  get messages(): InboundMessage[] {
    return [...this.#waiting.values()].flatMap(({ inbound = [] }) => inbound);
  }

  /** The number of acknowledgements that wait only for messages before them that were left. */
  get blockedCount(): number {
    let count = 0;
    let isBehindLeft = false;
    for (const { inbound } of this.#waiting.values()) {
      if (inbound?.isLeft) isBehindLeft = true;
      else if (isBehindLeft && inbound?.isSettled !== false) count++;
    }
    return count;
  }

  has(packetId: number): boolean {
    return this.#waiting.has(packetId);
  }

  add(packetId: number, inbound: InboundMessage | undefined): void {
    const pending: PendingAck = { packetId, sequence: this.#sequence++, inbound };
    this.#waiting.set(packetId, pending);
    this.#order.push(pending);
    if (inbound?.isSettled === false) this.#unsettled.push(pending);
  }

  delete(packetId: number): void {
    this.#waiting.delete(packetId);
  }

  clear(): void {
    this.#waiting.clear();
    this.#order.clear();
    this.#unsettled.clear();
  }

  /** Returns whether a settled message has to wait for another one before it. A message that was not added yet is behind all others. */
  isBlocked(packetId: number): boolean {
    const isUnsettled = (pending: PendingAck) => this.#isWaiting(pending) && pending.inbound?.isSettled === false;
    while (this.#unsettled.oldest !== undefined && !isUnsettled(this.#unsettled.oldest)) this.#unsettled.take();
    const first = this.#unsettled.oldest;
    const sequence = this.#waiting.get(packetId)?.sequence ?? Infinity;
    return first !== undefined && first.sequence < sequence;
  }

  /** Removes and returns the oldest acknowledgement if its message is settled. */
  take(): PublishAck | undefined {
    let oldest = this.#order.oldest;
    while (oldest !== undefined && !this.#isWaiting(oldest)) oldest = this.#dropOldest();
    if (oldest === undefined || oldest.inbound?.isSettled === false) return undefined;
    const { packetId, inbound } = oldest;
    this.#dropOldest();
    this.#waiting.delete(packetId);
    if (inbound) inbound.sent = true;
    return inbound?.reasonCode
      ? { cmd: this.cmd, packetId, reasonCode: inbound.reasonCode }
      : { cmd: this.cmd, packetId };
  }

  #isWaiting(pending: PendingAck): boolean {
    return this.#waiting.get(pending.packetId) === pending;
  }

  /** Drops the oldest of the order from both queues. Returns the next one. */
  #dropOldest(): PendingAck | undefined {
    const oldest = this.#order.take();
    if (oldest === this.#unsettled.oldest) this.#unsettled.take();
    return this.#order.oldest;
  }
}
