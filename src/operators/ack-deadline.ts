import { EMPTY, Observable, type SchedulerLike, interval } from 'rxjs';
import { MqttError } from '../errors.js';

export interface AckDeadlineConfig {
  /** What the broker has owed an answer to for longest, as a value that changes when the answer comes; undefined for nothing. */
  readonly owed: () => unknown;
  /** ms; 0 waits for ever. */
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
}

/**
 * A broker that lives but does not acknowledge is left: the reconnect sends again what it owes. Looks twice in each `timeout`, so
 * it costs the traffic nothing, and strikes between 1 and 1.5 times `timeout`. It counts looks and reads no clock, so a process that
 * slept does not blame the broker.
 *
 * Emits nothing. Errors with `ACK_TIMEOUT`.
 */
export function ackDeadline({ owed, timeout, scheduler }: AckDeadlineConfig): Observable<never> {
  if (timeout === 0) return EMPTY;
  return new Observable(out => {
    let oldest = owed();
    let seenBefore = 0;
    const look = () => {
      const seen = owed();
      seenBefore = seen === oldest ? seenBefore + 1 : 0;
      oldest = seen;
      if (seen !== undefined && seenBefore >= 2) out.error(ackTimeout(timeout));
    };
    return interval(timeout / 2, scheduler).subscribe({ next: look, error: (error: unknown) => out.error(error) });
  });
}

function ackTimeout(ms: number): MqttError {
  return new MqttError('ACK_TIMEOUT', `the broker has owed an acknowledgement for more than ${ms} ms`, {
    retryable: true,
  });
}
