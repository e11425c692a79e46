import { Observable, type Subscriber } from 'rxjs';

/**
 * Emits each value to all subscribers. It replaces a Subject where there is a value for every packet: a Subject creates a closure and an
 * iterator for each value, which takes longer than most of what subscribers do. It does not remember that it has ended, so nobody may
 * subscribe afterwards.
 */
export class Multicast<T> {
  readonly #subscribers = new Set<Subscriber<T>>();
  /** A copy of the subscribers until they change, so that a change during an emission does not affect that emission. */
  #snapshot: readonly Subscriber<T>[] | undefined;

  readonly values$ = new Observable<T>(subscriber => {
    this.#subscribers.add(subscriber);
    this.#snapshot = undefined;
    return () => {
      this.#subscribers.delete(subscriber);
      this.#snapshot = undefined;
    };
  });

  get observed(): boolean {
    return this.#subscribers.size > 0;
  }

  next(value: T): void {
    const snapshot = (this.#snapshot ??= [...this.#subscribers]);
    for (let i = 0; i < snapshot.length; i++) snapshot[i]!.next(value);
  }

  error(error: unknown): void {
    for (const subscriber of [...this.#subscribers]) subscriber.error(error);
  }

  complete(): void {
    for (const subscriber of [...this.#subscribers]) subscriber.complete();
  }
}
