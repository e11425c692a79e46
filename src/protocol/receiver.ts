import { MqttError } from '../errors.js';
import { MqttMessage } from '../message.js';
import type { PublishPacket, PubrelPacket } from '../packets.js';

export interface ReceiverLimits {
  /** How many QoS 2 messages the broker may have open towards us; Infinity in 3.x. */
  readonly receiveMaximum: number;
  readonly topicAliasMaximum: number;
}

/** The receiving half of a session (5.0 sections 4.3 and 4.4): which QoS 2 messages have come, so that each is delivered once. */
export class Receiver {
  // lives with the session
  /** QoS 2 identifiers between PUBLISH and PUBREL; with the message where it is handed over on PUBREL. */
  readonly #received = new Map<number, MqttMessage | undefined>();

  // lives with the connection
  #limits: ReceiverLimits = { receiveMaximum: Infinity, topicAliasMaximum: 0 };
  readonly #aliases = new Map<number, string>();
  /** What came on this connection and is not released: the broker's use of our Receive Maximum. */
  readonly #open = new Set<number>();

  get size(): number {
    return this.#received.size;
  }

  begin(limits: ReceiverLimits): void {
    this.#limits = limits;
    this.#aliases.clear();
    this.#open.clear();
  }

  forgetSession(): void {
    this.#received.clear();
  }

  /** The message of a PUBLISH, its topic alias resolved. */
  message({ topic, payload, qos, retain, dup, packetId, properties }: PublishPacket): MqttMessage {
    const alias = properties?.topicAlias;
    return new MqttMessage(
      alias === undefined ? topic : this.#resolve(topic, alias),
      payload,
      qos,
      retain,
      dup,
      packetId,
      properties,
    );
  }

  /** Notes a QoS 2 message. False when it came before and is not to be delivered again. */
  receive(packetId: number, held?: MqttMessage): boolean {
    this.#open.add(packetId);
    if (this.#open.size > this.#limits.receiveMaximum) {
      throw violation(
        'PROTOCOL_ERROR',
        0x93,
        `more than ${this.#limits.receiveMaximum} QoS 2 messages at a time, our Receive Maximum`,
      );
    }
    if (this.#received.has(packetId)) return false;
    this.#received.set(packetId, held);
    return true;
  }

  /** Ends a QoS 2 delivery. `known` is false for an identifier that was not open. */
  release({ packetId }: PubrelPacket): { known: boolean; held: MqttMessage | undefined } {
    const held = this.#received.get(packetId);
    this.#open.delete(packetId);
    return { known: this.#received.delete(packetId), held };
  }

  /** 5.0 section 3.3.2.3.4 */
  #resolve(topic: string, alias: number): string {
    const { topicAliasMaximum } = this.#limits;
    if (alias === 0 || alias > topicAliasMaximum) {
      throw violation('PROTOCOL_ERROR', 0x94, `topic alias ${alias}, our Topic Alias Maximum is ${topicAliasMaximum}`);
    }
    if (topic !== '') this.#aliases.set(alias, topic);
    const known = this.#aliases.get(alias);
    if (known === undefined) throw violation('PROTOCOL_ERROR', 0x82, `topic alias ${alias} was never given a topic`);
    return known;
  }
}

function violation(code: 'PROTOCOL_ERROR', reasonCode: number, what: string): MqttError {
  return new MqttError(code, `the broker broke the protocol: ${what}`, { reasonCode, phase: 'mqtt', retryable: true });
}
