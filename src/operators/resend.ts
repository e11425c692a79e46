import { NEVER, Observable, type OperatorFunction, type SchedulerLike, interval } from 'rxjs';
import type { PublishPacket, PubrelPacket } from '../packets.js';
import type { InFlight } from '../protocol/outbound/in-flight.js';

export interface ResendConfig {
  readonly inFlight: InFlight;
  /** Emits when the link may have room again. */
  readonly wake$: Observable<unknown>;
  /** Returns false while the link takes no more. */
  readonly writable: () => boolean;
  /** Is called when all messages were sent again and new ones may follow. */
  readonly done: () => void;
  /** ms between repetitions on a live connection, which only 3.x allows; 0 for none. */
  readonly interval: number;
  readonly scheduler: SchedulerLike;
}

/**
 * Sends again what was in flight when the last connection was lost, before new messages and in the same order: PUBLISH with DUP set, or
 * PUBREL after PUBREC (5.0 section 4.4). The window limits how much is sent; acknowledgements, which `qosSend` handles first, make room.
 *
 * In: acknowledgements. Out: PUBLISH, PUBREL. Completes when all is out, or with its source where it repeats. Does not error.
 */
export function resend(config: ResendConfig): OperatorFunction<unknown, PublishPacket | PubrelPacket> {
  const { inFlight, scheduler } = config;
  const repeat$ = config.interval > 0 ? interval(config.interval, scheduler) : NEVER;
  return ack$ =>
    new Observable(out => {
      const advance = () => {
        if (!inFlight.resending) return;
        while (config.writable() && !out.closed) {
          const packet = inFlight.nextResend();
          if (packet === undefined) break;
          out.next(packet);
        }
        if (inFlight.resending) return;
        config.done();
        if (config.interval === 0) out.complete();
      };

      if (!inFlight.resending && config.interval === 0) return out.complete();
      out.add(
        repeat$.subscribe({
          next: () => {
            // on a slow link, a repetition begins only after the one before is complete
            if (config.writable() || !inFlight.resending) inFlight.rewind();
            advance();
          },
          error: (error: unknown) => out.error(error),
        }),
      );
      out.add(
        ack$.subscribe({
          next: advance,
          error: (error: unknown) => out.error(error),
          complete: () => out.complete(),
        }),
      );
      out.add(config.wake$.subscribe({ next: advance, error: (error: unknown) => out.error(error) }));
      advance();
    });
}
