import { EMPTY, Observable, type SchedulerLike, interval } from 'rxjs';
import { MqttError } from '../../errors.js';
import { type ByteProgress, noProgress, transitTime } from './byte-progress.js';

export interface AckDeadlineConfig {
  /** What the broker has owed an answer to for longest, as a value that changes when the answer comes; undefined for nothing. */
  readonly oldestUnacknowledged: () => unknown;
  /** ms; 0 waits for ever. */
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  /** How far the bytes have come. Default: a link that does not tell. */
  readonly progress?: ByteProgress;
}

/**
 * A broker that lives but does not acknowledge is left: the reconnect sends again what it owes. The time starts when the bytes of what
 * it is to answer have left; while they leave, it waits. Looks twice in each `timeout`, so it costs the traffic nothing, and strikes
 * between 1 and 1.5 times `timeout`. It counts looks and reads no clock, so a process that slept does not blame the broker.
 *
 * Emits nothing. Errors with `ACK_TIMEOUT`.
 */
export function ackDeadline(config: AckDeadlineConfig): Observable<never> {
  const { oldestUnacknowledged, timeout, scheduler, progress = noProgress } = config;
  if (timeout === 0) return EMPTY;
  return new Observable(out => {
    let oldest = oldestUnacknowledged();
    /** `written` when it was first seen: its bytes are in there. */
    let position = progress.written;
    /** At the last look. What had only just been put out leaves at the end of the turn, and counts. */
    let left = position;
    let seenBefore = 0;
    const look = () => {
      const seen = oldestUnacknowledged();
      if (seen !== oldest) {
        oldest = seen;
        position = left = progress.written;
        seenBefore = 0;
      } else {
        const isLeaving = left < position && progress.left > left;
        seenBefore = isLeaving ? 0 : seenBefore + 1;
        ({ left } = progress);
      }
      if (seen === undefined || seenBefore < 2) return;
      if (seenBefore * (timeout / 2) >= timeout + transitTime(progress, position)) out.error(ackTimeout(timeout));
    };
    return interval(timeout / 2, scheduler).subscribe({ next: look, error: (error: unknown) => out.error(error) });
  });
}

function ackTimeout(ms: number): MqttError {
  return new MqttError('ACK_TIMEOUT', `the broker has not acknowledged a packet for more than ${ms} ms`, {
    retryable: true,
  });
}
