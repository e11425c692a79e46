import { Observable, type OperatorFunction } from 'rxjs';
import type { PublishAck, PublishPacket, PubrelPacket } from '../packets.js';
import type { InboundHandling, Receiver } from '../protocol/inbound/receiver.js';

export interface QosReceiveConfig extends InboundHandling {
  readonly receiver: Receiver;
  /** Emits when acknowledgements that waited may go out. */
  readonly ready$: Observable<unknown>;
}

/**
 * Receives messages at every QoS (5.0 section 4.3). The acknowledgement follows the delivery synchronously, before anything that the
 * application sends in answer. Where a subscriber acknowledges by hand, it follows when that is done and its turn has come (section 4.6).
 *
 * A message with a `refusal` is not handed over. PUBACK or PUBREC says so, in its turn, and the connection goes on.
 *
 * In: PUBLISH, PUBREL. Out: PUBACK, PUBREC, PUBCOMP. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export function qosReceive(config: QosReceiveConfig): OperatorFunction<PublishPacket | PubrelPacket, PublishAck> {
  const { receiver, ready$ } = config;
  const is5 = config.protocolVersion === 5;
  return packet$ =>
    new Observable(out => {
      const sendWaiting = () => {
        for (let ack = receiver.nextAck(is5); ack !== undefined; ack = receiver.nextAck(is5)) out.next(ack);
      };
      const error = (why: unknown) => out.error(why);

      out.add(
        packet$.subscribe({
          next: packet => {
            try {
              const ack = packet.cmd === 'publish' ? receiver.publish(packet, config) : receiver.pubrel(packet, config);
              if (ack === undefined) sendWaiting();
              else out.next(ack);
            } catch (why) {
              out.error(why);
            }
          },
          error,
          complete: () => out.complete(),
        }),
      );
      out.add(ready$.subscribe({ next: sendWaiting, error }));
    });
}
