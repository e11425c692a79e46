import { NEVER, Observable, type OperatorFunction, type SchedulerLike, interval } from 'rxjs';
import type { PublishAck, PublishPacket, PubrelPacket } from '../packets.js';
import type { Sender } from '../protocol/outbound/sender.js';
import { Slice, type Yielding } from './slice.js';

export interface QosSendConfig {
  readonly sender: Sender;
  /** Emits when there may be a new message to send, or room on the link. */
  readonly wake$: Observable<unknown>;
  /** Returns false while the link takes no more. */
  readonly writable: () => boolean;
  /** Returns false while new messages have to wait for other packets. Default: they never do. */
  readonly mayBegin?: () => boolean;
  /** ms after which everything in flight is sent again on a live connection, which only 3.x allows. Default: never. */
  readonly resendInterval?: number;
  readonly scheduler: SchedulerLike;
  /** Creates what lets the event loop be served while very many messages are sent. Default: they are sent in one turn. */
  readonly createYielding?: () => Yielding;
}

/** The clock is read after each 128 messages of one loop, because reading it costs about as much as a message. It is a mask. */
const LOOK_MASK = 127;

/**
 * Sends messages at every QoS (5.0 section 4.3) while the window and the link allow it: first what was in flight when the last connection
 * was lost, in its order (section 4.4), then new messages. PUBREL answers PUBREC; PUBACK and PUBCOMP settle a message. What waits for a
 * connection is sent in slices.
 *
 * In: PUBACK, PUBREC, PUBCOMP. Out: PUBLISH, PUBREL. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export function qosSend(config: QosSendConfig): OperatorFunction<PublishAck, PublishPacket | PubrelPacket> {
  const { sender, wake$, writable, mayBegin = () => true, resendInterval = 0, createYielding } = config;
  const repeat$ = resendInterval > 0 ? interval(resendInterval, config.scheduler) : NEVER;
  return ack$ =>
    new Observable(out => {
      const error = (why: unknown) => out.error(why);
      const pump = () => {
        if (slice?.isYielding === true) return;
        for (let sent = 1; writable() && !out.closed; sent++) {
          const packet = sender.next(mayBegin());
          if (packet === undefined) return;
          out.next(packet);
          if ((sent & LOOK_MASK) === 0 && isSliceOver()) return;
        }
      };
      let slice: Slice | undefined;
      const isSliceOver = (): boolean => {
        if (createYielding === undefined) return false;
        slice ??= new Slice(createYielding(), pump);
        slice.readClock();
        return slice.isYielding;
      };
      const repeat = () => {
        // on a slow link, a repetition begins only after the one before is complete
        if (writable() || !sender.inFlight.resending) sender.inFlight.rewind();
        pump();
      };

      out.add(
        ack$.subscribe({
          next: ack => {
            try {
              const pubrel = sender.acknowledge(ack);
              if (pubrel) out.next(pubrel);
            } catch (why) {
              return out.error(why);
            }
            pump();
          },
          error,
          complete: () => out.complete(),
        }),
      );
      out.add(() => slice?.cancel());
      out.add(wake$.subscribe({ next: pump, error }));
      out.add(repeat$.subscribe({ next: repeat, error }));
      pump();
    });
}
