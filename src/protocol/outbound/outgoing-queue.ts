import type { MqttError } from '../../errors.js';
import { evicted, expired, indeterminate, queueFull } from './delivery-errors.js';
import { LinkedQueue } from './linked-queue.js';
import type { OutgoingPublish } from './outgoing-publish.js';

export interface QueueLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly overflow: 'refuse' | 'evictOldest';
}

export interface QueueConfig {
  readonly options: { readonly queue: QueueLimits };
  /** Is called for each message that is rejected. */
  settled(message: OutgoingPublish, error: MqttError): void;
  /** Calls `task` with each message, in order. It may divide that among several turns of the event loop. */
  inSlices(messages: readonly OutgoingPublish[], task: (message: OutgoingPublish) => void): void;
}

/** The bounded queue of outgoing messages. Each message that leaves it is sent or settled. Lives with the session. */
export class OutgoingQueue {
  readonly #queue = new LinkedQueue();
  readonly #limits: QueueLimits;
  readonly #config: QueueConfig;

  constructor(config: QueueConfig) {
    this.#limits = config.options.queue;
    this.#config = config;
  }

  /** Called when a message has entered or left the queue. */
  set onChange(listener: ((message: OutgoingPublish) => void) | undefined) {
    this.#queue.onChange = listener;
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

  /** Adds a message. Throws QUEUE_FULL. */
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

  /** Returns whether a message that can wait elsewhere may be added: it leaves half of the capacity to messages that cannot. */
  hasRoomToSpare(message: OutgoingPublish): boolean {
    const { maxMessages, maxBytes } = this.#limits;
    const { length, bytes } = this.#queue;
    return length === 0 || (length < maxMessages / 2 && bytes + message.bytes <= maxBytes / 2);
  }

  /** Adds a message that was in flight before all others. It is never refused. */
  requeue(message: OutgoingPublish): void {
    message.stage = 'queued';
    this.#queue.pushFront(message);
  }

  /** Adds what an earlier process had accepted, before what this one has. None of it is refused. */
  restore(messages: readonly OutgoingPublish[]): void {
    for (let i = messages.length - 1; i >= 0; i--) this.#queue.pushFront(messages[i]!);
  }

  /** Removes the messages that a store has, without settling them. */
  removeStored(): void {
    for (const message of this.#queue) {
      if (message.record === undefined) continue;
      message.stage = 'settled';
      this.#queue.remove(message);
    }
  }

  /** Removes a message without settling it. */
  remove(message: OutgoingPublish): void {
    this.#queue.remove(message);
  }

  /** Removes a message and settles it with the error. */
  reject(message: OutgoingPublish, error: MqttError): void {
    this.#queue.remove(message);
    message.stage = 'settled';
    this.#config.settled(message, message.sentBefore ? indeterminate(error) : error);
  }

  /** Rejects all messages that match, the oldest first, in slices. A message that no longer matches in its slice is not rejected. */
  rejectAll(because: (message: OutgoingPublish) => MqttError, matches: (message: OutgoingPublish) => boolean): void {
    // settling calls out, and what is called may cancel others
    this.#config.inSlices(this.#queue.filter(matches), message => {
      if (message.stage === 'queued' && matches(message)) this.reject(message, because(message));
    });
  }

  /** Rejects expired messages. Returns the time at which the next one expires; Infinity if none does. */
  expire(now: number): number {
    const due: OutgoingPublish[] = [];
    let next = Infinity;
    // one walk without an iterator, because there may be 100,000
    for (let message = this.oldest; message !== undefined; message = message.newer) {
      const { expiresAt } = message;
      if (expiresAt === undefined) continue;
      if (expiresAt <= now) due.push(message);
      else if (expiresAt < next) next = expiresAt;
    }
    for (const message of due) if (message.stage === 'queued') this.reject(message, expired(message));
    return next;
  }

  /** Returns whether the message fits. An empty queue takes a message of any size, because the bounds are for waiting messages. */
  #fits(message: OutgoingPublish): boolean {
    const { maxMessages, maxBytes } = this.#limits;
    const { length, bytes } = this.#queue;
    return length < maxMessages && (length === 0 || bytes + message.bytes <= maxBytes);
  }

  /** Returns whether evicting the oldest messages makes room for the message. */
  #mayEvict(message: OutgoingPublish): boolean {
    const { maxMessages, maxBytes, overflow } = this.#limits;
    return overflow === 'evictOldest' && message.bytes <= maxBytes && maxMessages > 0;
  }
}
