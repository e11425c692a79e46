import { Observable, type OperatorFunction } from 'rxjs';
import type { PublishPacket, PubrelPacket, PublishAck } from '../packets.js';
import type { Sender } from '../protocol/outbound/sender.js';

export interface QosSendConfig {
  readonly sender: Sender;
  /** Emits when there may be something new to send: a message in the queue, or room on the link. */
  readonly wake$: Observable<unknown>;
  /** False while the link has enough, or while something else has to go out first. */
  readonly writable: () => boolean;
}

/**
 * Messages out, at every QoS (5.0 section 4.3): PUBLISH as long as the window and the link allow, PUBREL where PUBREC comes,
 * settlement by PUBACK and PUBCOMP.
 *
 * In: PUBACK, PUBREC, PUBCOMP. Out: PUBLISH, PUBREL. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export function qosSend(config: QosSendConfig): OperatorFunction<PublishAck, PublishPacket | PubrelPacket> {
  const { sender, wake$, writable } = config;
  return ack$ =>
    new Observable(out => {
      const pump = () => {
        while (writable() && !out.closed) {
          const message = sender.nextNew();
          if (message === undefined) return;
          out.next(message);
        }
      };

      out.add(
        ack$.subscribe({
          next: ack => {
            try {
              const pubrel = sender.acknowledge(ack);
              if (pubrel) out.next(pubrel);
            } catch (error) {
              return out.error(error);
            }
            pump();
          },
          error: (error: unknown) => out.error(error),
          complete: () => out.complete(),
        }),
      );
      out.add(wake$.subscribe({ next: pump, error: (error: unknown) => out.error(error) }));
      pump();
    });
}
