import { Observable, type OperatorFunction } from 'rxjs';
import type { PubackPacket, PubcompPacket, PublishPacket, PubrecPacket, PubrelPacket } from '../packets.js';
import type { Sender } from '../protocol/outbound/sender.js';

export type DeliveryAck = PubackPacket | PubrecPacket | PubcompPacket;

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
export function qosSend(config: QosSendConfig): OperatorFunction<DeliveryAck, PublishPacket | PubrelPacket> {
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

      const acknowledge = (ack: DeliveryAck): void => {
        switch (ack.cmd) {
          case 'puback':
            return sender.puback(ack);
          case 'pubrec': {
            const pubrel = sender.pubrec(ack);
            if (pubrel) out.next(pubrel);
            return;
          }
          case 'pubcomp':
            return sender.pubcomp(ack);
        }
      };

      out.add(
        ack$.subscribe({
          next: ack => {
            try {
              acknowledge(ack);
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
