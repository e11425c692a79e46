import { NEVER, Observable, type OperatorFunction, type SchedulerLike, interval } from 'rxjs';
import type { PublishPacket, PubrelPacket } from '../packets.js';
import type { InFlight } from '../protocol/outbound/in-flight.js';

export interface ResendConfig {
  readonly inFlight: InFlight;
  /** Emits when the link may have room again. */
  readonly wake$: Observable<unknown>;
  /** False while the link has enough. */
  readonly writable: () => boolean;
  /** Called when everything is out again and new messages may follow. */
  readonly done: () => void;
  /** ms, 3.x only: do it again and again on a live connection. 0 is off. */
  readonly interval: number;
  readonly scheduler: SchedulerLike;
}

/**
 * What was in flight when the last connection was lost goes out first, in its order: PUBLISH with DUP set, PUBREL where PUBREC had
 * come (5.0 section 4.4). No more at a time than the window allows; acknowledgements, which the sender sees before this flow does,
 * make room for the rest.
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
            // a slow link gets through all before it begins again
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
