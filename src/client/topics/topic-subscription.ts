import type { NextObserver, Subscriber, Unsubscribable } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import type { Operation } from '../../operation.js';
import type { Subscribed } from '../../results.js';
import type { GrantListener } from './route.js';
import type { TopicRoute } from './topic-route.js';

export interface TopicSubscriptionOwner {
  /** Called when the subscriber has left its route. */
  onUnsubscribed(subscription: TopicSubscription): void;
}

/** One subscriber of a `topic$`. It is the teardown of the subscriber, because closures would take more memory. */
export class TopicSubscription implements GrantListener, Unsubscribable {
  readonly route: TopicRoute;
  readonly grantObserver: NextObserver<Subscribed> | undefined;
  readonly #subscriber: Subscriber<MqttMessage>;
  readonly #owner: TopicSubscriptionOwner;
  /** Tells hooks how the stream ends. */
  readonly #operation: Operation | undefined;

  constructor(
    route: TopicRoute,
    grantObserver: NextObserver<Subscribed> | undefined,
    subscriber: Subscriber<MqttMessage>,
    owner: TopicSubscriptionOwner,
    operation: Operation | undefined,
  ) {
    this.route = route;
    this.grantObserver = grantObserver;
    this.#subscriber = subscriber;
    this.#owner = owner;
    this.#operation = operation;
  }

  get filters(): readonly string[] {
    return this.route.filters;
  }

  get closed(): boolean {
    return this.#subscriber.closed;
  }

  onGranted(subscribed: Subscribed): void {
    this.grantObserver?.next(subscribed);
  }

  unsubscribe(): void {
    this.route.unsubscribe(this.#subscriber);
    this.#owner.onUnsubscribed(this);
    this.#operation?.end(this.route.ending);
  }
}
