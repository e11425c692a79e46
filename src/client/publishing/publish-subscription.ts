import { type Observer, Subscription } from 'rxjs';
import type { MqttError } from '../../errors.js';
import type { PublishOptions } from '../../options/call-options.js';
import type { PublishResult } from '../../results.js';
import { reportUnhandled } from '../trampoline.js';
import { Publication } from './publication.js';

export type ResultObserver = Partial<Observer<PublishResult>>;

/** Drops a message that is not sent yet. */
export interface PublicationOwner {
  abandon(publication: Publication): void;
}

/**
 * The subscription to one `publish()`. It gives the outcome to the observer with the guarantees of a subscriber of RxJS: nothing after the
 * end, and what the observer throws is reported and reaches nobody else. Unsubscribing abandons the message.
 */
export class PublishSubscription extends Subscription {
  private publication: Publication | undefined = undefined;
  private owner: PublicationOwner | undefined = undefined;

  constructor(private readonly observer: ResultObserver) {
    super();
  }

  /** Has `unsubscribe()` abandon this message. */
  attach(publication: Publication, owner: PublicationOwner): void {
    this.publication = publication;
    this.owner = owner;
  }

  /** Emits the result and completes, unless the observer unsubscribes in between. */
  succeed(result: PublishResult): void {
    const { observer } = this;
    try {
      observer.next?.(result);
    } catch (error) {
      reportUnhandled(error);
    }
    if (this.closed) return;
    try {
      observer.complete?.();
    } catch (error) {
      reportUnhandled(error);
    }
    this.#close();
  }

  fail(error: unknown): void {
    const { observer } = this;
    try {
      if (observer.error) observer.error(error);
      else reportUnhandled(error);
    } catch (thrown) {
      reportUnhandled(thrown);
    }
    this.#close();
  }

  override unsubscribe(): void {
    if (this.closed) return;
    try {
      super.unsubscribe();
    } finally {
      if (this.publication?.isSettled === false) this.owner!.abandon(this.publication);
    }
  }

  /** Runs what was added to this subscription. */
  #close(): void {
    try {
      super.unsubscribe();
    } catch (error) {
      reportUnhandled(error);
    }
  }
}

/** The message of a single `publish()`. */
export class SinglePublication extends Publication {
  constructor(
    topic: string,
    payload: Uint8Array,
    options: PublishOptions<never>,
    expiresAt: number | undefined,
    private readonly subscription: PublishSubscription,
  ) {
    super(topic, payload, options, expiresAt);
  }

  onReached(result: PublishResult): void {
    this.subscription.succeed(result);
  }

  onFailed(error: MqttError): void {
    this.subscription.fail(error);
  }
}
