import type { MqttMessage } from '../../../message.js';

/**
 * The messages that a manual stream got on an earlier connection and did not acknowledge, by QoS and packet identifier. The broker sends
 * them again. Lives with the session.
 */
export class LeftBehind {
  readonly #keys = new Set<number>();

  add(message: MqttMessage): void {
    this.#keys.add(keyOf(message));
  }

  /** Removes a message. Returns whether the broker sends it again. */
  take(message: MqttMessage): boolean {
    if (this.#keys.size === 0 || message.qos === 0) return false;
    // a QoS 1 message without DUP is a new message that reuses the packet identifier
    return this.#keys.delete(keyOf(message)) && (message.dup || message.qos === 2);
  }

  clear(): void {
    this.#keys.clear();
  }
}

const keyOf = ({ qos, packetId = 0 }: MqttMessage): number => qos * 0x10000 + packetId;
