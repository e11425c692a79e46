import { Observable, type Subscriber } from 'rxjs';

/**
 * Where values go out to whoever is subscribed. It is for what comes with every packet: a Subject makes a closure and an iterator for
 * each value, which takes longer than most of what subscribers do. Once it has ended, nobody subscribes any more.
 */
export class Outlet<T> {
  /** Never changed, but replaced: who comes or goes while a value goes out does not disturb it. */
  #subscribers: readonly Subscriber<T>[] = [];

  readonly value$ = new Observable<T>(subscriber => {
    this.#subscribers = [...this.#subscribers, subscriber];
    return () => {
      const rest = [...this.#subscribers];
      rest.splice(rest.indexOf(subscriber), 1);
      this.#subscribers = rest;
    };
  });

  get observed(): boolean {
    return this.#subscribers.length > 0;
  }

  next(value: T): void {
    const subscribers = this.#subscribers;
    for (let i = 0; i < subscribers.length; i++) subscribers[i]!.next(value);
  }

  error(error: unknown): void {
    for (const subscriber of this.#subscribers) subscriber.error(error);
  }

  complete(): void {
    for (const subscriber of this.#subscribers) subscriber.complete();
  }
}
