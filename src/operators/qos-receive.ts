import { Observable, type OperatorFunction } from 'rxjs';
import type { MqttMessage } from '../message.js';
import type { PublishPacket, PublishRefusal, PubrelPacket, ProtocolVersion } from '../packets.js';
import { InboundMessage } from '../protocol/inbound/inbound-message.js';
import type { ReceiverAck } from '../protocol/inbound/pending-acks.js';
import type { Receiver } from '../protocol/inbound/receiver.js';

export interface QosReceiveConfig {
  readonly receiver: Receiver;
  readonly protocolVersion: ProtocolVersion;
  /** When a QoS 2 message is handed over. */
  readonly deliverQos2: 'publish' | 'release';
  /** Takes each message once. Must not throw. Gives a delivery where somebody is to answer for the message first. */
  readonly deliver: (message: MqttMessage) => InboundMessage | undefined;
  /** Told of a message that is not taken: it is refused, or at QoS 0 dropped. */
  readonly refused?: ((message: MqttMessage, refusal: PublishRefusal) => void) | undefined;
  /** Emits when acknowledgements that waited may go out. */
  readonly ready$: Observable<unknown>;
}

/**
 * Messages in, at every QoS (5.0 section 4.3). The acknowledgement follows the delivery at once, before anything that the
 * application sends in answer; or, where somebody is to answer for the message, when that is done and its turn has come (section 4.6).
 *
 * A message with a `refusal` is not handed over. PUBACK or PUBREC says so, in its turn, and the connection goes on.
 *
 * In: PUBLISH, PUBREL. Out: PUBACK, PUBREC, PUBCOMP. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export function qosReceive(config: QosReceiveConfig): OperatorFunction<PublishPacket | PubrelPacket, ReceiverAck> {
  const { receiver } = config;
  const onRelease = config.deliverQos2 === 'release';
  const is5 = config.protocolVersion === 5;
  return packet$ =>
    new Observable(out => {
      /** What has waited. */
      const acknowledge = () => {
        for (let ack = receiver.nextAck(is5); ack !== undefined; ack = receiver.nextAck(is5)) out.next(ack);
      };

      const publish = (packet: PublishPacket) => {
        const message = receiver.message(packet);
        const { refusal } = packet;
        const deliver = refusal === undefined ? config.deliver : refuse(refusal);
        const packetId = packet.packetId ?? 0;
        switch (packet.qos) {
          case 0:
            deliver(message);
            return;
          case 1:
            if (!receiver.receiveQos1(packetId)) return;
            if (receiver.handedOverQos1(packetId, deliver(message))) out.next({ cmd: 'puback', packetId });
            else acknowledge();
            return;
          case 2: {
            // the identifier is noted before the delivery, so that a second PUBLISH cannot be a second delivery [MQTT-4.3.3-10]
            const isNew = receiver.receiveQos2(packetId, onRelease ? message : undefined);
            const inbound = isNew && (!onRelease || refusal !== undefined) ? deliver(message) : undefined;
            if (receiver.handedOverQos2(packetId, inbound)) out.next({ cmd: 'pubrec', packetId });
            else acknowledge();
          }
        }
      };

      const refuse = (refusal: PublishRefusal) => (message: MqttMessage) => {
        config.refused?.(message, refusal);
        return InboundMessage.refused(message, refusal.reasonCode);
      };

      const release = (packet: PubrelPacket) => {
        const { packetId } = packet;
        if (receiver.releasedAgain(packet)) {
          acknowledge();
          return;
        }
        const { known, held } = receiver.release(packet);
        const atOnce = receiver.handedOverOnRelease(packetId, held && config.deliver(held));
        if (!atOnce) acknowledge();
        else if (known || !is5) out.next({ cmd: 'pubcomp', packetId });
        else out.next({ cmd: 'pubcomp', packetId, reasonCode: 0x92 });
      };

      out.add(
        packet$.subscribe({
          next: packet => {
            try {
              if (packet.cmd === 'publish') publish(packet);
              else release(packet);
            } catch (error) {
              out.error(error);
            }
          },
          error: (error: unknown) => out.error(error),
          complete: () => out.complete(),
        }),
      );
      out.add(config.ready$.subscribe({ next: acknowledge, error: (error: unknown) => out.error(error) }));
    });
}
