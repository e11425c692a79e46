import { Observable, type SchedulerLike, interval } from 'rxjs';

/** ms between two looks at the clock. */
const SAMPLING_INTERVAL = 5_000;
/** ms: a look so much too early or too late is no delay of a busy process any more. */
const TOLERANCE = 5_000;

/**
 * Emits when the wall clock did not go as the timers did: the machine slept, the page was frozen, the tab is in the background and its
 * timers are throttled, or somebody set the clock. Timers, and the monotonic clock with them, stand still on some platforms while the
 * machine sleeps: only the wall clock tells. Costs a timer while it is subscribed to. Never completes.
 */
export function clockJumps(scheduler: SchedulerLike, wallClock = () => scheduler.now()): Observable<void> {
  return new Observable(out => {
    let looked = wallClock();
    const look = () => {
      const due = looked + SAMPLING_INTERVAL;
      looked = wallClock();
      if (Math.abs(looked - due) > TOLERANCE) out.next();
    };
    return interval(SAMPLING_INTERVAL, scheduler).subscribe({
      next: look,
      error: (error: unknown) => out.error(error),
    });
  });
}
