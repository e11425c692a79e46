import { EMPTY, type Observable, type SchedulerLike, defer, interval, takeWhile } from 'rxjs';
import type { Isolation } from '../protocol/isolation.js';

/** ms */
const TICK = 1_000;

/**
 * Times the trials of items at which connections seem to end: what may go out changes with time alone. Emits every second while there are
 * such items, and once more; then it completes, at once where there are none. Does not error.
 */
export const isolationTicks = (isolation: Isolation, scheduler: SchedulerLike): Observable<unknown> =>
  defer(() => (isolation.isTimed ? interval(TICK, scheduler).pipe(takeWhile(() => isolation.isTimed, true)) : EMPTY));
