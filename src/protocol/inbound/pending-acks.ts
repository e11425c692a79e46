import type { MqttMessage } from '../../message.js';
import type { PublishAck } from '../../packets.js';
import { AckOrder } from './ack-order.js';
import type { InboundMessage } from './inbound-message.js';

/** A QoS 2 message that is cancelled though its session goes on: with what the broker sends again, it is handed over anew. */
export interface Withdrawn {
  readonly packetId: number;
  readonly awaited: 'publish' | 'pubrel';
  readonly message: InboundMessage;
}

/**
 * Acknowledgements that wait, because somebody is to answer for the message first, or because another one has its turn before
 * (5.0 section 4.6). A message that nobody answers for, with none before it, does not come here.
 */
export class PendingAcks {
  readonly #ready: () => void;

  // lives with the session
  /** QoS 2 messages whose PUBREC waits: the PUBLISH comes again on another connection, and is the same delivery. */
  readonly #unreceived = new Map<number, InboundMessage>();
  /** QoS 2 messages, handed over on PUBREL, whose PUBCOMP waits: so it is with the PUBREL. */
  readonly #uncompleted = new Map<number, InboundMessage>();

  // lives with the connection
  readonly #pubacks = new AckOrder();
  readonly #pubrecs = new AckOrder();
  /** No order holds for PUBCOMP: those that may go out. */
  readonly #pubcomps = new Set<number>();

  /** @param ready - called when one that waited may go out: see `take()`. */
  constructor(ready: () => void) {
    this.#ready = ready;
  }

  /** The connection is over: QoS 1 messages that wait come again as others. Gives those of QoS 2 that do too: they were left. */
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

  /** Nobody answers any more for what is not settled. */
  abandon(): Withdrawn[] {
    return this.#withdraw(({ isSettled: settled }) => !settled);
  }

  /** Acknowledgements that could go out, were it not for messages before them that were left. */
  get blockedCount(): number {
    return this.#pubacks.blockedCount + this.#pubrecs.blockedCount;
  }

  /** Whether the answer to a message, once it is settled, has to wait: for others, or for the broker to send its packet again. */
  isBlocked({ qos, packetId = 0 }: MqttMessage): boolean {
    if (qos === 1) return this.#pubacks.isBlocked(packetId);
    if (this.#uncompleted.has(packetId)) return !this.#pubcomps.has(packetId);
    if (this.#unreceived.has(packetId) && !this.#pubrecs.has(packetId)) return true;
    return this.#pubrecs.isBlocked(packetId);
  }

  hasPuback(packetId: number): boolean {
    return this.#pubacks.has(packetId);
  }

  /** A message of QoS 1 was handed over. True when its PUBACK need not wait. */
  puback(packetId: number, inbound: InboundMessage | undefined): boolean {
    if (inbound === undefined && this.#pubacks.size === 0) return true;
    this.#pubacks.add(packetId, this.#watched(inbound));
    return false;
  }

  /** The same for QoS 2, and for a PUBLISH that came again. */
  pubrec(packetId: number, inbound = this.#unreceived.get(packetId)): boolean {
    if (inbound === undefined && this.#pubrecs.size === 0) return true;
    if (this.#pubrecs.has(packetId)) return false;
    if (inbound !== undefined) this.#unreceived.set(packetId, inbound);
    this.#pubrecs.add(packetId, this.#watched(inbound));
    return false;
  }

  /** The same for QoS 2 that was handed over on PUBREL. */
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

  /** A PUBREL came: of a message that was handed over already, whose PUBCOMP waits. */
  releasedAgain(packetId: number): boolean {
    const inbound = this.#uncompleted.get(packetId);
    if (inbound !== undefined) this.pubcomp(packetId, inbound);
    return inbound !== undefined;
  }

  /** A PUBREL came: should the PUBREC still wait, the broker has done without. */
  released(packetId: number): void {
    this.#unreceived.delete(packetId);
    this.#pubrecs.delete(packetId);
  }

  /** The next that may go out now, which is then done with. */
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
