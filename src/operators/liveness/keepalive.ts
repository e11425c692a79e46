import { EMPTY, Observable, type OperatorFunction, type SchedulerLike, Subscription } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { PingreqPacket } from '../../packets.js';
import { type ByteProgress, noProgress, transitTime } from './byte-progress.js';
import { TrickleDetector } from './trickle.js';

export interface KeepaliveConfig {
  /** ms of silence, in either direction, after which to ping; Infinity for never. */
  readonly interval: number;
  /** ms from PINGREQ, once it has left, until any byte must have come. */
  readonly timeout: number;
  /** Asks for a PINGREQ at once, unless an answer is due soon anyway. */
  readonly probe$?: Observable<unknown>;
  /** ms, the same for the PINGREQ of a probe, asked when it goes out. Default `timeout`. */
  readonly probeTimeout?: () => number;
  readonly scheduler: SchedulerLike;
  /** False while the answer may lie unread in the link: then PINGREQ goes out, and nothing is expected. Default: always true. */
  readonly reading?: () => boolean;
  /** How far the bytes have come. Default: a link that does not tell. */
  readonly progress?: ByteProgress;
  /** Called with the ms from PINGREQ to the first byte after it. */
  readonly roundTrip?: (ms: number) => void;
}

/** Bytes came, bytes went, or the reading goes on after a pause. */
export type Activity = 'read' | 'written' | 'resumed';

/** ms: a timer this late says that the process slept or was blocked, and nothing about the broker. */
const OVERSLEPT = 500;

/** How often, within a deadline, to look whether PINGREQ has left. */
const CHECKS_PER_DEADLINE = 8;

/**
 * PINGREQ when either direction was silent for too long or a probe is asked for, and an end to the connection when nothing comes
 * back (5.0 sections 3.1.2.10 and 3.12). It looks at when bytes last came and went, so traffic costs it two assignments.
 *
 * The deadline of the answer starts when PINGREQ has left. While what was written before it leaves, the connection lives.
 *
 * A deadline that passes while the process sleeps, or while its timers are throttled, is no verdict: it is given a second one, once.
 *
 * In: activity on the link. Out: PINGREQ. Completes with its source; errors with `KEEPALIVE_TIMEOUT`.
 */
export function keepalive(config: KeepaliveConfig): OperatorFunction<Activity, PingreqPacket> {
  const { interval, timeout, scheduler, probe$ = EMPTY, probeTimeout = () => timeout, reading = always } = config;
  const { progress = noProgress } = config;
  return activity$ =>
    new Observable(out => {
      let lastRead = scheduler.now();
      let lastWritten = lastRead;
      let pinged: number | undefined;
      /** ms from `waitingSince` until any byte must have come. */
      let patience = timeout;
      /** When PINGREQ left, or bytes before it last did. */
      let waitingSince = 0;
      /** `written`, PINGREQ included. */
      let position = 0;
      let hasLeft = false;
      let leftAtLook = 0;
      let lookedAt = 0;
      /** The deadline has passed in a sleep, and this is the second one. */
      let spared = false;
      const trickle = new TrickleDetector(progress, Math.max(interval, timeout), lastRead);
      let due = Infinity;
      let timer = Subscription.EMPTY;

      const nextCheck = () =>
        pinged === undefined
          ? Math.min(lastRead, lastWritten) + interval
          : waitingSince + patience + transitTime(progress, position);

      const ping = (ms: number) => {
        pinged = waitingSince = lookedAt = scheduler.now();
        patience = ms;
        out.next({ cmd: 'pingreq' });
        ({ written: position, left: leftAtLook } = progress);
        hasLeft = leftAtLook >= position;
      };

      const look = (now: number) => {
        const { left } = progress;
        hasLeft = left >= position;
        if (hasLeft) waitingSince = lookedAt;
        else if (left > leftAtLook) waitingSince = now;
        leftAtLook = left;
        lookedAt = now;
      };

      const arm = () => {
        timer.unsubscribe();
        const now = scheduler.now();
        // the answer may come long before its deadline, and the next silence then counts from there
        due = Math.min(nextCheck(), now + interval);
        if (pinged !== undefined && !hasLeft) due = Math.min(due, now + patience / CHECKS_PER_DEADLINE);
        if (due !== Infinity && !out.closed) timer = scheduler.schedule(check, Math.max(0, due - now));
      };

      const check = () => {
        const now = scheduler.now();
        const overslept = now - due > OVERSLEPT;
        if (pinged !== undefined && !hasLeft) look(now);
        if (overslept || !reading()) trickle.restart(now);
        else if (trickle.check(now)) {
          out.error(trickled());
          return;
        }
        if (now >= nextCheck()) {
          if (pinged === undefined || !reading()) ping(timeout);
          else if (overslept && !spared) {
            spared = true;
            ping(probeTimeout());
          } else out.error(keepaliveTimeout(patience));
        }
        arm();
      };

      const probe = () => {
        const ms = probeTimeout();
        if (pinged !== undefined && nextCheck() <= scheduler.now() + ms) return;
        ping(ms);
        arm();
      };

      out.add(
        activity$.subscribe({
          next: activity => {
            const now = scheduler.now();
            if (activity === 'written') lastWritten = now;
            else if (activity === 'resumed') {
              trickle.restart(now);
              if (pinged !== undefined) waitingSince = now;
            } else {
              if (pinged !== undefined) config.roundTrip?.(now - pinged);
              lastRead = now;
              pinged = undefined;
              spared = false;
            }
          },
          error: (error: unknown) => out.error(error),
          complete: () => out.complete(),
        }),
      );
      out.add(probe$.subscribe({ next: probe, error: (error: unknown) => out.error(error) }));
      out.add(() => timer.unsubscribe());
      arm();
    });
}

const always = () => true;

function keepaliveTimeout(ms: number): MqttError {
  return dead(`not a byte came within ${ms} ms of PINGREQ: the connection is dead`);
}

const trickled = (): MqttError =>
  dead('a packet has begun to come, and less than 1,024 bytes of it a second: the connection is as good as dead');

function dead(message: string): MqttError {
  return new MqttError('KEEPALIVE_TIMEOUT', message, { reasonCode: 0x8d, retryable: true });
}
