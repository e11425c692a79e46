import type { MqttError } from '../../errors.js';
import { evicted, expired, indeterminate, queueFull } from './delivery-errors.js';
import { LinkedQueue } from './linked-queue.js';
import type { OutgoingPublish } from './outgoing-publish.js';

export interface QueueLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly overflow: 'refuse' | 'evictOldest';
}

/** The queue with its bounds: nothing leaves it in silence. Lives with the session. */
export class OutgoingQueue {
  readonly #queue = new LinkedQueue();
  readonly #limits: QueueLimits;
  readonly #settled: (message: OutgoingPublish, error: MqttError) => void;

  constructor(limits: QueueLimits, settled: (message: OutgoingPublish, error: MqttError) => void) {
    this.#limits = limits;
    this.#settled = settled;
  }

  get length(): number {
    return this.#queue.length;
  }

  get bytes(): number {
    return this.#queue.bytes;
  }

  get oldest(): OutgoingPublish | undefined {
    return this.#queue.oldest;
  }

  get all(): readonly OutgoingPublish[] {
    return [...this.#queue];
  }

  /** Takes the message in, or throws QUEUE_FULL. */
  enqueue(message: OutgoingPublish): void {
    const { maxMessages, maxBytes } = this.#limits;
    if (!this.#fits(message) && !this.#mayEvict(message)) {
      throw queueFull(message, `${this.length} of ${maxMessages} messages and ${this.bytes} of ${maxBytes} bytes`);
    }
    // before the eviction: who is told of that may enqueue, and comes after this one
    message.stage = 'queued';
    this.#queue.push(message);
    while (this.length > 1 && (this.length > maxMessages || this.bytes > maxBytes)) {
      this.reject(this.oldest!, evicted(this.oldest!));
    }
  }

  /** Whether a message that can wait elsewhere may enter: it leaves half of the room to those that cannot. */
  hasRoomToSpare(message: OutgoingPublish): boolean {
    const { maxMessages, maxBytes } = this.#limits;
    const { length, bytes } = this.#queue;
    return length === 0 || (length < maxMessages / 2 && bytes + message.bytes <= maxBytes / 2);
  }

  /** For what was in flight: it goes before all others and is never refused. */
  requeue(message: OutgoingPublish): void {
    message.stage = 'queued';
    this.#queue.pushFront(message);
  }

  /** Takes a message out without settling it. */
  remove(message: OutgoingPublish): void {
    this.#queue.remove(message);
  }

  /** Takes a message out and settles it with why. */
  reject(message: OutgoingPublish, error: MqttError): void {
    this.#queue.remove(message);
    message.stage = 'settled';
    this.#settled(message, message.sentBefore ? indeterminate(error) : error);
  }

  /** Rejects all that `matches`, oldest first. */
  rejectAll(because: (message: OutgoingPublish) => MqttError, matches: (message: OutgoingPublish) => boolean): void {
    // settling calls out, and what is called may enqueue or cancel: look at what is there now
    for (const message of this.all) {
      if (message.stage === 'queued' && matches(message)) this.reject(message, because(message));
    }
  }

  /** Rejects what has expired. Gives the moment at which the next one will, Infinity for never. */
  expire(now: number): number {
    this.rejectAll(expired, ({ expiresAt = Infinity }) => expiresAt <= now);
    let next = Infinity;
    for (const { expiresAt = Infinity } of this.#queue) next = Math.min(next, expiresAt);
    return next;
  }

  /** An empty queue takes a message of any size: the bounds are for what waits, not for what passes. */
  #fits(message: OutgoingPublish): boolean {
    const { maxMessages, maxBytes } = this.#limits;
    const { length, bytes } = this.#queue;
    return length < maxMessages && (length === 0 || bytes + message.bytes <= maxBytes);
  }

  /** Whether the message has room when the oldest go. */
  #mayEvict(message: OutgoingPublish): boolean {
    const { maxMessages, maxBytes, overflow } = this.#limits;
    return overflow === 'evictOldest' && message.bytes <= maxBytes && maxMessages > 0;
  }
}
