import { EMPTY, Observable, type SchedulerLike, interval } from 'rxjs';

export interface StuckWindowConfig {
  /** Whether no more messages can come before one is acknowledged. */
  readonly full: () => boolean;
  /** Changes whenever a message is acknowledged. */
  readonly progress: () => unknown;
  /** ms; 0 never looks. */
  readonly after: number;
  readonly scheduler: SchedulerLike;
  /** Called once, until there is progress. */
  readonly stuck: () => void;
}

/**
 * Says that the window of unacknowledged messages has been full for long, with nothing acknowledged: some handler hangs, or never
 * answers. Looks twice in each `after`, so it costs the traffic nothing, and strikes between 1 and 1.5 times `after`.
 *
 * Emits nothing. Does not error.
 */
export function stuckWindow({ full, progress, after, scheduler, stuck }: StuckWindowConfig): Observable<never> {
  if (after === 0) return EMPTY;
  return new Observable(out => {
    let before = progress();
    let seenFull = full() ? 1 : 0;
    const look = () => {
      const now = progress();
      seenFull = full() ? (now === before ? seenFull + 1 : 1) : 0;
      before = now;
      if (seenFull === 3) stuck();
    };
    return interval(after / 2, scheduler).subscribe({ next: look, error: (error: unknown) => out.error(error) });
  });
}
