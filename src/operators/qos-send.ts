import { Observable, type OperatorFunction } from 'rxjs';
import type { PublishPacket, PubrelPacket, PublishAck } from '../packets.js';
import type { Sender } from '../protocol/outbound/sender.js';

export interface QosSendConfig {
  readonly sender: Sender;
  /** Emits when there may be a new message to send, or room on the link. */
  readonly wake$: Observable<unknown>;
  /** Returns false while the link takes no more, or while other packets have to be sent first. */
  readonly writable: () => boolean;
}

/**
 * Sends messages at every QoS (5.0 section 4.3): PUBLISH while the window and the link allow it, PUBREL in answer to PUBREC. PUBACK and
 * PUBCOMP settle a message.
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
