import type { Delivery } from './delivery.js';

/**
 * Acknowledgements of one kind that wait, in the order in which their PUBLISHes came [MQTT-4.6.0-2, MQTT-4.6.0-3]. Lives with the
 * connection.
 */
export class AckOrder {
  /** By packet identifier; without a delivery nobody has to answer first. */
  readonly #waiting = new Map<number, Delivery | undefined>();

  get size(): number {
    return this.#waiting.size;
  }

  has(packetId: number): boolean {
    return this.#waiting.has(packetId);
  }

  add(packetId: number, delivery: Delivery | undefined): void {
    this.#waiting.set(packetId, delivery);
  }

  delete(packetId: number): void {
    this.#waiting.delete(packetId);
  }

  /** Takes the next one out whose turn it is: settled, and nothing before it is not. */
  take(): { packetId: number; reasonCode?: number } | undefined {
    for (const [packetId, delivery] of this.#waiting) {
      if (delivery?.settled === false) return undefined;
      this.#waiting.delete(packetId);
      return delivery?.reasonCode ? { packetId, reasonCode: delivery.reasonCode } : { packetId };
    }
    return undefined;
  }

  clear(): void {
    this.#waiting.clear();
  }

  get deliveries(): Delivery[] {
    return [...this.#waiting.values()].filter(delivery => delivery !== undefined);
  }
}
