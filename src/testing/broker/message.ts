import type { PublishProperties, QoS } from '../../message.js';
import type { PublishPacket } from '../../packets.js';

/** A message as the broker keeps it. */
export interface BrokerMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** The properties that subscribers receive (5.0 section 3.3.2.3). */
  readonly properties: Omit<PublishProperties, 'topicAlias' | 'subscriptionIdentifier' | 'messageExpiryInterval'>;
  /** ms on the clock of the scheduler; Infinity: never. */
  readonly expiresAt: number;
  /** The client identifier of the publisher; undefined for the broker itself. */
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

/** Returns the PUBLISH to one subscriber with the remaining message expiry (5.0 section 3.3.2.3.3), or undefined if it has expired. */
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

/** How a message is sent to one subscriber. */
export interface BrokerDelivery {
  readonly qos: QoS;
  readonly retain: boolean;
  /** The identifiers of the matching subscriptions. */
  readonly identifiers: readonly number[];
  /** The DUP flag and packet identifier that a test has chosen, instead of false and the next free one. */
  readonly dup?: boolean | undefined;
  readonly packetId?: number | undefined;
}
