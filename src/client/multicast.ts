import { Observable, type Subscriber } from 'rxjs';

/**
 * Where values go out to whoever is subscribed. It is for what comes with every packet: a Subject makes a closure and an iterator for
 * each value, which takes longer than most of what subscribers do. Once it has ended, nobody subscribes any more.
 */
export class Multicast<T> {
  readonly #subscribers = new Set<Subscriber<T>>();
  /** A copy, until somebody comes or goes: who does so while a value goes out does not disturb it. */
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
    const present = (this.#snapshot ??= [...this.#subscribers]);
    for (let i = 0; i < present.length; i++) present[i]!.next(value);
  }

  error(error: unknown): void {
    for (const subscriber of [...this.#subscribers]) subscriber.error(error);
  }

  complete(): void {
    for (const subscriber of [...this.#subscribers]) subscriber.complete();
  }
}
