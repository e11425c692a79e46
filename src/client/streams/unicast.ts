import { Observable, type Subscriber } from 'rxjs';

/**
 * Emits each value to the one subscriber that came last. It takes the place of a Subject between two parts of a client: it costs one field
 * where a Subject costs a list, and one call for each value. It does not end, and a subscriber that has unsubscribed gets nothing.
 */
export class Unicast<T> {
  #subscriber: Subscriber<T> | undefined;

  /** A new Observable each time, because it is subscribed once. */
  get values$(): Observable<T> {
    return new Observable(subscriber => {
      this.#subscriber = subscriber;
    });
  }

  get observed(): boolean {
    return this.#subscriber?.closed === false;
  }

  next(value: T): void {
    this.#subscriber?.next(value);
  }

  /** Keeps its subscriber in memory no longer. */
  release(): void {
    this.#subscriber = undefined;
  }
}
