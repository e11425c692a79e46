import type { Delivery } from './delivery.js';

/** One acknowledgement that waits, and the one behind it. */
interface Waiting {
  readonly packetId: number;
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

  get size(): number {
    return this.#waiting.size;
  }

  has(packetId: number): boolean {
    return this.#waiting.has(packetId);
  }

  add(packetId: number, delivery: Delivery | undefined): void {
    const waiting: Waiting = { packetId, delivery, next: undefined };
    this.#waiting.set(packetId, waiting);
    if (this.#newest) this.#newest.next = waiting;
    else this.#oldest = waiting;
    this.#newest = waiting;
  }

  delete(packetId: number): void {
    this.#waiting.delete(packetId);
  }

  /** Takes the next one out whose turn it is: settled, and nothing before it is not. */
  take(): { packetId: number; reasonCode?: number } | undefined {
    const oldest = this.#present();
    if (oldest === undefined || oldest.delivery?.settled === false) return undefined;
    const { packetId, delivery } = oldest;
    this.#waiting.delete(packetId);
    return delivery?.reasonCode ? { packetId, reasonCode: delivery.reasonCode } : { packetId };
  }

  clear(): void {
    this.#waiting.clear();
    this.#oldest = this.#newest = undefined;
  }

  get deliveries(): Delivery[] {
    return [...this.#waiting.values()].map(({ delivery }) => delivery).filter(delivery => delivery !== undefined);
  }

  /** The oldest that has not been taken or deleted. */
  #present(): Waiting | undefined {
    while (this.#oldest && this.#waiting.get(this.#oldest.packetId) !== this.#oldest) this.#oldest = this.#oldest.next;
    if (this.#oldest === undefined) this.#newest = undefined;
    return this.#oldest;
  }
}
