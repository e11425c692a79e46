import { EMPTY, Observable, type SchedulerLike, interval } from 'rxjs';

export interface StuckWindowConfig {
  /** Whether no message can arrive before another one is acknowledged. */
  readonly isFull: () => boolean;
  /** Returns a value that changes whenever a message is acknowledged. */
  readonly progress: () => unknown;
  /** ms; 0 for no check. */
  readonly after: number;
  readonly scheduler: SchedulerLike;
  /** Called once for each period without progress. */
  readonly onStuck: () => void;
}

/**
 * Reports that the window of unacknowledged messages is full and that nothing is acknowledged: a handler hangs or never acknowledges. Two
 * checks in each `after` cost messages nothing, and detect the problem after 1 to 1.5 times `after`.
 *
 * Emits nothing. Does not error.
 */
export function stuckWindow({ isFull, progress, after, scheduler, onStuck }: StuckWindowConfig): Observable<never> {
  if (after === 0) return EMPTY;
  return new Observable(subscriber => {
    let last = progress();
    let fullChecks = isFull() ? 1 : 0;
    const check = () => {
      const current = progress();
      fullChecks = isFull() ? (current === last ? fullChecks + 1 : 1) : 0;
      last = current;
      if (fullChecks === 3) onStuck();
    };
    return interval(after / 2, scheduler).subscribe({
      next: check,
      error: (error: unknown) => subscriber.error(error),
    });
  });
}
