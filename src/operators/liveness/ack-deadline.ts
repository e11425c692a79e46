import { NEVER, Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { MqttError } from '../../errors.js';
import { NotifierObserver, type NotifiedFlow } from '../notifier.js';
import { type ByteProgress, transitTime } from './byte-progress.js';
import { RepeatedCheck } from './repeated-check.js';

export interface AckDeadlineConfig {
  /** Identifies the oldest unacknowledged packet by a value that changes with its acknowledgement; undefined if there is none. */
  oldestUnacknowledged(): unknown;
  /** Emits when packets were written. */
  readonly written$: Observable<unknown>;
  /** Emits when everything may be acknowledged, so that the timer ends early; otherwise it ends with its next check. */
  readonly settled$: Observable<unknown>;
  /** Whether acknowledgements may have arrived that are not read, or cannot have arrived, so that the wait begins again. */
  isPaused(): boolean;
  /** ms; 0 for no deadline. */
  readonly ackTimeout: number;
  readonly scheduler: SchedulerLike;
  readonly progress: ByteProgress;
}

/**
 * Ends a connection on which the broker answers PINGREQ but does not acknowledge packets; after the reconnect they are sent again. The
 * time starts when the bytes of the oldest unacknowledged packet have left, and not while they are still leaving. Two checks in each
 * `ackTimeout` cost packets nothing, and detect the timeout after 1 to 1.5 times `ackTimeout`; while nothing is unacknowledged there is no timer.
 * Checks are counted and no clock is read, so time in which the process slept does not count.
 *
 * Emits nothing and does not complete. Errors with `ACK_TIMEOUT`.
 */
export function ackDeadline(config: AckDeadlineConfig): Observable<never> {
  if (config.ackTimeout === 0) return NEVER;
  return new Observable(subscriber => {
    new AckDeadline(config, subscriber).start(config.written$);
  });
}

class AckDeadline extends RepeatedCheck implements NotifiedFlow {
  readonly #config: AckDeadlineConfig;
  readonly #progress: ByteProgress;
  #oldest: unknown;
  /** `written` when the oldest packet was first seen; its bytes end there or before. */
  #position = 0;
  /** `left` at the last check. It starts at `#position`: what was written in this tick leaves at the end of the tick. */
  #left = 0;
  #unchangedChecks = 0;

  constructor(config: AckDeadlineConfig, subscriber: Subscriber<never>) {
    super(subscriber);
    this.#config = config;
    this.#progress = config.progress;
  }

  override start(written$: Observable<unknown>): void {
    super.start(written$);
    this.add(this.#config.settled$.subscribe(new NotifierObserver(this)));
  }

  protected get period(): number {
    return this.#config.ackTimeout / 2;
  }

  protected get scheduler(): SchedulerLike {
    return this.#config.scheduler;
  }

  protected begin(): boolean {
    this.#restart(this.#current);
    return this.#mayBeOverdue;
  }

  protected check(): boolean {
    const { ackTimeout } = this.#config;
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
      this.#unchangedChecks * this.period >= ackTimeout + transitTime(this.#progress, this.#position)
    )
      throw acknowledgementOverdue(ackTimeout);
    return this.#mayBeOverdue;
  }

  /** Ends the checks if everything is acknowledged. */
  onNotified(): void {
    if (this.#config.isPaused() || this.#config.oldestUnacknowledged() !== undefined) return;
    this.#restart(undefined);
    this.unsubscribe();
  }

  /** The oldest packet whose acknowledgement is awaited. */
  get #current(): unknown {
    return this.#config.isPaused() ? undefined : this.#config.oldestUnacknowledged();
  }

  get #mayBeOverdue(): boolean {
    return this.#oldest !== undefined || this.#config.isPaused();
  }

  #restart(current: unknown): void {
    this.#oldest = current;
    this.#position = this.#left = this.#progress.written;
    this.#unchangedChecks = 0;
  }
}

function acknowledgementOverdue(ms: number): MqttError {
  return new MqttError('ACK_TIMEOUT', `the broker has not acknowledged a packet for more than ${ms} ms`, {
    retryable: true,
  });
}
