import { Observable, type OperatorFunction } from 'rxjs';
import type { MqttMessage } from '../message.js';
import type {
  PubackPacket,
  PubcompPacket,
  PublishPacket,
  PubrecPacket,
  PubrelPacket,
  ProtocolVersion,
} from '../packets.js';
import type { Receiver } from '../protocol/receiver.js';

export interface QosReceiveConfig {
  readonly receiver: Receiver;
  readonly protocolVersion: ProtocolVersion;
  /** When a QoS 2 message is handed over. */
  readonly deliverQos2: 'publish' | 'release';
  /** Takes each message once. Must not throw. */
  readonly deliver: (message: MqttMessage) => void;
}

/**
 * Messages in, at every QoS (5.0 section 4.3). The acknowledgement follows the delivery at once, before anything that the
 * application sends in answer.
 *
 * In: PUBLISH, PUBREL. Out: PUBACK, PUBREC, PUBCOMP. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export function qosReceive(
  config: QosReceiveConfig,
): OperatorFunction<PublishPacket | PubrelPacket, PubackPacket | PubrecPacket | PubcompPacket> {
  const { receiver, deliver } = config;
  const onRelease = config.deliverQos2 === 'release';
  return packet$ =>
    new Observable(out => {
      const publish = (packet: PublishPacket) => {
        const message = receiver.message(packet);
        const packetId = packet.packetId ?? 0;
        switch (packet.qos) {
          case 0:
            deliver(message);
            return;
          case 1:
            deliver(message);
            out.next({ cmd: 'puback', packetId });
            return;
          case 2:
            // the identifier is noted before the delivery, so that a second PUBLISH cannot be a second delivery [MQTT-4.3.3-10]
            if (receiver.receive(packetId, onRelease ? message : undefined) && !onRelease) deliver(message);
            out.next({ cmd: 'pubrec', packetId });
        }
      };

      const release = (packet: PubrelPacket) => {
        const { packetId } = packet;
        const { known, held } = receiver.release(packet);
        if (held) deliver(held);
        if (known || config.protocolVersion !== 5) out.next({ cmd: 'pubcomp', packetId });
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
    });
}
