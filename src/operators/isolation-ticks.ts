import { EMPTY, type Observable, type SchedulerLike, defer, interval, takeWhile } from 'rxjs';
import type { Isolation } from '../protocol/isolation.js';

/** ms */
const TICK = 1_000;

/**
 * Emits every second while items at which connections seem to end wait for their next trial: time alone decides what may be sent next.
 * After the last such item it emits once more and completes. Without any it completes at once. Does not error.
 */
export const isolationTicks = (isolation: Isolation, scheduler: SchedulerLike): Observable<unknown> =>
  defer(() => (isolation.isTimed ? interval(TICK, scheduler).pipe(takeWhile(() => isolation.isTimed, true)) : EMPTY));
