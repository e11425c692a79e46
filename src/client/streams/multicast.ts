import { Observable, type Subscriber } from 'rxjs';
import { type Few, membersOf, withMember, withoutMember } from '../../protocol/collections/few.js';

/**
 * Emits each value to all subscribers. It replaces a Subject where there is a value for every packet: a Subject creates a closure and an
 * iterator for each value, which takes longer than most of what subscribers do. It does not remember that it has ended, so nobody may
 * subscribe afterwards.
 */
export class Multicast<T> {
  #subscribers: Few<Subscriber<T>> = undefined;
  /** A copy of several subscribers until they change, so that a change during an emission does not affect that emission. */
  #snapshot: readonly Subscriber<T>[] | undefined = undefined;

  /** Adds a subscriber, which has to be deleted when it unsubscribes. */
  add(subscriber: Subscriber<T>): void {
    this.#subscribers = withMember(this.#subscribers, subscriber);
    this.#snapshot = undefined;
  }

  delete(subscriber: Subscriber<T>): void {
    this.#subscribers = withoutMember(this.#subscribers, subscriber);
    this.#snapshot = undefined;
  }

  get values$(): Observable<T> {
    return new Observable(subscriber => {
      this.add(subscriber);
      return () => this.delete(subscriber);
    });
  }

  get observed(): boolean {
    return this.#subscribers !== undefined;
  }

  next(value: T): void {
    const subscribers = this.#subscribers;
    if (!(subscribers instanceof Set)) return subscribers?.next(value);
    const snapshot = (this.#snapshot ??= [...subscribers]);
    for (let i = 0; i < snapshot.length; i++) snapshot[i]!.next(value);
  }

  error(error: unknown): void {
    for (const subscriber of [...membersOf(this.#subscribers)]) subscriber.error(error);
  }

  complete(): void {
    for (const subscriber of [...membersOf(this.#subscribers)]) subscriber.complete();
  }
}
