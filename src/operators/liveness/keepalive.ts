import {
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  type Subscriber,
  Subscription,
  type Unsubscribable,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { PingreqPacket } from '../../packets.js';
import { Flow } from '../flow.js';
import { NotifierObserver, type NotifiedFlow } from '../notifier.js';
import { type ByteProgress, noProgress, transitTime } from './byte-progress.js';
import { StalledPacketDetector } from './stalled-packet.js';

export interface KeepaliveConfig {
  /** ms without a byte, in either direction, after which PINGREQ is sent; Infinity for never. */
  readonly interval: number;
  /** ms within which any byte must arrive after PINGREQ has left. */
  readonly timeout: number;
  /** Requests a PINGREQ now, unless the deadline of an earlier one is no later. */
  readonly probe$?: Observable<unknown>;
  /** Returns the `timeout` for the PINGREQ of a probe, in ms; called when it is sent. Default: `timeout`. */
  probeTimeout?(): number;
  readonly scheduler: SchedulerLike;
  /**
   * Whether the link is being read. While it is not, the answer may wait in it unread, so PINGREQ is sent but its deadline does not count.
   * Default: always true.
   */
  isReading?(): boolean;
  /** Default: a link that reports no progress. */
  readonly progress?: ByteProgress;
  /** Called with the time in ms from PINGREQ to the first byte after it. */
  roundTrip?(ms: number): void;
}

/** Bytes arrived, bytes were written, or reading resumed after a pause. */
export type Activity = 'read' | 'written' | 'resumed';

/** ms: a timer that is later than this shows that the process slept or was blocked, and says nothing about the broker. */
const LATE = 500;

/** How often within a deadline to check whether PINGREQ has left. */
const CHECKS_PER_DEADLINE = 8;

/**
 * Sends PINGREQ when either direction was silent for too long or on a probe, and ends the connection when nothing arrives after it (5.0
 * sections 3.1.2.10 and 3.12). Only the times of the last bytes are kept, so each chunk costs one assignment.
 *
 * The deadline of the answer starts when PINGREQ has left. While the bytes before it are leaving, the connection is alive.
 *
 * A deadline that passes while the process sleeps or its timers are throttled does not end the connection: one more PINGREQ is sent.
 *
 * In: activity on the link. Out: PINGREQ. Completes with its source; errors with `KEEPALIVE_TIMEOUT`.
 */
export const keepalive =
  (config: KeepaliveConfig): OperatorFunction<Activity, PingreqPacket> =>
  activity$ =>
    new Observable(subscriber => {
      new Keepalive(config, subscriber).start(activity$);
    });

/** Observes the activity on the link. Lives with the connection. */
class Keepalive extends Flow<Activity, PingreqPacket> implements NotifiedFlow, Unsubscribable {
  readonly #config: KeepaliveConfig;
  readonly #progress: ByteProgress;
  readonly #stalledPacket: StalledPacketDetector;
  #lastRead: number;
  #lastWritten: number;
  /** When the PINGREQ was written that waits for an answer; -1 if none waits. */
  #pingedAt = -1;
  /** ms from `#waitingSince` within which any byte must arrive. */
  #answerTimeout: number;
  /** When PINGREQ left, or bytes before it last did. */
  #waitingSince = 0;
  /** `written` with PINGREQ included. */
  #position = 0;
  #hasLeft = false;
  #leftAtCheck = 0;
  #checkedAt = 0;
  /** Whether a deadline passed while the process slept, and this is the second one. */
  #isSecondDeadline = false;
  #due = Infinity;
  #timer = Subscription.EMPTY;

  constructor(config: KeepaliveConfig, subscriber: Subscriber<PingreqPacket>) {
    super(subscriber);
    const { interval, timeout, scheduler, progress = noProgress } = config;
    this.#config = config;
    this.#progress = progress;
    this.#answerTimeout = timeout;
    this.#lastRead = this.#lastWritten = scheduler.now();
    this.#stalledPacket = new StalledPacketDetector(progress, Math.max(interval, timeout), this.#lastRead);
  }

  start(activity$: Observable<Activity>): void {
    const { subscriber } = this;
    subscriber.add(activity$.subscribe(this));
    subscriber.add(this.#config.probe$?.subscribe(new NotifierObserver(this)));
    subscriber.add(this);
    this.#scheduleCheck();
  }

  unsubscribe(): void {
    this.#timer.unsubscribe();
  }

  next(activity: Activity): void {
    const now = this.#config.scheduler.now();
    if (activity === 'written') this.#lastWritten = now;
    else if (activity === 'resumed') {
      this.#stalledPacket.restart(now);
      if (this.#waits) this.#waitingSince = now;
    } else {
      if (this.#waits) this.#config.roundTrip?.(now - this.#pingedAt);
      this.#lastRead = now;
      this.#pingedAt = -1;
      this.#isSecondDeadline = false;
    }
  }

  /** Whether a PINGREQ waits for its answer. */
  get #waits(): boolean {
    return this.#pingedAt >= 0;
  }

  get #isReading(): boolean {
    return this.#config.isReading?.() ?? true;
  }

  get #probeTimeout(): number {
    return this.#config.probeTimeout?.() ?? this.#config.timeout;
  }

  get #nextCheck(): number {
    return this.#waits
      ? this.#waitingSince + this.#answerTimeout + transitTime(this.#progress, this.#position)
      : Math.min(this.#lastRead, this.#lastWritten) + this.#config.interval;
  }

  #ping(ms: number): void {
    this.#pingedAt = this.#waitingSince = this.#checkedAt = this.#config.scheduler.now();
    this.#answerTimeout = ms;
    this.subscriber.next({ cmd: 'pingreq' });
    ({ written: this.#position, left: this.#leftAtCheck } = this.#progress);
    this.#hasLeft = this.#leftAtCheck >= this.#position;
  }

  #followPingreq(now: number): void {
    const { left } = this.#progress;
    this.#hasLeft = left >= this.#position;
    if (this.#hasLeft) this.#waitingSince = this.#checkedAt;
    else if (left > this.#leftAtCheck) this.#waitingSince = now;
    this.#leftAtCheck = left;
    this.#checkedAt = now;
  }

  #scheduleCheck(): void {
    this.#timer.unsubscribe();
    const { scheduler, interval } = this.#config;
    const now = scheduler.now();
    // an answer that arrives before the deadline starts a new interval
    this.#due = Math.min(this.#nextCheck, now + interval);
    if (this.#waits && !this.#hasLeft) this.#due = Math.min(this.#due, now + this.#answerTimeout / CHECKS_PER_DEADLINE);
    if (this.#due === Infinity || this.subscriber.closed) return;
    this.#timer = scheduler.schedule(check, Math.max(0, this.#due - now), this);
  }

  check(): void {
    const now = this.#config.scheduler.now();
    const isLate = now - this.#due > LATE;
    if (this.#waits && !this.#hasLeft) this.#followPingreq(now);
    if (isLate || !this.#isReading) this.#stalledPacket.restart(now);
    else if (this.#stalledPacket.isStalled(now)) return this.error(packetStalled());
    if (now >= this.#nextCheck) {
      if (!this.#waits || !this.#isReading) this.#ping(this.#config.timeout);
      else if (isLate && !this.#isSecondDeadline) {
        this.#isSecondDeadline = true;
        this.#ping(this.#probeTimeout);
      } else this.error(keepaliveTimeout(this.#answerTimeout));
    }
    this.#scheduleCheck();
  }

  /** A probe is requested. */
  onNotified(): void {
    const ms = this.#probeTimeout;
    if (this.#waits && this.#nextCheck <= this.#config.scheduler.now() + ms) return;
    this.#ping(ms);
    this.#scheduleCheck();
  }
}

const check = (keepalive?: Keepalive): void => keepalive!.check();

function keepaliveTimeout(ms: number): MqttError {
  return connectionDead(`not a byte came within ${ms} ms of PINGREQ: the connection is dead`);
}

const packetStalled = (): MqttError =>
  connectionDead('a packet arrives at less than 1,024 bytes a second and does not end: the connection is unusable');

function connectionDead(message: string): MqttError {
  return new MqttError('KEEPALIVE_TIMEOUT', message, { reasonCode: 0x8d, retryable: true });
}
