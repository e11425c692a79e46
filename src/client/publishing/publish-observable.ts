import { Observable, Subscriber, type Subscription } from 'rxjs';
import type { PublishOptions } from '../../options/call-options.js';
import type { PublishResult } from '../../results.js';
import { type ResultObserver, PublishSubscription } from './publish-subscription.js';

export type GivenOptions = PublishOptions<never> | undefined;

export interface PublishStarter {
  /** Publishes a message and gives its outcome to the subscription. Throws if the message cannot be accepted. */
  startPublish(topic: string, payload: unknown, options: GivenOptions, subscription: PublishSubscription): void;
}

/**
 * What `publish()` returns. A plain Observable has for each subscription a subscriber, an observer that catches errors and a list of
 * teardowns, which together are larger than the message. This one has a {@link PublishSubscription} instead.
 */
// eslint-disable-next-line rxjs-x/no-subclass -- each subscription of a plain Observable takes 290 bytes
export class PublishObservable extends Observable<PublishResult> {
  constructor(
    private readonly starter: PublishStarter,
    private readonly topic: string,
    private readonly payload: unknown,
    private readonly options: GivenOptions,
  ) {
    super();
  }

  override subscribe(
    observerOrNext?: ResultObserver | ((result: PublishResult) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    if (isSubscriber(observerOrNext)) {
      // operators subscribe with a subscriber of their own, which unsubscribes this subscription with itself
      const subscription = new PublishSubscription(observerOrNext);
      observerOrNext.add(subscription);
      if (!subscription.closed) this.#publish(subscription);
      return observerOrNext;
    }
    const subscription = new PublishSubscription(
      typeof observerOrNext === 'object' && observerOrNext !== null
        ? observerOrNext
        : createObserver(observerOrNext, error, complete),
    );
    this.#publish(subscription);
    return subscription;
  }

  #publish(subscription: PublishSubscription): void {
    try {
      this.starter.startPublish(this.topic, this.payload, this.options, subscription);
    } catch (error) {
      subscription.fail(error);
    }
  }
}

/** Whether RxJS takes the value for a subscriber, which may be one of another copy of RxJS. */
function isSubscriber(value: unknown): value is Subscriber<PublishResult> {
  // looked at first, because most observers are literals
  if (typeof value !== 'object' || value === null || (value as Partial<Subscriber<PublishResult>>).add === undefined)
    return false;
  if (value instanceof Subscriber) return true;
  if (!('closed' in value)) return false;
  const { add, remove, unsubscribe, next, error, complete } = value as Partial<Subscriber<PublishResult>>;
  return [add, remove, unsubscribe, next, error, complete].every(method => typeof method === 'function');
}

function createObserver(
  next: ((result: PublishResult) => void) | null | undefined,
  error: ((error: unknown) => void) | null | undefined,
  complete: (() => void) | null | undefined,
): ResultObserver {
  const observer: ResultObserver = {};
  if (next) observer.next = next;
  if (error) observer.error = error;
  if (complete) observer.complete = complete;
  return observer;
}
