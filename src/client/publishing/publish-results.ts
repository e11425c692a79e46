import type { MqttError } from '../../errors.js';
import type { PublishAck } from '../../packets.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import type { AckEvent, PublishResult } from '../../results.js';

/** Returns what `publish()` emits. */
export function createPublishResult(
  { topic, qos, requestedQoS, packetId, tag }: OutgoingPublish,
  reached: PublishResult['reached'],
  ack: PublishAck | undefined,
): PublishResult {
  const reasonCode = ack?.reasonCode ?? 0;
  const result: PublishResult =
    packetId === 0
      ? { topic, qos, requestedQoS, reached, reasonCode }
      : { topic, qos, requestedQoS, reached, packetId, reasonCode };
  if (ack?.properties === undefined && tag === undefined) return result;
  return { ...result, ...ack?.properties, ...(tag === undefined ? {} : { tag }) };
}

/** Returns what `ack$` emits for a message that has settled. */
export function createAckEvent(
  message: OutgoingPublish,
  error: MqttError | undefined,
  ack: PublishAck | undefined,
): AckEvent {
  const { topic, qos, packetId, tag } = message;
  return {
    kind: 'publish',
    topic,
    qos,
    packetId,
    ...(tag === undefined ? {} : { tag }),
    delivery: error === undefined ? 'delivered' : error.delivery === 'indeterminate' ? 'indeterminate' : 'rejected',
    reasonCode: ack?.reasonCode ?? error?.reasonCode ?? 0,
    ...(error === undefined ? {} : { error }),
  };
}
