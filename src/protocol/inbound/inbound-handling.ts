import type { MqttMessage } from '../../message.js';
import type { ProtocolVersion, PublishRefusal } from '../../packets.js';
import { InboundMessage } from './inbound-message.js';

/** What a connection does with the messages that it receives. */
export interface InboundHandling {
  readonly protocolVersion: ProtocolVersion;
  /** When a QoS 2 message is delivered: with its PUBLISH, or with its PUBREL. */
  readonly deliverQos2: 'publish' | 'release';
  /** Delivers a message. Is called once for each, and must not throw. Returns an inbound message if subscribers acknowledge it first. */
  deliver(message: MqttMessage): InboundMessage | undefined;
  /** Called for a message that is not delivered: it is refused, or with QoS 0 dropped. */
  refused?(message: MqttMessage, refusal: PublishRefusal): void;
}

/** Delivers a message, unless it is refused: then its refusal is sent in its turn. */
export function deliverOrRefuse(
  message: MqttMessage,
  refusal: PublishRefusal | undefined,
  handling: InboundHandling,
): InboundMessage | undefined {
  if (refusal === undefined) return handling.deliver(message);
  handling.refused?.(message, refusal);
  return InboundMessage.refused(message, refusal.reasonCode);
}
