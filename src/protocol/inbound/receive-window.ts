import { protocolError } from '../violations.js';

/** Bounds how many QoS 1 and 2 messages the broker sends without an acknowledgement. Lives with the connection. */
export class ReceiveWindow {
  readonly #maximum: number;
  /** The packet identifiers that are not acknowledged or released. */
  readonly #open = new Set<number>();

  /** @param maximum - the Receive Maximum of this client. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get isFull(): boolean {
    return this.#open.size >= this.#maximum;
  }

  take(packetId: number): void {
    this.#open.add(packetId);
  }

  free(packetId: number): void {
    this.#open.delete(packetId);
  }

  /** Throws for a message that exceeds our Receive Maximum [MQTT-3.3.4-9]. */
  assertRoom(packetId: number): void {
    if (!this.isFull || this.#open.has(packetId)) return;
    const what = `more than ${this.#maximum} QoS 1 and 2 messages at a time, the Receive Maximum of this client`;
    throw protocolError('PUBLISH', what, 0x93);
  }
}
