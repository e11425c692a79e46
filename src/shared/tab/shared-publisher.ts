import { Publisher } from '../../client/publishing/publisher.js';
import { type FailedDelivery, MqttError, type MqttErrorCode } from '../../errors.js';
import type { PublishAck } from '../../packets.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import { DELIVERY, ERROR_CODE } from '../port-messages.js';

/** The publisher of a tab: what the shared client could not publish fails with the error of that. */
export class SharedPublisher extends Publisher {
  override onSettled(message: OutgoingPublish, cause?: MqttError, ack?: PublishAck): void {
    super.onSettled(message, cause && ack ? originalError(cause, ack) : cause, ack);
  }
}

/** Returns the error of the shared client, which user properties of the acknowledgement name; or the given one, if the broker has refused. */
function originalError(refusal: MqttError, { properties }: PublishAck): MqttError {
  const named = new Map(properties?.userProperties);
  const code = named.get(ERROR_CODE);
  if (code === undefined || code === refusal.code) return refusal;
  const { reasonString = refusal.message, subject, retryable } = refusal;
  const delivery = named.get(DELIVERY) as FailedDelivery;
  return new MqttError(code as MqttErrorCode, reasonString, { delivery, subject, retryable, cause: refusal });
}
