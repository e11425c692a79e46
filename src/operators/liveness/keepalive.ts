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
import type { ByteProgress } from './byte-progress.js';
import { PendingPing } from './pending-ping.js';
import { StalledPacketDetector } from './stalled-packet.js';

export interface KeepaliveConfig {
  /** ms without a byte, in either direction, after which PINGREQ is sent; Infinity for never. */
  readonly interval: number;
  /** ms within which any byte must arrive after PINGREQ has left. */
  readonly timeout: number;
  /** Requests a PINGREQ now, unless the deadline of an earlier one is no later. */
  readonly probe$: Observable<unknown>;
  /** Returns the `timeout` for the PINGREQ of a probe, in ms; called when it is sent. */
  probeTimeout(): number;
  readonly scheduler: SchedulerLike;
  /** Whether the link is being read. While it is not, the answer may wait in it unread, so PINGREQ is sent but its deadline does not count. */
  isReading(): boolean;
  readonly progress: ByteProgress;
  /** Called with the time in ms from PINGREQ to the first byte after it. */
  roundTrip(ms: number): void;
}

/** Bytes arrived, bytes were written, or reading resumed after a pause. */
export type Activity = 'read' | 'written' | 'resumed';

/** ms: a timer that is later than this shows that the process slept or was blocked, and says nothing about the broker. */
const LATE = 500;

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
  #pending: PendingPing | undefined = undefined;
  /** Whether a deadline passed while the process slept, and this is the second one. */
  #isSecondDeadline = false;
  #due = Infinity;
  #timer = Subscription.EMPTY;

  constructor(config: KeepaliveConfig, subscriber: Subscriber<PingreqPacket>) {
    super(subscriber);
    const { interval, timeout, scheduler, progress } = config;
    this.#config = config;
    this.#progress = progress;
    this.#lastRead = this.#lastWritten = scheduler.now();
    this.#stalledPacket = new StalledPacketDetector(progress, Math.max(interval, timeout), this.#lastRead);
  }

  start(activity$: Observable<Activity>): void {
    const { subscriber } = this;
    subscriber.add(activity$.subscribe(this));
    subscriber.add(this.#config.probe$.subscribe(new NotifierObserver(this)));
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
      this.#pending?.restart(now);
    } else {
      if (this.#pending) this.#config.roundTrip(now - this.#pending.writtenAt);
      this.#lastRead = now;
      this.#pending = undefined;
      this.#isSecondDeadline = false;
    }
  }

  /** When either direction will have been silent for too long. */
  get #silentAt(): number {
    return Math.min(this.#lastRead, this.#lastWritten) + this.#config.interval;
  }

  #ping(timeout: number): void {
    const ping = new PendingPing(this.#progress, timeout, this.#config.scheduler.now());
    this.#pending = ping; // the answer may come within the call that sends
    this.#sendPing();
    ping.onWritten();
  }

  #sendPing(): void {
    this.#lastWritten = this.#config.scheduler.now();
    this.subscriber.next({ cmd: 'pingreq' });
  }

  #scheduleCheck(): void {
    this.#timer.unsubscribe();
    const { scheduler, interval } = this.#config;
    const now = scheduler.now();
    const pending = this.#pending;
    this.#due = pending ? Math.min(pending.nextCheck(now), this.#lastWritten + interval) : this.#silentAt;
    if (this.#due === Infinity || this.subscriber.closed) return;
    this.#timer = scheduler.schedule(check, Math.max(0, this.#due - now), this);
  }

  check(): void {
    const now = this.#config.scheduler.now();
    const isLate = now - this.#due > LATE;
    const pending = this.#pending;
    pending?.check(now);
    if (isLate || !this.#config.isReading()) this.#stalledPacket.restart(now);
    else if (this.#stalledPacket.isStalled(now)) return this.error(packetStalled());
    if (now >= (pending?.deadline ?? this.#silentAt)) {
      if (!pending || !this.#config.isReading()) this.#ping(this.#config.timeout);
      else if (isLate && !this.#isSecondDeadline) {
        this.#isSecondDeadline = true;
        this.#ping(this.#config.probeTimeout());
      } else this.error(keepaliveTimeout(pending.timeout));
    }
    // also while an answer is awaited, no more than the Keep Alive may pass between two packets of the client [MQTT-3.1.2-20]
    else if (now >= this.#lastWritten + this.#config.interval) this.#sendPing();
    this.#scheduleCheck();
  }

  /** A probe is requested. */
  onNotified(): void {
    const ms = this.#config.probeTimeout();
    if (this.#pending && this.#pending.deadline <= this.#config.scheduler.now() + ms) return;
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
