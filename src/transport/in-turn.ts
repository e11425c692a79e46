import { Observable, type SchedulerLike, Subscription } from 'rxjs';

/**
 * Subscribes to one attempt after the other: to the next one when an attempt errs, or after `delay` ms in which none has emitted; those
 * that run already go on (RFC 8305 section 5).
 *
 * Emits the first value of any of them and completes; the others are unsubscribed. Errors when all have erred: with the error of a
 * single attempt, or an AggregateError of several. Unsubscribing unsubscribes from all.
 */
export function inTurn<T>(attempts: readonly Observable<T>[], delay: number, scheduler: SchedulerLike): Observable<T> {
  return new Observable(subscriber => {
    const causes: unknown[] = [];
    let begun = 0;
    let timer = Subscription.EMPTY;
    const begin = (): void => {
      const attempt$ = attempts[begun++]!;
      timer.unsubscribe();
      if (begun < attempts.length) subscriber.add((timer = scheduler.schedule(begin, delay)));
      subscriber.add(
        attempt$.subscribe({
          next: value => {
            subscriber.next(value);
            subscriber.complete();
          },
          error: (cause: unknown) => {
            causes.push(cause);
            if (begun < attempts.length) begin();
            else if (causes.length === attempts.length)
              subscriber.error(causes.length === 1 ? cause : new AggregateError(causes));
          },
        }),
      );
    };
    begin();
  });
}
