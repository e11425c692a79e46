import { Observable, type SchedulerLike, Subscription } from 'rxjs';

export interface RepeatedCheckConfig {
  /** Emits when there may be something to check. */
  readonly begin$: Observable<unknown>;
  /** ms between two checks. */
  readonly period: number;
  readonly scheduler: SchedulerLike;
  /** Called when the checks begin. Returns false if there is nothing to check. */
  readonly begin: () => boolean;
  /** Returns false when there is nothing left to check. Throws the error of the flow. */
  readonly check: () => boolean;
}

/**
 * Repeats a check while there is something to check. A connection that is idle needs no timer for it.
 *
 * Emits nothing. Errors with what `check` throws.
 */
export function repeatedCheck(config: RepeatedCheckConfig): Observable<never> {
  return new Observable(subscriber => {
    let checks = Subscription.EMPTY;
    const error = (cause: unknown) => subscriber.error(cause);
    const begin = () => {
      if (!checks.closed || !config.begin()) return;
      checks = config.scheduler.schedule(function () {
        try {
          if (config.check()) this.schedule(undefined, config.period);
          else this.unsubscribe();
        } catch (cause) {
          error(cause);
        }
      }, config.period);
    };
    subscriber.add(config.begin$.subscribe({ next: begin, error }));
    subscriber.add(() => checks.unsubscribe());
    begin();
  });
}
