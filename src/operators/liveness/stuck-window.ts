import { EMPTY, type Observable, type SchedulerLike, defer } from 'rxjs';
import { repeatedCheck } from './repeated-check.js';

export interface StuckWindowConfig {
  /** Emits when there is an unacknowledged message after there was none. */
  readonly begin$: Observable<unknown>;
  /** Whether no message is unacknowledged. */
  readonly isEmpty: () => boolean;
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
 * checks in each `after` cost messages nothing, and detect the problem after 1 to 1.5 times `after`; while every message is acknowledged
 * there is no timer.
 *
 * Emits nothing. Does not error.
 */
export function stuckWindow(config: StuckWindowConfig): Observable<never> {
  const { begin$, isEmpty, isFull, progress, after, scheduler, onStuck } = config;
  if (after === 0) return EMPTY;
  return defer(() => {
    let last: unknown;
    let fullChecks: number;
    const begin = () => {
      last = progress();
      fullChecks = isFull() ? 1 : 0;
      return !isEmpty();
    };
    const check = () => {
      const current = progress();
      fullChecks = isFull() ? (current === last ? fullChecks + 1 : 1) : 0;
      last = current;
      if (fullChecks === 3) onStuck();
      return !isEmpty();
    };
    return repeatedCheck({ begin$, period: after / 2, scheduler, begin, check });
  });
}
