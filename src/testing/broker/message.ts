import type { PublishProperties, QoS } from '../../message.js';
import type { PublishPacket } from '../../packets.js';

/** A message in the broker. */
export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Those that go on to the subscribers (5.0 section 3.3.2.3). */
  readonly properties: Omit<PublishProperties, 'topicAlias' | 'subscriptionIdentifier' | 'messageExpiryInterval'>;
  /** ms on the clock of the scheduler; Infinity for never. */
  readonly expiresAt: number;
  /** Client id of who published it; undefined for the broker itself. */
  readonly publisher: string | undefined;
}

type Source = Pick<PublishPacket, 'topic' | 'payload' | 'qos' | 'retain'> & {
  readonly properties?: PublishProperties | undefined;
};

export function messageOf(source: Source, topic: string, publisher: string | undefined, now: number): BrokerMessage {
  const { payload, qos, retain } = source;
  const { topicAlias: _, subscriptionIdentifier: __, messageExpiryInterval, ...properties } = source.properties ?? {};
  const expiresAt = messageExpiryInterval === undefined ? Infinity : now + messageExpiryInterval * 1000;
  return { topic, payload, qos, retain, properties, expiresAt, publisher };
}

/** What goes out to one subscriber; the expiry is what is left of it (5.0 section 3.3.2.3.3). Undefined when nothing is left. */
export function packetOf(message: BrokerMessage, delivery: BrokerDelivery, now: number): PublishPacket | undefined {
  const { topic, payload, expiresAt } = message;
  const { qos, retain, identifiers, dup = false } = delivery;
  if (expiresAt <= now) return undefined;
  const properties: PublishProperties = {
    ...message.properties,
    ...(expiresAt === Infinity ? {} : { messageExpiryInterval: Math.ceil((expiresAt - now) / 1000) }),
    ...(identifiers.length === 0 ? {} : { subscriptionIdentifier: [...identifiers] }),
  };
  return { cmd: 'publish', topic, payload, qos, retain, dup, properties };
}

/** How a message goes to one subscriber. */
export interface BrokerDelivery {
  readonly qos: QoS;
  readonly retain: boolean;
  /** Of the subscriptions that it matched. */
  readonly identifiers: readonly number[];
  /** Where a test has chosen them: DUP, and a packet identifier in place of the next free one. */
  readonly dup?: boolean | undefined;
  readonly packetId?: number | undefined;
}
