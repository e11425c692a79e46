import type { Observer, Subscriber, TeardownLogic } from 'rxjs';

/**
 * Observes incoming packets, and gives the packets that it sends to its subscriber. It ends with its source, and its subscription is that of
 * its subscriber: a source that knows this needs no subscription of its own for it.
 */
export abstract class Flow<T, R> implements Observer<T> {
  protected readonly subscriber: Subscriber<R>;

  constructor(subscriber: Subscriber<R>) {
    this.subscriber = subscriber;
  }

  get closed(): boolean {
    return this.subscriber.closed;
  }

  add(teardown: TeardownLogic): void {
    this.subscriber.add(teardown);
  }

  abstract next(value: T): void;

  error(cause: unknown): void {
    this.subscriber.error(cause);
  }

  complete(): void {
    this.subscriber.complete();
  }
}
