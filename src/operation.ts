import type { Observable } from 'rxjs';
import type { Ending } from './hooks.js';

/** What hooks follow from its beginning to its end: a call of a handler, a request, or a subscription of a stream. */
export interface Operation {
  /** Calls a function inside of the `run` of all hooks. Returns what it returns, and throws what it throws. */
  run<T>(call: () => T): T;
  /** Returns an observable that is subscribed inside of the `run` of all hooks. */
  within<T>(source$: Observable<T>): Observable<T>;
  /** Does the same for an observable that publishes a message of this operation. */
  publish<T>(result$: Observable<T>): Observable<T>;
  /** Tells the hooks how the operation has ended. Only the first call counts. */
  end(ending: Ending): void;
}

/** A message of a client that may have hooks. Its public type does not show this. */
export interface Handleable {
  /** Begins a call of its handler. Returns undefined if there are no hooks. */
  beginHandling(by: 'consume' | 'respond', attempt: number): Operation | undefined;
}

/** Begins a call of a handler for a message of a client with hooks. Returns undefined for any other message. */
export const beginHandling = (message: object, by: 'consume' | 'respond', attempt: number): Operation | undefined =>
  (message as Partial<Handleable>).beginHandling?.(by, attempt);
