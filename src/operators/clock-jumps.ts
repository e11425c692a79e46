import { Observable, type SchedulerLike, interval } from 'rxjs';

/** ms between two looks at the clock. */
const LOOK = 5_000;
/** ms: a look so much too early or too late is no delay of a busy process any more. */
const JUMP = 5_000;

/**
 * Emits when the clock did not go as the timers did: the machine slept, the page was frozen, the tab is in the background and its
 * timers are throttled, or somebody set the clock. Costs a timer while it is subscribed to. Never completes.
 */
export function clockJumps(scheduler: SchedulerLike): Observable<void> {
  return new Observable(out => {
    let looked = scheduler.now();
    const look = () => {
      const due = looked + LOOK;
      looked = scheduler.now();
      if (Math.abs(looked - due) > JUMP) out.next();
    };
    return interval(LOOK, scheduler).subscribe({ next: look, error: (error: unknown) => out.error(error) });
  });
}
