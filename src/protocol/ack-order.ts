import type { Delivery } from './delivery.js';

/** One acknowledgement that waits, and the one behind it. */
interface Waiting {
  readonly packetId: number;
  /** Counts up in the order of the PUBLISHes. */
  readonly sequence: number;
  /** Without one, nobody has to answer first. */
  readonly delivery: Delivery | undefined;
  next: Waiting | undefined;
}

/**
 * Acknowledgements of one kind that wait, in the order in which their PUBLISHes came [MQTT-4.6.0-2, MQTT-4.6.0-3]. A list, as 65,535 may
 * wait, and a Map whose oldest are deleted is slow to find its next oldest. Lives with the connection.
 */
export class AckOrder {
  readonly #waiting = new Map<number, Waiting>();
  #oldest: Waiting | undefined;
  #newest: Waiting | undefined;
  /** All before it are settled. It only moves on, so that all questions together walk the list once. */
  #unsettled: Waiting | undefined;

  get size(): number {
    return this.#waiting.size;
  }

  /** Acknowledgements that could go out, were it not for messages before them that were left. */
  get heldUp(): number {
    let count = 0;
    let isBehindLeft = false;
    for (let each = this.#oldest; each !== undefined; each = each.next) {
      if (!this.#isWaiting(each)) continue;
      if (each.delivery?.left) isBehindLeft = true;
      else if (isBehindLeft && each.delivery?.settled !== false) count++;
    }
    return count;
  }

  has(packetId: number): boolean {
    return this.#waiting.has(packetId);
  }

  add(packetId: number, delivery: Delivery | undefined): void {
    const sequence = (this.#newest?.sequence ?? 0) + 1;
    const waiting: Waiting = { packetId, sequence, delivery, next: undefined };
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
  isHeldUp(packetId: number): boolean {
    while (this.#unsettled && !(this.#isWaiting(this.#unsettled) && this.#unsettled.delivery?.settled === false))
      this.#unsettled = this.#unsettled.next;
    const sequence = this.#waiting.get(packetId)?.sequence ?? Infinity;
    return this.#unsettled !== undefined && this.#unsettled.sequence < sequence;
  }

  /** Takes the next one out whose turn it is: settled, and nothing before it is not. */
  take(): { packetId: number; reasonCode?: number } | undefined {
    const oldest = this.#present();
    if (oldest === undefined || oldest.delivery?.settled === false) return undefined;
    const { packetId, delivery } = oldest;
    this.#waiting.delete(packetId);
    if (delivery) delivery.sent = true;
    return delivery?.reasonCode ? { packetId, reasonCode: delivery.reasonCode } : { packetId };
  }

  clear(): void {
    this.#waiting.clear();
    this.#oldest = this.#newest = this.#unsettled = undefined;
  }

  get deliveries(): Delivery[] {
    return [...this.#waiting.values()].map(({ delivery }) => delivery).filter(delivery => delivery !== undefined);
  }

  /** It has not been taken or deleted. */
  #isWaiting(waiting: Waiting): boolean {
    return this.#waiting.get(waiting.packetId) === waiting;
  }

  /** The oldest of those that wait. */
  #present(): Waiting | undefined {
    while (this.#oldest && !this.#isWaiting(this.#oldest)) this.#oldest = this.#oldest.next;
    if (this.#oldest === undefined) this.#newest = this.#unsettled = undefined;
    return this.#oldest;
  }
}
