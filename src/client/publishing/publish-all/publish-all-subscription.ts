import { type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import type {
  AbortOptions,
  OutgoingMessage,
  PublishAllOptions,
  PublishOptions,
} from '../../../options/call-options.js';
import type { MqttError } from '../../../errors.js';
import type { PublishOutcome, PublishResult } from '../../../results.js';
import { checkOutgoingMessage } from '../../options/check-publish.js';
import { Slice, type Yielding } from '../../../operators/slice.js';
import { encodePayload } from '../../payload.js';
import { expiryOf } from '../expiry-timer.js';
import { rejected } from '../publish-errors.js';
import type { Publisher } from '../publisher.js';
import { Outcomes, type OutcomeSlot, StreamedPublication, type OutcomeListener } from './outcomes.js';
import type { Failure, Sink, Source } from './source.js';

/** The default number of messages that are being published at a time, which is enough to keep any link busy. */
const DEFAULT_CONCURRENCY = 1000;

export interface PublishAllSubscriptionConfig {
  readonly publisher: Publisher;
  readonly options: PublishAllOptions<never>;
  readonly subscriber: Subscriber<PublishOutcome<never>>;
  readonly yielding: Yielding;
  readonly scheduler: SchedulerLike;
  /** Starts connecting, if the client is idle. Called with the first message. */
  readonly connect: () => void;
}

/** One subscription of `publishAll`: takes messages from its source while there is room, and emits the outcome of each. */
export class PublishAllSubscription implements Sink, OutcomeListener {
  readonly #config: PublishAllSubscriptionConfig;
  readonly #outcomes: Outcomes;
  readonly #slice: Slice;
  readonly #defaults: PublishOptions<never> | undefined;
  #source!: Source;
  /** The message that waits for room in the queue. No other message is taken meanwhile, so that the order stays. */
  #waiting: StreamedPublication | undefined;
  #settlements = Subscription.EMPTY;
  #flushes = Subscription.EMPTY;
  #end: { readonly error: Failure | undefined } | undefined;
  #isClientClosed = false;
  #hasRequestedConnection = false;
  #isAdvancing = false;
  #mustRepeat = false;
  #hasAccepted = false;

  constructor(config: PublishAllSubscriptionConfig) {
    this.#config = config;
    this.#slice = new Slice(config.yielding, () => this.advance());
    const { ordered = false, concurrency: _, buffer: __, overflow: ___, signal: ____, ...defaults } = config.options;
    this.#outcomes = new Outcomes(config.subscriber, ordered);
    this.#defaults = Object.keys(defaults).length === 0 ? undefined : defaults;
  }

  start(source: Source): void {
    this.#source = source;
    const { publisher, subscriber } = this.#config;
    // one or two large messages can fill the queue, and they leave it long before they settle
    this.#flushes = publisher.flushed$.subscribe({
      next: () => {
        // each batch that the link takes is counted, because counting each message costs several percent of its time
        this.#slice.readClock();
        if (this.#waiting !== undefined) this.advance();
      },
      error: (error: unknown) => subscriber.error(error),
    });
  }

  // Called by the source:

  get hasRoom(): boolean {
    if (this.#waiting !== undefined || this.#config.subscriber.closed) return false;
    // while the client closes, no message is taken; after that, the buffered messages are taken and rejected
    if (this.#config.publisher.isClosed) return this.#isClientClosed;
    return this.#outcomes.pending < (this.#config.options.concurrency ?? DEFAULT_CONCURRENCY);
  }

  get isYielding(): boolean {
    return this.#slice.isYielding;
  }

  send(message: unknown, since?: number): void {
    const slot = this.#outcomes.reserve();
    let publication: StreamedPublication;
    try {
      publication = this.#createPublication(message, slot, since);
    } catch (error) {
      return this.#reject(message, slot, error);
    }
    if (this.#mustWait(publication)) this.#wait(publication);
    else this.#accept(publication);
  }

  refuse(message: unknown, error: MqttError): void {
    this.#config.subscriber.next({ status: 'rejected', message: message as OutgoingMessage<never>, error });
  }

  end(error?: Failure): void {
    this.#end ??= { error };
  }

  /** Publishes as many messages as possible. Re-entrant calls are folded into this loop. */
  advance(): void {
    this.#mustRepeat = true;
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#mustRepeat) {
      this.#mustRepeat = false;
      if (this.#waiting !== undefined && !this.#mustWait(this.#waiting)) this.#accept(this.#stopWaiting(this.#waiting));
      this.#source.advance();
      if (this.#hasAccepted) {
        this.#hasAccepted = false;
        this.#mustRepeat = true;
        this.#config.publisher.wake();
      }
    }
    this.#isAdvancing = false;
    if (this.#end !== undefined && this.#outcomes.pending === 0) this.#finish(this.#end.error);
  }

  // Called by the publications:

  onSucceeded({ slot, message }: StreamedPublication, result: PublishResult): void {
    this.#outcomes.settle(slot, { status: 'published', message, result });
    this.advance();
  }

  onFailed({ slot, message }: StreamedPublication, error: MqttError): void {
    this.#reject(message, slot, error);
    this.advance();
  }

  // Called by the client:

  /** Rejects the messages that have arrived when the client is closed, and then ends, with an error only if the client ended with one. */
  close(why: MqttError): void {
    this.#isClientClosed = true;
    this.end(why.cause === undefined ? undefined : { why });
    this.#source.unsubscribe();
    this.advance();
  }

  /** Drops the messages that are not sent yet. */
  unsubscribe(): void {
    this.#slice.cancel();
    this.#settlements.unsubscribe();
    this.#flushes.unsubscribe();
    this.#source.unsubscribe();
    if (this.#outcomes.pending > 0) {
      const { publisher } = this.#config;
      const { queue, inFlight } = publisher.sender;
      for (const message of [...queue.all, ...inFlight.all, ...(publisher.suspended?.all ?? [])])
        if (message instanceof StreamedPublication && message.listener === this) publisher.abandon(message);
    }
  }

  #createPublication(message: unknown, slot: OutcomeSlot, since: number | undefined): StreamedPublication {
    checkOutgoingMessage(message);
    const { topic, payload } = message;
    this.#config.publisher.topicNames.assert(topic);
    const options = this.#defaults === undefined ? message : withDefaults(message, this.#defaults);
    const bytes = encodePayload(payload, options.encode, topic);
    const expiresAt = expiryOf(options, this.#config.scheduler, since);
    return new StreamedPublication(topic, bytes, options, expiresAt, message, slot, this);
  }

  #mustWait(publication: StreamedPublication): boolean {
    if (this.#isClientClosed) return false;
    const { publisher, options } = this.#config;
    if (!publisher.sender.queue.hasRoomToSpare(publication)) return true;
    return options.concurrency === undefined && publication.qos > 0 && this.#outcomes.pending > publisher.sender.window;
  }

  #wait(publication: StreamedPublication): void {
    this.#waiting = publication;
    // the outcome of another message of this subscription also makes room, and calls advance()
    if (this.#outcomes.pending > 1) return;
    const { publisher, subscriber } = this.#config;
    this.#settlements = publisher.settled$.subscribe({
      next: () => this.advance(),
      error: (error: unknown) => subscriber.error(error),
    });
  }

  #stopWaiting(publication: StreamedPublication): StreamedPublication {
    this.#waiting = undefined;
    this.#settlements.unsubscribe();
    return publication;
  }

  #accept(publication: StreamedPublication): void {
    try {
      this.#config.publisher.accept(publication, publication.timeout, 'publishAll');
    } catch (error) {
      return this.#reject(publication.message, publication.slot, error);
    }
    this.#hasAccepted = true;
    if (this.#hasRequestedConnection) return;
    this.#hasRequestedConnection = true;
    this.#config.connect();
  }

  #reject(message: unknown, slot: OutcomeSlot, why: unknown): void {
    this.#slice.count(); // what is rejected at once never reaches the link
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
    withdraw: message.withdraw ?? defaults.withdraw,
    tag: message.tag ?? defaults.tag,
    encode: message.encode ?? defaults.encode,
  } satisfies Record<Exclude<keyof PublishOptions, keyof AbortOptions>, unknown> as PublishOptions<never>;
}
