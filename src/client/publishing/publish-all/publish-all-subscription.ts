import { type Subscriber, Subscription } from 'rxjs';
import type { OutgoingMessage, PublishAllOptions, PublishOptions } from '../../../options/call-options.js';
import type { MqttError } from '../../../errors.js';
import type { PublishOutcome, PublishResult } from '../../../results.js';
import { checkOutgoingMessage } from '../../options/check-calls.js';
import { encodePayload } from '../../payload.js';
import { rejected } from '../publish-errors.js';
import type { Publisher } from '../publisher.js';
import { Outcomes, type OutcomeSlot, StreamedPublication, type OutcomeListener } from './outcomes.js';
import type { Failure, Sink, Source } from './source.js';

/** The most on their way at a time where nothing else is said: enough to keep any link busy. */
const WINDOW = 1000;

export interface PublishAllSubscriptionConfig {
  readonly publisher: Publisher;
  readonly options: PublishAllOptions<never>;
  readonly subscriber: Subscriber<PublishOutcome<never>>;
  /** The broker is needed. */
  readonly need: () => void;
}

/** One subscription of `publishAll`: takes messages from its source as there is room, and tells what becomes of each. */
export class PublishAllSubscription implements Sink, OutcomeListener {
  readonly #config: PublishAllSubscriptionConfig;
  readonly #outcomes: Outcomes;
  readonly #defaults: PublishOptions<never> | undefined;
  #source!: Source;
  /** Checked, and waiting for its turn: the only one, for nothing passes it. */
  #held: StreamedPublication | undefined;
  #roomInQueue = Subscription.EMPTY;
  #flushes = Subscription.EMPTY;
  #ended: { readonly error: Failure | undefined } | undefined;
  /** The client takes nothing any more. */
  #closed = false;
  #needed = false;
  #advancing = false;
  #again = false;
  #handedOver = false;

  constructor(config: PublishAllSubscriptionConfig) {
    this.#config = config;
    const { ordered = false, concurrency: _, buffer: __, overflow: ___, ...defaults } = config.options;
    this.#outcomes = new Outcomes(config.subscriber, ordered);
    this.#defaults = Object.keys(defaults).length === 0 ? undefined : defaults;
  }

  begin(source: Source): void {
    this.#source = source;
    const { publisher, subscriber } = this.#config;
    // large messages fill the queue by one or two, and leave it long before they settle
    this.#flushes = publisher.flushed$.subscribe({
      next: () => {
        if (this.#held !== undefined) this.advance();
      },
      error: (error: unknown) => subscriber.error(error),
    });
  }

  // called by the source

  get hasRoom(): boolean {
    if (this.#held !== undefined || this.#config.subscriber.closed) return false;
    // in the middle of closing: a client that is closed gets what had come, and no more
    if (this.#config.publisher.closed) return this.#closed;
    return this.#outcomes.pending < (this.#config.options.concurrency ?? WINDOW);
  }

  send(message: unknown, since?: number): void {
    const slot = this.#outcomes.expect();
    let publication: StreamedPublication;
    try {
      publication = this.#publication(message, slot, since);
    } catch (error) {
      return this.#reject(message, slot, error);
    }
    if (this.#mustWait(publication)) this.#hold(publication);
    else this.#handOver(publication);
  }

  refuse(message: unknown, error: MqttError): void {
    this.#config.subscriber.next({ status: 'rejected', message: message as OutgoingMessage<never>, error });
  }

  end(error?: Failure): void {
    this.#ended ??= { error };
  }

  /** Everything that can be done now. What it provokes, however deep, is done here too, one thing after the other. */
  advance(): void {
    this.#again = true;
    if (this.#advancing) return;
    this.#advancing = true;
    while (this.#again) {
      this.#again = false;
      if (this.#held !== undefined && !this.#mustWait(this.#held)) this.#handOver(this.#release(this.#held));
      this.#source.advance();
      if (this.#handedOver) {
        this.#handedOver = false;
        this.#again = true;
        this.#config.publisher.wake();
      }
    }
    this.#advancing = false;
    if (this.#ended !== undefined && this.#outcomes.pending === 0) this.#finish(this.#ended.error);
  }

  // called by the publications

  succeeded({ slot, message }: StreamedPublication, result: PublishResult): void {
    this.#outcomes.settle(slot, { status: 'published', message, result });
    this.advance();
  }

  failed({ slot, message }: StreamedPublication, error: MqttError): void {
    this.#reject(message, slot, error);
    this.advance();
  }

  // called by the client

  /** The client is closed: what has come is told so, then this ends, with an error only where the client ended with one. */
  close(why: MqttError): void {
    this.#closed = true;
    this.end(why.cause === undefined ? undefined : { why });
    this.#source.unsubscribe();
    this.advance();
  }

  /** Nobody listens any more: what has not been sent is dropped. */
  unsubscribe(): void {
    this.#roomInQueue.unsubscribe();
    this.#flushes.unsubscribe();
    this.#source.unsubscribe();
    if (this.#outcomes.pending > 0) {
      this.#config.publisher.abandonAll(
        publication => publication instanceof StreamedPublication && publication.listener === this,
      );
    }
  }

  #publication(message: unknown, slot: OutcomeSlot, since: number | undefined): StreamedPublication {
    checkOutgoingMessage(message);
    const { topic, payload } = message;
    this.#config.publisher.topicNames.assert(topic);
    const options = this.#defaults === undefined ? message : withDefaults(message, this.#defaults);
    const bytes = encodePayload(payload, options.encode, topic);
    const expiresAt = this.#config.publisher.expiryOf(options, since);
    return new StreamedPublication(topic, bytes, options, expiresAt, message, slot, this);
  }

  #mustWait(publication: StreamedPublication): boolean {
    if (this.#closed) return false;
    const { publisher, options } = this.#config;
    if (!publisher.hasRoomToSpare(publication)) return true;
    return options.concurrency === undefined && publication.qos > 0 && this.#outcomes.pending > publisher.window;
  }

  #hold(publication: StreamedPublication): void {
    this.#held = publication;
    // where others of ours are on their way, what becomes of them makes room
    if (this.#outcomes.pending > 1) return;
    const { publisher, subscriber } = this.#config;
    this.#roomInQueue = publisher.settled$.subscribe({
      next: () => this.advance(),
      error: (error: unknown) => subscriber.error(error),
    });
  }

  #release(held: StreamedPublication): StreamedPublication {
    this.#held = undefined;
    this.#roomInQueue.unsubscribe();
    return held;
  }

  #handOver(publication: StreamedPublication): void {
    try {
      this.#config.publisher.accept(publication);
    } catch (error) {
      return this.#reject(publication.message, publication.slot, error);
    }
    this.#handedOver = true;
    if (this.#needed) return;
    this.#needed = true;
    this.#config.need();
  }

  #reject(message: unknown, slot: OutcomeSlot, why: unknown): void {
    const error = rejected(why);
    this.#outcomes.settle(slot, {
      status: error.delivery ?? 'rejected',
      message: message as OutgoingMessage<never>,
      error,
    });
  }

  #finish(error: Failure | undefined): void {
    const { subscriber } = this.#config;
    if (error === undefined) subscriber.complete();
    else subscriber.error(error.why);
  }
}

function withDefaults(message: PublishOptions<never>, defaults: PublishOptions<never>): PublishOptions<never> {
  return {
    qos: message.qos ?? defaults.qos ?? 0,
    retain: message.retain ?? defaults.retain ?? false,
    until: message.until ?? defaults.until ?? 'acknowledged',
    properties: message.properties ?? defaults.properties,
    timeout: message.timeout ?? defaults.timeout,
    encode: message.encode ?? defaults.encode,
  } as PublishOptions<never>;
}
