import type { Subscriber } from 'rxjs';
import type { PublishOutcome, PublishResult } from '../../../results.js';
import type { OutgoingMessage, PublishOptions } from '../../../options/call-options.js';
import type { MqttError } from '../../../errors.js';
import { Publication } from '../publication.js';

/** The place of a message in the line of outcomes; undefined where there is no line. */
export type OutcomeSlot = { outcome: PublishOutcome<never> | undefined } | undefined;

/** Tells the outcomes, in the order of their messages where that is asked for. */
export class Outcomes {
  readonly #subscriber: Subscriber<PublishOutcome<never>>;
  /** The first one has no outcome yet. */
  readonly #line: NonNullable<OutcomeSlot>[] | undefined;
  #pending = 0;

  constructor(subscriber: Subscriber<PublishOutcome<never>>, ordered: boolean) {
    this.#subscriber = subscriber;
    this.#line = ordered ? [] : undefined;
  }

  /** How many are expected. */
  get pending(): number {
    return this.#pending;
  }

  expect(): OutcomeSlot {
    this.#pending++;
    if (this.#line === undefined) return undefined;
    const slot: OutcomeSlot = { outcome: undefined };
    this.#line.push(slot);
    return slot;
  }

  settle(slot: OutcomeSlot, outcome: PublishOutcome<never>): void {
    if (slot === undefined) return this.#next(outcome);
    slot.outcome = outcome;
    const line = this.#line!;
    for (let first = line[0]?.outcome; first !== undefined; first = line[0]?.outcome) {
      line.shift();
      this.#next(first);
    }
  }

  #next(outcome: PublishOutcome<never>): void {
    this.#pending--;
    this.#subscriber.next(outcome);
  }
}

export interface OutcomeListener {
  succeeded(publication: StreamedPublication, result: PublishResult): void;
  failed(publication: StreamedPublication, error: MqttError): void;
}

/** A message of `publishAll`. */
export class StreamedPublication extends Publication {
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
  }

  reached(result: PublishResult): void {
    this.listener.succeeded(this, result);
  }

  failed(error: MqttError): void {
    this.listener.failed(this, error);
  }
}
