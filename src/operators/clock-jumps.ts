import { type Observable, type SchedulerLike, defer, filter, interval, map } from 'rxjs';

/** ms between two looks at the clock. */
const LOOK = 5_000;
/** ms: a look so much too early or too late is no delay of a busy process any more. */
const JUMP = 5_000;

/**
 * Emits when the clock did not go as the timers did: the machine slept, the page was frozen, the tab is in the background and its
 * timers are throttled, or somebody set the clock. Costs a timer while it is subscribed to. Never completes.
 */
export function clockJumps(scheduler: SchedulerLike): Observable<void> {
  return defer(() => {
    let looked = scheduler.now();
    return interval(LOOK, scheduler).pipe(
      filter(() => {
        const due = looked + LOOK;
        looked = scheduler.now();
        return Math.abs(looked - due) > JUMP;
      }),
      map(() => undefined),
    );
  });
}
