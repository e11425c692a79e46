import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { MqttError } from '../errors.js';
import type { PingreqPacket } from '../packets.js';

export interface KeepaliveConfig {
  /** ms of silence, in either direction, after which to ping. */
  readonly interval: number;
  /** ms from PINGREQ until any byte must have come. */
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  /** False while the answer may lie unread in the link: then PINGREQ goes out, and nothing is expected. Default: always true. */
  readonly reading?: () => boolean;
  /** Called with the ms from PINGREQ to the first byte after it. */
  readonly roundTrip?: (ms: number) => void;
}

/** Bytes came, bytes went, or the reading goes on after a pause. */
export type Activity = 'read' | 'written' | 'resumed';

/** ms: a timer this late says that the process slept or was blocked, and nothing about the broker. */
const OVERSLEPT = 500;

/**
 * PINGREQ when either direction was silent for too long, and an end to the connection when nothing comes back (5.0 sections
 * 3.1.2.10 and 3.12). It looks at when bytes last came and went, so traffic costs it two assignments.
 *
 * In: activity on the link. Out: PINGREQ. Completes with its source; errors with `KEEPALIVE_TIMEOUT`.
 */
export function keepalive(config: KeepaliveConfig): OperatorFunction<Activity, PingreqPacket> {
  const { interval, timeout, scheduler, reading = always } = config;
  return activity$ =>
    new Observable(out => {
      let lastRead = scheduler.now();
      let lastWritten = lastRead;
      let pinged: number | undefined;

      const nextCheck = () => (pinged === undefined ? Math.min(lastRead, lastWritten) + interval : pinged + timeout);

      const ping = () => {
        pinged = scheduler.now();
        out.next({ cmd: 'pingreq' });
      };

      out.add(
        activity$.subscribe({
          next: activity => {
            const now = scheduler.now();
            if (activity === 'written') lastWritten = now;
            else if (activity === 'resumed') {
              if (pinged !== undefined) pinged = now;
            } else {
              if (pinged !== undefined) config.roundTrip?.(now - pinged);
              lastRead = now;
              pinged = undefined;
            }
          },
          error: (error: unknown) => out.error(error),
          complete: () => out.complete(),
        }),
      );

      let due = nextCheck();
      out.add(
        scheduler.schedule(function () {
          const now = scheduler.now();
          const overslept = now - due > OVERSLEPT;
          if (now >= nextCheck()) {
            if (pinged === undefined || overslept || !reading()) ping();
            else return out.error(keepaliveTimeout(timeout));
          }
          // the answer may come long before its deadline, and the next silence then counts from there
          due = Math.min(nextCheck(), now + interval);
          this.schedule(undefined, due - now);
        }, due - scheduler.now()),
      );
    });
}

const always = () => true;

function keepaliveTimeout(ms: number): MqttError {
  return new MqttError('KEEPALIVE_TIMEOUT', `not a byte came within ${ms} ms of PINGREQ: the connection is dead`, {
    reasonCode: 0x8d,
    retryable: true,
  });
}
