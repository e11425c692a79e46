import type { MqttMessage } from '../../message.js';
import type { PublishAck } from '../../packets.js';
import type { Receipt } from '../session-recorder.js';
import { AckOrder } from './ack-order.js';
import type { InboundMessage } from './inbound-message.js';

/** A QoS 2 message that is cancelled although its session goes on: it is delivered again when the broker sends its packet again. */
export interface Withdrawn {
  readonly packetId: number;
  readonly awaited: 'publish' | 'pubrel';
  readonly message: InboundMessage;
}

/**
 * Acknowledgements that wait, because a subscriber acknowledges the message by hand, or because another acknowledgement has its turn first
 * (5.0 section 4.6). A message without a manual subscriber, and with none waiting before it, is acknowledged without coming here.
 */
export class PendingAcks {
  readonly #ready: () => void;

  // lives with the session
  /** QoS 2 messages whose PUBREC waits. A PUBLISH that is sent again on another connection is the same message. */
  readonly #unreceived = new Map<number, InboundMessage>();
  /** QoS 2 messages, delivered on PUBREL, whose PUBCOMP waits. A PUBREL that is sent again means the same message. */
  readonly #uncompleted = new Map<number, InboundMessage>();

  // lives with the connection
  readonly #pubacks = new AckOrder();
  readonly #pubrecs = new AckOrder();
  /** The PUBCOMPs that may be sent. The specification sets no order for them. */
  readonly #pubcomps = new Set<number>();

  /** @param ready - is called when a waiting acknowledgement may be sent: see `take()`. */
  constructor(ready: () => void) {
    this.#ready = ready;
  }

  /** Ends the connection: waiting QoS 1 messages will be sent again as new ones. Returns the QoS 2 messages to deliver again. */
  end(): Withdrawn[] {
    const lost = this.#pubacks.messages;
    this.#pubacks.clear();
    this.#pubrecs.clear();
    this.#pubcomps.clear();
    for (const inbound of this.#unreceived.values()) inbound.onSettled = undefined;
    for (const delivery of this.#uncompleted.values()) delivery.onSettled = undefined;
    for (const delivery of lost) delivery.cancel();
    return this.#withdraw(({ isAbandoned: abandoned }) => abandoned);
  }

  forgetSession(): void {
    const lost = [...this.#unreceived.values(), ...this.#uncompleted.values()];
    this.#unreceived.clear();
    this.#uncompleted.clear();
    for (const inbound of lost) inbound.cancel();
  }

  /** Cancels all messages that are not settled, because no subscriber is left to answer. */
  abandon(): Withdrawn[] {
    return this.#withdraw(({ isSettled: settled }) => !settled);
  }

  /** The number of acknowledgements that wait only for messages before them that were left. */
  get blockedCount(): number {
    return this.#pubacks.blockedCount + this.#pubrecs.blockedCount;
  }

  /** Returns whether the acknowledgement of a settled message has to wait for others, or for the broker to send its packet again. */
  isBlocked({ qos, packetId = 0 }: MqttMessage): boolean {
    if (qos === 1) return this.#pubacks.isBlocked(packetId);
    if (this.#uncompleted.has(packetId)) return !this.#pubcomps.has(packetId);
    if (this.#unreceived.has(packetId) && !this.#pubrecs.has(packetId)) return true;
    return this.#pubrecs.isBlocked(packetId);
  }

  /** What has to be stored of a QoS 2 message that waits here; undefined for none that does. */
  receiptOf(packetId: number): Receipt | undefined {
    const unreceived = this.#unreceived.get(packetId);
    if (unreceived !== undefined) return unreceived.isStored ? 'delivered' : 'none';
    const uncompleted = this.#uncompleted.get(packetId);
    return uncompleted && (uncompleted.isStored ? 'none' : uncompleted.message);
  }

  /** Whether the message waits for its PUBCOMP, which was delivered on PUBREL. */
  isUncompleted(packetId: number): boolean {
    return this.#uncompleted.has(packetId);
  }

  hasPuback(packetId: number): boolean {
    return this.#pubacks.has(packetId);
  }

  /** Adds a QoS 1 message that was delivered. Returns true if its PUBACK need not wait. */
  puback(packetId: number, inbound: InboundMessage | undefined): boolean {
    if (inbound === undefined && this.#pubacks.size === 0) return true;
    this.#pubacks.add(packetId, this.#watched(inbound));
    return false;
  }

  /** Adds a QoS 2 message that was delivered, or whose PUBLISH was sent again. Returns true if its PUBREC need not wait. */
  pubrec(packetId: number, inbound = this.#unreceived.get(packetId)): boolean {
    if (inbound === undefined && this.#pubrecs.size === 0) return true;
    if (this.#pubrecs.has(packetId)) return false;
    if (inbound !== undefined) this.#unreceived.set(packetId, inbound);
    this.#pubrecs.add(packetId, this.#watched(inbound));
    return false;
  }

  /** Adds a QoS 2 message that was delivered on PUBREL. Returns true if its PUBCOMP need not wait. */
  pubcomp(packetId: number, inbound: InboundMessage | undefined): boolean {
    if (inbound === undefined) return true;
    this.#uncompleted.set(packetId, inbound);
    if (inbound.isSettled) this.#pubcomps.add(packetId);
    else {
      inbound.onSettled = () => {
        this.#pubcomps.add(packetId);
        this.#ready();
      };
    }
    return false;
  }

  /** Takes a repeated PUBREL. Returns whether the message was delivered before and its PUBCOMP waits. */
  releasedAgain(packetId: number): boolean {
    const inbound = this.#uncompleted.get(packetId);
    if (inbound !== undefined) this.pubcomp(packetId, inbound);
    return inbound !== undefined;
  }

  /** Takes a PUBREL: a PUBREC that still waits is no longer needed. */
  released(packetId: number): void {
    this.#unreceived.delete(packetId);
    this.#pubrecs.delete(packetId);
  }

  /** Removes and returns the next acknowledgement that may be sent. */
  take(): PublishAck | undefined {
    if (this.#pubacks.size + this.#pubrecs.size + this.#pubcomps.size === 0) return undefined;
    const puback = this.#pubacks.take();
    if (puback !== undefined) return { cmd: 'puback', ...puback };
    const pubrec = this.#pubrecs.take();
    if (pubrec !== undefined) {
      this.#unreceived.delete(pubrec.packetId);
      return { cmd: 'pubrec', ...pubrec };
    }
    for (const packetId of this.#pubcomps) {
      this.#pubcomps.delete(packetId);
      this.#uncompleted.get(packetId)!.sent = true;
      this.#uncompleted.delete(packetId);
      return { cmd: 'pubcomp', packetId };
    }
    return undefined;
  }

  #withdraw(concerned: (delivery: InboundMessage) => boolean): Withdrawn[] {
    const withdrawn: Withdrawn[] = [];
    for (const [packetId, inbound] of this.#unreceived)
      if (concerned(inbound)) withdrawn.push({ packetId, awaited: 'publish', message: inbound });
    for (const [packetId, delivery] of this.#uncompleted)
      if (concerned(delivery)) withdrawn.push({ packetId, awaited: 'pubrel', message: delivery });
    for (const { packetId, awaited, message: delivery } of withdrawn) {
      (awaited === 'publish' ? this.#unreceived : this.#uncompleted).delete(packetId);
      delivery.cancel();
    }
    return withdrawn;
  }

  #watched(inbound: InboundMessage | undefined): InboundMessage | undefined {
    if (inbound?.isSettled === false) inbound.onSettled = this.#ready;
    return inbound;
  }
}
