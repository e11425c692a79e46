import { EMPTY, NEVER, type Observable, type SchedulerLike, defer } from 'rxjs';
import { MqttError } from '../../errors.js';
import { type ByteProgress, noProgress, transitTime } from './byte-progress.js';
import { repeatedCheck } from './repeated-check.js';

export interface AckDeadlineConfig {
  /** Identifies the oldest unacknowledged packet by a value that changes with its acknowledgement; undefined if there is none. */
  readonly oldestUnacknowledged: () => unknown;
  /** Emits when packets were written. Default: never, which needs an unacknowledged packet at the beginning. */
  readonly written$?: Observable<unknown>;
  /** Whether acknowledgements may have arrived that are not read, or cannot have arrived, so that the wait begins again. */
  readonly isPaused?: () => boolean;
  /** ms; 0 for no deadline. */
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  /** Default: a link that reports no progress. */
  readonly progress?: ByteProgress;
}

/**
 * Ends a connection on which the broker answers PINGREQ but does not acknowledge packets; after the reconnect they are sent again. The
 * time starts when the bytes of the oldest unacknowledged packet have left, and not while they are still leaving. Two checks in each
 * `timeout` cost packets nothing, and detect the timeout after 1 to 1.5 times `timeout`; while nothing is unacknowledged there is no timer.
 * Checks are counted and no clock is read, so time in which the process slept does not count.
 *
 * Emits nothing. Errors with `ACK_TIMEOUT`.
 */
export function ackDeadline(config: AckDeadlineConfig): Observable<never> {
  const { timeout, scheduler, written$: begin$ = NEVER, isPaused = never, progress = noProgress } = config;
  if (timeout === 0) return EMPTY;
  return defer(() => {
    let oldest: unknown;
    /** `written` when the oldest packet was first seen; its bytes end there or before. */
    let position: number;
    /** `left` at the last check. It starts at `position`: what was written in this tick leaves at the end of the tick. */
    let left: number;
    let unchangedChecks: number;
    const restart = (current: unknown) => {
      oldest = current;
      position = left = progress.written;
      unchangedChecks = 0;
    };
    const mayBeOverdue = () => oldest !== undefined || isPaused();
    const oldestAwaited = () => (isPaused() ? undefined : config.oldestUnacknowledged());

    const begin = () => {
      restart(oldestAwaited());
      return mayBeOverdue();
    };
    const check = () => {
      const current = oldestAwaited();
      if (current !== oldest) restart(current);
      else {
        const isLeaving = left < position && progress.left > left;
        unchangedChecks = isLeaving ? 0 : unchangedChecks + 1;
        ({ left } = progress);
      }
      if (oldest !== undefined && unchangedChecks >= 2)
        if (unchangedChecks * (timeout / 2) >= timeout + transitTime(progress, position)) throw ackTimeout(timeout);
      return mayBeOverdue();
    };
    return repeatedCheck({ begin$, period: timeout / 2, scheduler, begin, check });
  });
}

const never = () => false;

function ackTimeout(ms: number): MqttError {
  return new MqttError('ACK_TIMEOUT', `the broker has not acknowledged a packet for more than ${ms} ms`, {
    retryable: true,
  });
}
