import type { Packet } from '../packets.js';
import type { OutgoingPublish } from '../protocol/outbound/outgoing-publish.js';
import { Queue } from '../protocol/collections/queue.js';
import type { Journal } from './journal.js';

interface Waiting {
  readonly packet: Packet;
  /** The number of the batch that has to be durable first. */
  readonly batch: number;
}

/** What a connection gives to its gate. */
export interface DurableGateConfig {
  /** Returns false while the link takes no more. */
  readonly writable: () => boolean;
  readonly send: (packet: Packet) => void;
  /** Settles a message that has expired and was never sent, and returns whether it has. */
  readonly sender: { expireUnsent(message: OutgoingPublish): boolean };
  /** The bounds of the messages of QoS 0 that wait, because they left the queue. */
  readonly limits: { readonly maxMessages: number; readonly maxBytes: number };
  /** Is triggered when there is room for other messages, because some that were held back are sent or have settled. */
  readonly wake: { trigger(): void };
}

/**
 * Holds packets back until what they tell the broker is durable: a message with its packet identifier before its PUBLISH, a PUBREC before
 * its PUBREL, a receipt before its PUBREC, and its deletion before the PUBCOMP. A packet waits for all changes before it, so that an
 * acknowledgement also waits for what the program has published because of its message. Other packets pass. Lives with the connection.
 */
export class DurableGate {
  readonly #journal: Pick<Journal, 'pendingBatch' | 'durableBatch'>;
  readonly #config: DurableGateConfig;
  #waiting = new Queue<Waiting>();
  /** How many QoS 0 messages wait, because they were stored, and their bytes. */
  #waitingQos0 = 0;
  #waitingBytes = 0;

  constructor(journal: Pick<Journal, 'pendingBatch' | 'durableBatch'>, config: DurableGateConfig) {
    this.#journal = journal;
    this.#config = config;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether so many QoS 0 messages wait that others have to stay in the queue, which bounds them. */
  get isFull(): boolean {
    const { maxMessages, maxBytes } = this.#config.limits;
    return this.#waitingQos0 > 0 && (this.#waitingQos0 >= maxMessages || this.#waitingBytes >= maxBytes);
  }

  send(packet: Packet): void {
    const { send } = this.#config;
    if (!this.#mustWait(packet)) return send(packet);
    const batch = this.#journal.pendingBatch;
    if (batch === 0 && this.isEmpty) return send(packet);
    this.#push({ packet, batch });
  }

  /** Sends what has become durable, in its order, while the link takes it. */
  release(): void {
    const { writable, send, sender, wake } = this.#config;
    const wasFull = this.isFull;
    while (this.#isOldestDurable && writable()) {
      const packet = this.#take()!;
      // what could not be stored has settled meanwhile, and does not go out
      if (isSettled(packet)) continue;
      if (isOutgoing(packet) && sender.expireUnsent(packet)) wake.trigger();
      else send(packet);
    }
    if (wasFull && !this.isFull) wake.trigger();
  }

  get #isOldestDurable(): boolean {
    const { oldest } = this.#waiting;
    return oldest !== undefined && oldest.batch <= this.#journal.durableBatch;
  }

  /** Drops the messages that have settled, because the store could not take them. */
  dropSettled(): void {
    const all = this.#waiting;
    this.#waiting = new Queue();
    this.#waitingQos0 = this.#waitingBytes = 0;
    for (let waiting = all.take(); waiting !== undefined; waiting = all.take())
      if (!isSettled(waiting.packet)) this.#push(waiting);
    this.#config.wake.trigger();
  }

  /** Sends nothing more. Returns the messages that were held back, as messages that were not sent on this connection. */
  close(): OutgoingPublish[] {
    const held: OutgoingPublish[] = [];
    for (let packet = this.#take(); packet !== undefined; packet = this.#take())
      if (isOutgoing(packet) && !isSettled(packet)) held.push(packet);
    for (const message of held) {
      message.sendOrder = 0;
      message.isUnsent = message.qos > 0 && !message.dup;
    }
    return held;
  }

  /**
   * QoS 0 messages pass, except those that were stored: they leave the store first, so that they are not sent twice. Later QoS 0 messages
   * stay behind them.
   */
  #mustWait(packet: Packet): boolean {
    switch (packet.cmd) {
      case 'publish':
        return packet.qos > 0 || this.#waitingQos0 > 0 || (isOutgoing(packet) && packet.record !== undefined);
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
        return true;
      default:
        return false;
    }
  }

  #push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#count(waiting.packet, 1);
  }

  #take(): Packet | undefined {
    const packet = this.#waiting.take()?.packet;
    if (packet !== undefined) this.#count(packet, -1);
    return packet;
  }

  #count(packet: Packet, by: 1 | -1): void {
    if (!isOutgoing(packet) || packet.qos > 0) return;
    this.#waitingQos0 += by;
    this.#waitingBytes += by * packet.bytes;
  }
}

/** Every PUBLISH that a client sends is a message of its session. */
const isOutgoing = (packet: Packet): packet is OutgoingPublish => packet.cmd === 'publish';

const isSettled = (packet: Packet): boolean => isOutgoing(packet) && packet.stage === 'settled';
