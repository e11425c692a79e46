import type { Observable } from 'rxjs';

/** What an observable has done so far. */
export interface Recorded<T> {
  readonly values: T[];
  error: unknown;
  isComplete: boolean;
  unsubscribe(): void;
}

export function record<T>(source$: Observable<T>): Recorded<T> {
  const recorded: Recorded<T> = { values: [], error: undefined, isComplete: false, unsubscribe: () => undefined };
  const subscription = source$.subscribe({
    next: value => recorded.values.push(value),
    error: (error: unknown) => (recorded.error = error),
    complete: () => (recorded.isComplete = true),
  });
  recorded.unsubscribe = () => subscription.unsubscribe();
  return recorded;
}
