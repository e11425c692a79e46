import type { MqttMessage } from '../../message.js';
import type { PublishAck } from '../../packets.js';
import { AckOrder } from './ack-order.js';
import type { InboundMessage } from './inbound-message.js';

/** A QoS 2 message whose next acknowledgement waits until its subscribers have acknowledged it. */
export interface PendingQos2Message {
  readonly packetId: number;
  /** A PUBREC if the message was delivered with its PUBLISH, a PUBCOMP if it was delivered with its PUBREL. */
  readonly ack: 'pubrec' | 'pubcomp';
  readonly inbound: InboundMessage;
}

/**
 * Acknowledgements that wait, because a subscriber acknowledges the message by hand, or because another acknowledgement has its turn first
 * (5.0 section 4.6). A message without a manual subscriber, and with none waiting before it, is acknowledged without coming here.
 */
export class PendingAcks {
  readonly #onAckReady: () => void;

  // lives with the session
  /** By packet identifier. A PUBLISH or PUBREL that is sent again on another connection means the same message. */
  readonly #qos2 = new Map<number, PendingQos2Message>();

  // lives with the connection
  readonly #pubacks = new AckOrder('puback');
  readonly #pubrecs = new AckOrder('pubrec');
  /** The identifiers whose PUBCOMP may be sent. The specification sets no order for PUBCOMPs. */
  readonly #pubcomps = new Set<number>();

  /** @param onAckReady - is called when a waiting acknowledgement may be sent: see `take()`. */
  constructor(onAckReady: () => void) {
    this.#onAckReady = onAckReady;
  }

  /**
   * Ends the connection. The broker sends waiting QoS 1 messages again as new ones, so these are cancelled. Returns the QoS 2 messages that
   * were cancelled, too: those that no subscriber is going to acknowledge.
   */
  end(): PendingQos2Message[] {
    const qos1 = this.#pubacks.messages;
    this.#pubacks.clear();
    this.#pubrecs.clear();
    this.#pubcomps.clear();
    for (const { inbound } of this.#qos2.values()) inbound.onSettled = undefined;
    for (const inbound of qos1) inbound.cancel();
    return this.#cancel(({ inbound }) => inbound.isAbandoned);
  }

  forgetSession(): void {
    this.#cancel(() => true);
  }

  /** Cancels and returns all QoS 2 messages that are not settled, because no subscriber is left to acknowledge them. */
  abandon(): PendingQos2Message[] {
    return this.#cancel(({ inbound }) => !inbound.isSettled);
  }

  /** The number of acknowledgements that wait only for messages before them that were left. */
  get blockedCount(): number {
    return this.#pubacks.blockedCount + this.#pubrecs.blockedCount;
  }

  /** Returns whether the acknowledgement of a settled message has to wait for others, or for the broker to send its packet again. */
  isBlocked({ qos, packetId = 0 }: MqttMessage): boolean {
    if (qos === 1) return this.#pubacks.isBlocked(packetId);
    const pending = this.#qos2.get(packetId);
    if (pending?.ack === 'pubcomp') return !this.#pubcomps.has(packetId);
    if (pending !== undefined && !this.#pubrecs.has(packetId)) return true;
    return this.#pubrecs.isBlocked(packetId);
  }

  hasPuback(packetId: number): boolean {
    return this.#pubacks.has(packetId);
  }

  /** Takes a QoS 1 message that was delivered. Returns whether its PUBACK has to wait. */
  deferPuback(packetId: number, inbound: InboundMessage | undefined): boolean {
    if (inbound === undefined && this.#pubacks.size === 0) return false;
    this.#pubacks.add(packetId, this.#watch(inbound));
    return true;
  }

  /** Takes a QoS 2 message that was delivered, or whose PUBLISH was sent again. Returns whether its PUBREC has to wait. */
  deferPubrec(packetId: number, inbound = this.#pendingMessage(packetId, 'pubrec')): boolean {
    if (inbound === undefined && this.#pubrecs.size === 0) return false;
    if (this.#pubrecs.has(packetId)) return true;
    if (inbound !== undefined) this.#qos2.set(packetId, { packetId, ack: 'pubrec', inbound });
    this.#pubrecs.add(packetId, this.#watch(inbound));
    return true;
  }

  /** Takes a QoS 2 message that was delivered with its PUBREL, or whose PUBREL was sent again. Returns whether its PUBCOMP has to wait. */
  deferPubcomp(packetId: number, inbound = this.#pendingMessage(packetId, 'pubcomp')): boolean {
    if (inbound === undefined) return false;
    this.#qos2.set(packetId, { packetId, ack: 'pubcomp', inbound });
    if (inbound.isSettled) this.#pubcomps.add(packetId);
    else {
      inbound.onSettled = () => {
        this.#pubcomps.add(packetId);
        this.#onAckReady();
      };
    }
    return true;
  }

  /** Drops the PUBREC of a message whose PUBREL came before it was sent. */
  dropPubrec(packetId: number): void {
    this.#qos2.delete(packetId);
    this.#pubrecs.delete(packetId);
  }

  /** Removes and returns the next acknowledgement that may be sent. */
  take(): PublishAck | undefined {
    if (this.#pubacks.size + this.#pubrecs.size + this.#pubcomps.size === 0) return undefined;
    const puback = this.#pubacks.take();
    if (puback !== undefined) return puback;
    const pubrec = this.#pubrecs.take();
    if (pubrec === undefined) return this.#takePubcomp();
    // a PUBLISH that came again after its PUBREL is answered, too, and leaves the PUBCOMP pending
    if (this.#pendingMessage(pubrec.packetId, 'pubrec')) this.#qos2.delete(pubrec.packetId);
    return pubrec;
  }

  #takePubcomp(): PublishAck | undefined {
    const { value: packetId } = this.#pubcomps.values().next();
    if (packetId === undefined) return undefined;
    this.#pubcomps.delete(packetId);
    this.#qos2.get(packetId)!.inbound.sent = true;
    this.#qos2.delete(packetId);
    return { cmd: 'pubcomp', packetId };
  }

  /** Returns the QoS 2 message with this identifier, if an acknowledgement of it waits for its subscribers. */
  pendingQos2(packetId: number): PendingQos2Message | undefined {
    return this.#qos2.get(packetId);
  }

  /** Returns the same message if it waits for this acknowledgement. */
  #pendingMessage(packetId: number, ack: PendingQos2Message['ack']): InboundMessage | undefined {
    const pending = this.#qos2.get(packetId);
    return pending?.ack === ack ? pending.inbound : undefined;
  }

  /** Cancels and returns QoS 2 messages. */
  #cancel(isCancelled: (pending: PendingQos2Message) => boolean): PendingQos2Message[] {
    const cancelled = [...this.#qos2.values()].filter(isCancelled);
    for (const { packetId } of cancelled) this.#qos2.delete(packetId);
    for (const { inbound } of cancelled) inbound.cancel();
    return cancelled;
  }

  /** Calls `onAckReady` when the message is settled. */
  #watch(inbound: InboundMessage | undefined): InboundMessage | undefined {
    if (inbound?.isSettled === false) inbound.onSettled = this.#onAckReady;
    return inbound;
  }
}
