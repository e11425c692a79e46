import { EMPTY, Observable, type SchedulerLike, interval } from 'rxjs';
import { MqttError } from '../../errors.js';
import { type ByteProgress, noProgress, transitTime } from './byte-progress.js';

export interface AckDeadlineConfig {
  /** Identifies the oldest unacknowledged packet by a value that changes with its acknowledgement; undefined if there is none. */
  readonly oldestUnacknowledged: () => unknown;
  /** ms; 0 for no deadline. */
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  /** Default: a link that reports no progress. */
  readonly progress?: ByteProgress;
}

/**
 * Ends a connection on which the broker answers PINGREQ but does not acknowledge packets; after the reconnect they are sent again. The
 * time starts when the bytes of the oldest unacknowledged packet have left, and not while they are still leaving. Two checks in each
 * `timeout` cost packets nothing, and detect the timeout after 1 to 1.5 times `timeout`. Checks are counted and no clock is read, so
 * time in which the process slept does not count.
 *
 * Emits nothing. Errors with `ACK_TIMEOUT`.
 */
export function ackDeadline(config: AckDeadlineConfig): Observable<never> {
  const { oldestUnacknowledged, timeout, scheduler, progress = noProgress } = config;
  if (timeout === 0) return EMPTY;
  return new Observable(subscriber => {
    let oldest = oldestUnacknowledged();
    /** `written` when the oldest packet was first seen; its bytes end there or before. */
    let position = progress.written;
    /** `left` at the last check. It starts at `position`: what was written in this tick leaves at the end of the tick. */
    let left = position;
    let unchangedChecks = 0;
    const check = () => {
      const current = oldestUnacknowledged();
      if (current !== oldest) {
        oldest = current;
        position = left = progress.written;
        unchangedChecks = 0;
      } else {
        const isLeaving = left < position && progress.left > left;
        unchangedChecks = isLeaving ? 0 : unchangedChecks + 1;
        ({ left } = progress);
      }
      if (current === undefined || unchangedChecks < 2) return;
      if (unchangedChecks * (timeout / 2) >= timeout + transitTime(progress, position))
        subscriber.error(ackTimeout(timeout));
    };
    return interval(timeout / 2, scheduler).subscribe({
      next: check,
      error: (error: unknown) => subscriber.error(error),
    });
  });
}

function ackTimeout(ms: number): MqttError {
  return new MqttError('ACK_TIMEOUT', `the broker has not acknowledged a packet for more than ${ms} ms`, {
    retryable: true,
  });
}
