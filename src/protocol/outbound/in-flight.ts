import type { PubrelPacket } from '../../packets.js';
import { LinkedQueue } from './linked-queue.js';
import { MessagesById } from './messages-by-id.js';
import type { OutgoingPublish } from './outgoing-publish.js';
import type { PacketIds } from '../packet-ids.js';
import { type SendBounds, SendWindow } from './send-window.js';
import { SpentIds } from './spent-ids.js';

/** The most messages: 16 packet identifiers are reserved for SUBSCRIBE and UNSUBSCRIBE, which share the 65,535 with messages. */
const CAPACITY = 0xffff - 16;

/** The QoS 1 and 2 messages that were sent and are not settled, by packet identifier and in the order of sending. */
export class InFlight {
  // lives with the session
  readonly #messages = new LinkedQueue();
  // these are made when they are first needed
  #byId: MessagesById | undefined;
  #spentIds: SpentIds | undefined;
  #pubrecs = 0;
  #isolated = 0;
  #isolatedBytes = 0;

  // lives with the connection
  readonly window = new SendWindow();
  /** The next message to look at for sending it again. Those before it are sent, or are not sent again. */
  #resendNext: OutgoingPublish | undefined;
  /** The messages whose PUBREL is to be sent again. That of the last one is next. */
  #resendPubrels: OutgoingPublish[] | undefined;

  /** @param maxBytes - the bound of bytes in flight. A larger message may be in flight alone. */
  constructor(
    private readonly packetIds: PacketIds,
    private readonly maxBytes = Infinity,
  ) {}

  /** Called when a message has entered or left, or got its PUBREC. */
  set onChange(listener: ((message: OutgoingPublish) => void) | undefined) {
    this.#messages.onChange = listener;
  }

  /** The identifiers of messages that were given up. */
  get spentIds(): SpentIds {
    return (this.#spentIds ??= new SpentIds(this.packetIds));
  }

  get size(): number {
    return this.#messages.length;
  }

  /** Bytes of topics, payloads and properties in flight. A QoS 2 message counts nothing after PUBREC. */
  get bytes(): number {
    return this.#messages.bytes;
  }

  get oldest(): OutgoingPublish | undefined {
    return this.#messages.oldest;
  }

  /** The oldest message that was sent on this connection and has no answer yet, isolated ones left out. */
  get firstUnanswered(): OutgoingPublish | undefined {
    for (const message of this.#messages)
      if (message.stage === 'sent' && message.onThisConnection && !message.isolated) return message;
    return undefined;
  }

  get all(): readonly OutgoingPublish[] {
    return [...this.#messages];
  }

  get(packetId: number): OutgoingPublish | undefined {
    return this.#byId?.get(packetId);
  }

  /** Begins a connection. @param visit - is called with each message, because there may be 65,000, which one pass has to be enough for. */
  begin(bounds: SendBounds, visit?: (message: OutgoingPublish) => void): void {
    this.window.begin(bounds);
    this.#messages.forEach(message => {
      message.sendOrder = 0;
      visit?.(message);
    });
  }

  end(): void {
    if (this.#isolated > 0)
      for (const message of this.#messages) if (message.isolated && message.onThisConnection) message.dup = true;
    this.window.end();
    this.#resendNext = this.#resendPubrels = undefined;
  }

  /** Returns whether the window, the packet identifiers and the bound in bytes have room for the message. */
  hasRoomFor(message: OutgoingPublish): boolean {
    if (this.window.isShutFor(message) || this.#messages.length >= CAPACITY || this.packetIds.next === 0) return false;
    return this.#messages.bytes + message.bytes <= this.maxBytes || this.#hasBytesBesideIsolated(message);
  }

  /** Adds what an earlier process had sent. The packet identifiers are taken already. */
  restore(messages: readonly OutgoingPublish[], spentIds: readonly number[]): void {
    if (spentIds.length > 0) this.spentIds.add(...spentIds);
    for (const message of messages) {
      this.#insert(message);
      if (message.stage === 'released') this.receivedByBroker(message);
    }
  }

  /** Adds a message for which there is room, and assigns its packet identifier. */
  add(message: OutgoingPublish): void {
    message.packetId = this.packetIds.take();
    message.stage = 'sent';
    this.window.take(message);
    this.#insert(message);
  }

  /** Notes a PUBREC: from now on only PUBREL is sent again (4.3.3). */
  receivedByBroker(message: OutgoingPublish): void {
    message.stage = 'released';
    message.pubrecOrder = ++this.#pubrecs;
    this.#messages.dropPayload(message);
  }

  /** Lowers a QoS 2 message to QoS 1, as the broker did. */
  lower(message: OutgoingPublish): void {
    this.window.lower(message);
    message.qos = 1;
  }

  settle(message: OutgoingPublish): void {
    this.#remove(message);
    this.packetIds.release(message.packetId);
    this.window.free(message);
    message.stage = 'settled';
  }

  /** Removes a message whose exchange is not complete. The identifier of a QoS 2 message is not reused in this session. */
  giveUp(message: OutgoingPublish): void {
    this.#remove(message);
    if (message.qos === 2) this.spentIds.add(message.packetId);
    else this.packetIds.release(message.packetId);
    message.stage = 'settled';
  }

  /** The identifiers of QoS 2 messages whose exchange with the broker is not complete. */
  get unfinishedIds(): number[] {
    return [...(this.#spentIds?.all ?? []), ...this.all.filter(({ qos }) => qos === 2).map(({ packetId }) => packetId)];
  }

  /** Moves an isolated message behind all others. */
  isolate(message: OutgoingPublish): void {
    message.dup = true;
    message.isUnsent = false;
    this.#unlink(message);
    this.#messages.push(message);
    this.#isolated++;
    this.#isolatedBytes += message.bytes;
  }

  endIsolation(message: OutgoingPublish): void {
    this.#isolated--;
    this.#isolatedBytes -= message.bytes;
  }

  /** Removes all messages that are not kept, and returns them in the order of sending. Kept ones are sent as new messages. */
  clear(keep: (message: OutgoingPublish) => boolean = () => false): OutgoingPublish[] {
    this.#spentIds?.release();
    const all: OutgoingPublish[] = [];
    this.#messages.forEach(message => {
      message.sentBefore = true;
      message.isUnsent = false;
      if (keep(message)) message.dup = false;
      else all.push(message);
    });
    for (const message of all) {
      this.#remove(message);
      this.packetIds.release(message.packetId);
      message.packetId = 0;
      message.stage = 'settled';
    }
    return all;
  }

  /** Marks all messages that are not isolated to be sent again, beginning with the oldest. */
  rewind(): void {
    this.#resendNext = this.#messages.oldest;
    if (this.#pubrecs === 0) return; // most sessions have none, and there may be 65,000 messages
    const released = this.#messages.filter(({ stage }) => stage === 'released');
    this.#resendPubrels = released.sort((a, b) => b.pubrecOrder - a.pubrecOrder);
  }

  get resending(): boolean {
    return this.#resendNext !== undefined || !!this.#resendPubrels?.length;
  }

  /**
   * Returns the next packet to send again; undefined if all are sent, or the window is full. A PUBLISH has DUP unless it was never sent. In
   * the place of a message after its PUBREC, a PUBREL goes out: the next one in the order of the PUBRECs [MQTT-4.6.0-4].
   */
  nextResend(): OutgoingPublish | PubrelPacket | undefined {
    for (let message = this.#resendNext; message !== undefined; message = this.#resendNext) {
      const isSent = message.stage === 'sent' && !message.isolated;
      if (isSent && !message.onThisConnection && this.window.isShutFor(message)) break;
      this.#resendNext = message.newer;
      if (isSent) {
        if (!message.onThisConnection) this.window.take(message);
        if (!message.isUnsent) message.dup = true;
        message.isUnsent = false;
        return message;
      }
      const pubrel = message.stage === 'released' ? this.#nextPubrel() : undefined;
      if (pubrel) return pubrel;
    }
    // no PUBREL waits for the window [MQTT-3.3.4-8]
    return this.#nextPubrel();
  }

  #nextPubrel(): PubrelPacket | undefined {
    let message = this.#resendPubrels?.pop();
    while (message !== undefined && message.stage !== 'released') message = this.#resendPubrels!.pop();
    if (message === undefined) return undefined;
    // it has its place in the window all the same, until PUBCOMP
    if (!message.onThisConnection) this.window.take(message);
    return { cmd: 'pubrel', packetId: message.packetId };
  }

  #insert(message: OutgoingPublish): void {
    this.#messages.push(message);
    (this.#byId ??= new MessagesById()).add(message);
  }

  #remove(message: OutgoingPublish): void {
    this.#unlink(message);
    this.#byId!.delete(message);
  }

  #unlink(message: OutgoingPublish): void {
    if (message === this.#resendNext) this.#resendNext = message.newer;
    this.#messages.remove(message);
  }

  /**
   * Isolated messages have a bound of the same size to themselves: one of them holds up nobody, and many of them cannot pile up. What is
   * larger than the bound goes when no other message is in flight.
   */
  #hasBytesBesideIsolated({ bytes }: OutgoingPublish): boolean {
    if (this.#isolated > 1 && this.#isolatedBytes > this.maxBytes) return false;
    const others = this.#messages.bytes - this.#isolatedBytes;
    return others === 0 || others + bytes <= this.maxBytes;
  }
}
