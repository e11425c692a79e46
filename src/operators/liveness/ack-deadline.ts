import { EMPTY, NEVER, type Observable, type SchedulerLike } from 'rxjs';
import { MqttError } from '../../errors.js';
import { type ByteProgress, noProgress, transitTime } from './byte-progress.js';
import { type Check, repeatedCheck } from './repeated-check.js';

export interface AckDeadlineConfig {
  /** Identifies the oldest unacknowledged packet by a value that changes with its acknowledgement; undefined if there is none. */
  oldestUnacknowledged(): unknown;
  /** Emits when packets were written. Default: never, which needs an unacknowledged packet at the beginning. */
  readonly written$?: Observable<unknown>;
  /** Whether acknowledgements may have arrived that are not read, or cannot have arrived, so that the wait begins again. */
  isPaused?(): boolean;
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
  const { timeout, scheduler, written$ = NEVER } = config;
  if (timeout === 0) return EMPTY;
  return repeatedCheck(() => new AckDeadline(config), written$, timeout / 2, scheduler);
}

class AckDeadline implements Check {
  readonly #config: AckDeadlineConfig;
  readonly #progress: ByteProgress;
  #oldest: unknown;
  /** `written` when the oldest packet was first seen; its bytes end there or before. */
  #position = 0;
  /** `left` at the last check. It starts at `#position`: what was written in this tick leaves at the end of the tick. */
  #left = 0;
  #unchangedChecks = 0;

  constructor(config: AckDeadlineConfig) {
    this.#config = config;
    this.#progress = config.progress ?? noProgress;
  }

  begin(): boolean {
    this.#restart(this.#current);
    return this.#mayBeOverdue;
  }

  check(): boolean {
    const { timeout } = this.#config;
    const current = this.#current;
    if (current !== this.#oldest) this.#restart(current);
    else {
      const { left } = this.#progress;
      const isLeaving = this.#left < this.#position && left > this.#left;
      this.#unchangedChecks = isLeaving ? 0 : this.#unchangedChecks + 1;
      this.#left = left;
    }
    if (
      this.#oldest !== undefined &&
      this.#unchangedChecks >= 2 &&
      this.#unchangedChecks * (timeout / 2) >= timeout + transitTime(this.#progress, this.#position)
    )
      throw ackTimeout(timeout);
    return this.#mayBeOverdue;
  }

  get #isPaused(): boolean {
    return this.#config.isPaused?.() ?? false;
  }

  /** The oldest packet whose acknowledgement is awaited. */
  get #current(): unknown {
    return this.#isPaused ? undefined : this.#config.oldestUnacknowledged();
  }

  get #mayBeOverdue(): boolean {
    return this.#oldest !== undefined || this.#isPaused;
  }

  #restart(current: unknown): void {
    this.#oldest = current;
    this.#position = this.#left = this.#progress.written;
    this.#unchangedChecks = 0;
  }
}

function ackTimeout(ms: number): MqttError {
  return new MqttError('ACK_TIMEOUT', `the broker has not acknowledged a packet for more than ${ms} ms`, {
    retryable: true,
  });
}
