import type { Subscriber } from 'rxjs';
import type { PublishOutcome, PublishResult } from '../../../results.js';
import type { OutgoingMessage, PublishOptions } from '../../../options/call-options.js';
import type { MqttError } from '../../../errors.js';
import { Queue } from '../../../protocol/collections/queue.js';
import { Publication } from '../publication.js';

/** The place of an outcome in the order of the messages; undefined where outcomes are not ordered. */
export type OutcomeSlot = { outcome: PublishOutcome<never> | undefined } | undefined;

/** Emits the outcomes of messages, in the order of the messages if `ordered`. Lives with a subscription of `publishAll`. */
export class Outcomes {
  readonly #subscriber: Subscriber<PublishOutcome<never>>;
  /** The slots in the order of the messages. The first one has no outcome yet. */
  readonly #slots: Queue<NonNullable<OutcomeSlot>> | undefined;
  #pending = 0;

  constructor(subscriber: Subscriber<PublishOutcome<never>>, ordered: boolean) {
    this.#subscriber = subscriber;
    this.#slots = ordered ? new Queue() : undefined;
  }

  /** The number of outcomes that are not emitted yet. */
  get pending(): number {
    return this.#pending;
  }

  /** Reserves the place of the outcome of the next message. */
  reserve(): OutcomeSlot {
    this.#pending++;
    if (this.#slots === undefined) return undefined;
    const slot: OutcomeSlot = { outcome: undefined };
    this.#slots.push(slot);
    return slot;
  }

  /** Emits an outcome, or keeps it in its slot until all earlier ones are emitted. */
  settle(slot: OutcomeSlot, outcome: PublishOutcome<never>): void {
    if (slot === undefined) return this.#emit(outcome);
    slot.outcome = outcome;
    const slots = this.#slots!;
    for (let first = slots.oldest?.outcome; first !== undefined; first = slots.oldest?.outcome) {
      slots.take();
      this.#emit(first);
    }
  }

  #emit(outcome: PublishOutcome<never>): void {
    this.#pending--;
    this.#subscriber.next(outcome);
  }
}

export interface OutcomeListener {
  onSucceeded(publication: StreamedPublication, result: PublishResult): void;
  onFailed(publication: StreamedPublication, error: MqttError): void;
}

/** A message of `publishAll`. */
export class StreamedPublication extends Publication {
  /** ms */
  readonly timeout: number | undefined;

  constructor(
    topic: string,
    payload: Uint8Array,
    options: PublishOptions<never>,
    expiresAt: number | undefined,
    readonly message: OutgoingMessage<never>,
    readonly slot: OutcomeSlot,
    readonly listener: OutcomeListener,
  ) {
    super(topic, payload, options, expiresAt);
    this.timeout = options.timeout;
  }

  onReached(result: PublishResult): void {
    this.listener.onSucceeded(this, result);
  }

  onFailed(error: MqttError): void {
    this.listener.onFailed(this, error);
  }
}
