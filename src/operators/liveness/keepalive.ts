import { EMPTY, Observable, type OperatorFunction, type SchedulerLike, Subscription } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { PingreqPacket } from '../../packets.js';
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
  readonly probeTimeout?: () => number;
  readonly scheduler: SchedulerLike;
  /**
   * Whether the link is being read. While it is not, the answer may wait in it unread, so PINGREQ is sent but its deadline does not count.
   * Default: always true.
   */
  readonly isReading?: () => boolean;
  /** Default: a link that reports no progress. */
  readonly progress?: ByteProgress;
  /** Called with the time in ms from PINGREQ to the first byte after it. */
  readonly roundTrip?: (ms: number) => void;
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
export function keepalive(config: KeepaliveConfig): OperatorFunction<Activity, PingreqPacket> {
  const { interval, timeout, scheduler, probe$ = EMPTY, probeTimeout = () => timeout, isReading = always } = config;
  const { progress = noProgress } = config;
  return activity$ =>
    new Observable(subscriber => {
      let lastRead = scheduler.now();
      let lastWritten = lastRead;
      /** When the PINGREQ was written that waits for an answer. */
      let pingedAt: number | undefined;
      /** ms from `waitingSince` within which any byte must arrive. */
      let answerTimeout = timeout;
      /** When PINGREQ left, or bytes before it last did. */
      let waitingSince = 0;
      /** `written` with PINGREQ included. */
      let position = 0;
      let hasLeft = false;
      let leftAtCheck = 0;
      let checkedAt = 0;
      /** Whether a deadline passed while the process slept, and this is the second one. */
      let isSecondDeadline = false;
      const stalledPacket = new StalledPacketDetector(progress, Math.max(interval, timeout), lastRead);
      let due = Infinity;
      let timer = Subscription.EMPTY;

      const nextCheck = () =>
        pingedAt === undefined
          ? Math.min(lastRead, lastWritten) + interval
          : waitingSince + answerTimeout + transitTime(progress, position);

      const ping = (ms: number) => {
        pingedAt = waitingSince = checkedAt = scheduler.now();
        answerTimeout = ms;
        subscriber.next({ cmd: 'pingreq' });
        ({ written: position, left: leftAtCheck } = progress);
        hasLeft = leftAtCheck >= position;
      };

      const followPingreq = (now: number) => {
        const { left } = progress;
        hasLeft = left >= position;
        if (hasLeft) waitingSince = checkedAt;
        else if (left > leftAtCheck) waitingSince = now;
        leftAtCheck = left;
        checkedAt = now;
      };

      const scheduleCheck = () => {
        timer.unsubscribe();
        const now = scheduler.now();
        // an answer that arrives before the deadline starts a new interval
        due = Math.min(nextCheck(), now + interval);
        if (pingedAt !== undefined && !hasLeft) due = Math.min(due, now + answerTimeout / CHECKS_PER_DEADLINE);
        if (due !== Infinity && !subscriber.closed) timer = scheduler.schedule(check, Math.max(0, due - now));
      };

      const check = () => {
        const now = scheduler.now();
        const isLate = now - due > LATE;
        if (pingedAt !== undefined && !hasLeft) followPingreq(now);
        if (isLate || !isReading()) stalledPacket.restart(now);
        else if (stalledPacket.isStalled(now)) {
          subscriber.error(packetStalled());
          return;
        }
        if (now >= nextCheck()) {
          if (pingedAt === undefined || !isReading()) ping(timeout);
          else if (isLate && !isSecondDeadline) {
            isSecondDeadline = true;
            ping(probeTimeout());
          } else subscriber.error(keepaliveTimeout(answerTimeout));
        }
        scheduleCheck();
      };

      const probe = () => {
        const ms = probeTimeout();
        if (pingedAt !== undefined && nextCheck() <= scheduler.now() + ms) return;
        ping(ms);
        scheduleCheck();
      };

      subscriber.add(
        activity$.subscribe({
          next: activity => {
            const now = scheduler.now();
            if (activity === 'written') lastWritten = now;
            else if (activity === 'resumed') {
              stalledPacket.restart(now);
              if (pingedAt !== undefined) waitingSince = now;
            } else {
              if (pingedAt !== undefined) config.roundTrip?.(now - pingedAt);
              lastRead = now;
              pingedAt = undefined;
              isSecondDeadline = false;
            }
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
      subscriber.add(probe$.subscribe({ next: probe, error: (error: unknown) => subscriber.error(error) }));
      subscriber.add(() => timer.unsubscribe());
      scheduleCheck();
    });
}

const always = () => true;

function keepaliveTimeout(ms: number): MqttError {
  return connectionDead(`not a byte came within ${ms} ms of PINGREQ: the connection is dead`);
}

const packetStalled = (): MqttError =>
  connectionDead('a packet arrives at less than 1,024 bytes a second and does not end: the connection is unusable');

function connectionDead(message: string): MqttError {
  return new MqttError('KEEPALIVE_TIMEOUT', message, { reasonCode: 0x8d, retryable: true });
}
