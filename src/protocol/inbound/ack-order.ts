import type { InboundMessage } from './inbound-message.js';

/** A waiting acknowledgement, linked to the one behind it. */
interface WaitingAck {
  readonly packetId: number;
  /** A number that counts up in the order of the PUBLISH packets. */
  readonly sequence: number;
  /** The message that has to be answered first; undefined if none has to. */
  readonly message: InboundMessage | undefined;
  next: WaitingAck | undefined;
}

/**
 * The waiting acknowledgements of one kind, in the order of their PUBLISH packets [MQTT-4.6.0-2, MQTT-4.6.0-3]. They are in a linked list,
 * because 65,535 may wait, and a Map whose oldest entries are deleted is slow to find the next one. Lives with the connection.
 */
export class AckOrder {
  readonly #waiting = new Map<number, WaitingAck>();
  #oldest: WaitingAck | undefined;
  #newest: WaitingAck | undefined;
  /** The oldest that may be unsettled. It only moves forward, so all calls together walk the list once. */
  #unsettled: WaitingAck | undefined;

  get size(): number {
    return this.#waiting.size;
  }

  /** The number of acknowledgements that wait only for messages before them that were left. */
  get blockedCount(): number {
    let count = 0;
    let isBehindLeft = false;
    for (let each = this.#oldest; each !== undefined; each = each.next) {
      if (!this.#isWaiting(each)) continue;
      if (each.message?.isLeft) isBehindLeft = true;
      else if (isBehindLeft && each.message?.isSettled !== false) count++;
    }
    return count;
  }

  has(packetId: number): boolean {
    return this.#waiting.has(packetId);
  }

  add(packetId: number, inbound: InboundMessage | undefined): void {
    const sequence = (this.#newest?.sequence ?? 0) + 1;
    const waiting: WaitingAck = { packetId, sequence, message: inbound, next: undefined };
    this.#waiting.set(packetId, waiting);
    if (this.#newest) this.#newest.next = waiting;
    else this.#oldest = waiting;
    this.#newest = waiting;
    this.#unsettled ??= waiting;
  }

  delete(packetId: number): void {
    this.#waiting.delete(packetId);
  }

  /** Returns whether a settled message has to wait for another one before it. A message that was not added yet is behind all others. */
  isBlocked(packetId: number): boolean {
    while (this.#unsettled && !(this.#isWaiting(this.#unsettled) && this.#unsettled.message?.isSettled === false))
      this.#unsettled = this.#unsettled.next;
    const sequence = this.#waiting.get(packetId)?.sequence ?? Infinity;
    return this.#unsettled !== undefined && this.#unsettled.sequence < sequence;
  }

  /** Removes and returns the next acknowledgement that may be sent: it is settled, and so are all before it. */
  take(): { packetId: number; reasonCode?: number } | undefined {
    const oldest = this.#oldestWaiting();
    if (oldest === undefined || oldest.message?.isSettled === false) return undefined;
    const { packetId, message: inbound } = oldest;
    this.#waiting.delete(packetId);
    if (inbound) inbound.sent = true;
    return inbound?.reasonCode ? { packetId, reasonCode: inbound.reasonCode } : { packetId };
  }

  clear(): void {
    this.#waiting.clear();
    this.#oldest = this.#newest = this.#unsettled = undefined;
  }

  get messages(): InboundMessage[] {
    return [...this.#waiting.values()]
      .map(({ message: inbound }) => inbound)
      .filter(delivery => delivery !== undefined);
  }

  /** Returns whether the acknowledgement was neither taken nor deleted. */
  #isWaiting(waiting: WaitingAck): boolean {
    return this.#waiting.get(waiting.packetId) === waiting;
  }

  /** Returns the oldest waiting acknowledgement. */
  #oldestWaiting(): WaitingAck | undefined {
    while (this.#oldest && !this.#isWaiting(this.#oldest)) this.#oldest = this.#oldest.next;
    if (this.#oldest === undefined) this.#newest = this.#unsettled = undefined;
    return this.#oldest;
  }
}
