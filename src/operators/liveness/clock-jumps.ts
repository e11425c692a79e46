import { Observable, type SchedulerLike, interval } from 'rxjs';

/** ms between two readings of the clock. */
const SAMPLING_INTERVAL = 5_000;
/** ms: a larger difference between the clock and the timer is not the delay of a busy process. */
const TOLERANCE = 5_000;

/**
 * Emits when the wall clock and the timers differ: the machine slept, the page was frozen, timers of a background tab are throttled, or
 * the clock was set. The clock of the scheduler must be the wall clock: on some platforms timers and the monotonic clock stand still while
 * the machine sleeps. Needs a timer while it is subscribed. Never completes.
 */
export function clockJumps(scheduler: SchedulerLike): Observable<void> {
  return new Observable(subscriber => {
    let last = scheduler.now();
    const compare = () => {
      const expected = last + SAMPLING_INTERVAL;
      last = scheduler.now();
      if (Math.abs(last - expected) > TOLERANCE) subscriber.next();
    };
    return interval(SAMPLING_INTERVAL, scheduler).subscribe({
      next: compare,
      error: (error: unknown) => subscriber.error(error),
    });
  });
}
