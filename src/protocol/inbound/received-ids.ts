import type { MqttMessage } from '../../message.js';
import type { Receipt, SessionRecorder } from '../session-recorder.js';
import type { InboundMessage } from './inbound-message.js';
import type { PendingQos2Message } from './pending-acks.js';

/** The identifiers of QoS 2 messages between PUBLISH and PUBREL, and what has to be stored of them. Lives with the session. */
export class ReceivedIds {
  readonly #recorder: SessionRecorder | undefined;
  /** With the message if it is held for its PUBREL. */
  readonly held = new Map<number, MqttMessage | undefined>();
  /** Deliveries that were left, until the exchange is over. The program may have processed the message all the same. */
  readonly #left = new Map<number, InboundMessage[]>();

  constructor(recorder: SessionRecorder | undefined) {
    this.#recorder = recorder;
  }

  /** @param held - the message, if it is going to be delivered with its PUBREL. */
  add(packetId: number, held: MqttMessage | undefined): void {
    // a message that is held from now on has to be stored
    if (held) this.#left.delete(packetId);
    this.held.set(packetId, held);
    this.#recorder?.recordReceived(packetId);
  }

  /** Has a message delivered again when the broker sends its PUBLISH or PUBREL again. */
  leave({ packetId, ack, inbound }: PendingQos2Message): void {
    this.#left.set(packetId, [...(this.#left.get(packetId) ?? []), inbound]);
    if (ack === 'pubrec') this.held.delete(packetId);
    else this.held.set(packetId, inbound.message);
    this.#recorder?.recordReceived(packetId);
  }

  /** Returns whether this delivery was left, and the exchange of its message is not over. */
  hasLeft(inbound: InboundMessage): boolean {
    return this.#left.get(inbound.message.packetId!)?.includes(inbound) === true;
  }

  /** Ends the exchange of a message. Returns whether there was one. */
  remove(packetId: number): boolean {
    this.#left.delete(packetId);
    this.#recorder?.recordReceived(packetId);
    return this.held.delete(packetId);
  }

  clear(): void {
    for (const packetId of this.held.keys()) this.remove(packetId);
    this.#left.clear();
  }

  /** @param pending - the message, if its acknowledgement waits for its subscribers. */
  receiptOf(packetId: number, pending: PendingQos2Message | undefined): Receipt {
    if (pending) return pending.inbound.isStored ? receiptOfProcessed(pending) : 'open';
    const receipt = this.held.has(packetId) ? (this.held.get(packetId) ?? 'delivered') : 'none';
    return receipt !== 'delivered' && this.#left.has(packetId) ? 'open' : receipt;
  }
}

/** A message that is delivered with its PUBREL is stored until it is processed; for any other one, the receipt is stored from then on. */
export const receiptOfProcessed = (pending: PendingQos2Message | undefined): 'delivered' | 'none' =>
  pending?.ack === 'pubcomp' ? 'none' : 'delivered';
