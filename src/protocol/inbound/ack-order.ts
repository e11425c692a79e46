import type { InboundMessage } from './inbound-message.js';

/** One acknowledgement that waits, and the one behind it. */
interface WaitingAck {
  readonly packetId: number;
  /** Counts up in the order of the PUBLISHes. */
  readonly sequence: number;
  /** Without one, nobody has to answer first. */
  readonly message: InboundMessage | undefined;
  next: WaitingAck | undefined;
}

/**
 * Acknowledgements of one kind that wait, in the order in which their PUBLISHes came [MQTT-4.6.0-2, MQTT-4.6.0-3]. A list, as 65,535 may
 * wait, and a Map whose oldest are deleted is slow to find its next oldest. Lives with the connection.
 */
export class AckOrder {
  readonly #waiting = new Map<number, WaitingAck>();
  #oldest: WaitingAck | undefined;
  #newest: WaitingAck | undefined;
  /** All before it are settled. It only moves on, so that all questions together walk the list once. */
  #unsettled: WaitingAck | undefined;

  get size(): number {
    return this.#waiting.size;
  }

  /** Acknowledgements that could go out, were it not for messages before them that were left. */
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

  /** Whether one that is settled has to wait for another before it. One that has not been added yet comes behind all. */
  isBlocked(packetId: number): boolean {
    while (this.#unsettled && !(this.#isWaiting(this.#unsettled) && this.#unsettled.message?.isSettled === false))
      this.#unsettled = this.#unsettled.next;
    const sequence = this.#waiting.get(packetId)?.sequence ?? Infinity;
    return this.#unsettled !== undefined && this.#unsettled.sequence < sequence;
  }

  /** Takes the next one out whose turn it is: settled, and nothing before it is not. */
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

  /** It has not been taken or deleted. */
  #isWaiting(waiting: WaitingAck): boolean {
    return this.#waiting.get(waiting.packetId) === waiting;
  }

  /** The oldest of those that wait. */
  #oldestWaiting(): WaitingAck | undefined {
    while (this.#oldest && !this.#isWaiting(this.#oldest)) this.#oldest = this.#oldest.next;
    if (this.#oldest === undefined) this.#newest = this.#unsettled = undefined;
    return this.#oldest;
  }
}
