import { type FailedDelivery, MqttError } from '../../errors.js';
import { withDelivery } from '../publishing/publish-errors.js';
import { quoted, wordsOf } from '../../quoted.js';

/** The step that a request is at. */
export type Stage = 'connecting' | 'subscribing' | 'publishing' | 'answering';

/** The delivery of a request that ended at this stage. Even after the acknowledgement of the broker, a responder may not have it. */
const deliveryAt: Readonly<Record<Stage, FailedDelivery>> = {
  connecting: 'rejected',
  subscribing: 'rejected',
  publishing: 'indeterminate',
  answering: 'indeterminate',
};

/** Returns the error of a request, with its delivery. A reply that cannot be decoded gets none, because it proves that the request arrived. */
export function requestFailed(error: unknown, stage: Stage): unknown {
  return MqttError.is(error, 'DECODE_FAILED') ? error : withDelivery(error, deliveryAt[stage]);
}

const reasons: Readonly<Record<Stage, string>> = {
  connecting: 'there was no connection, so it was not sent',
  subscribing: 'the broker did not acknowledge the subscription to its replies, so it was not sent',
  publishing: 'the broker did not acknowledge it',
  answering: 'the broker has it, but no reply came',
};

export function requestTimeout(topic: string, ms: number, stage: Stage, replies: number): MqttError {
  const what = replies > 0 ? `${ms} ms without a further reply` : `${ms} ms`;
  const why = replies > 0 ? `only ${replies === 1 ? '1 reply' : `${replies} replies`} came` : reasons[stage];
  return new MqttError('REQUEST_TIMEOUT', `the request to ${quoted(topic)} timed out after ${what}: ${why}`, {
    subject: topic,
    delivery: deliveryAt[stage],
    retryable: true,
  });
}

export function noResponder(topic: string): MqttError {
  return new MqttError(
    'NO_RESPONDER',
    `the request to ${quoted(topic)} has no responder: the broker reports that the topic has no subscribers`,
    {
      reasonCode: 0x10,
      subject: topic,
      delivery: 'rejected',
      retryable: true,
    },
  );
}

export function requestClosed(topic: string, why: MqttError, stage: Stage): MqttError {
  return new MqttError('CLIENT_CLOSED', `the request to ${quoted(topic)} ended without its reply: ${why.message}`, {
    reasonCode: why.reasonCode,
    subject: topic,
    delivery: deliveryAt[stage],
    cause: why.cause,
  });
}

export function needsVersion5(topic: string, what: string): MqttError {
  return new MqttError(
    'NOT_SUPPORTED',
    `cannot send the request to ${quoted(topic)}: ${what} needs MQTT 5.0, which this connection does not use; omit it, or set ` +
      `option 'convention' to 'topics'`,
    { subject: topic, delivery: 'rejected' },
  );
}

export function handlerFailed(topic: string, cause: unknown): MqttError {
  return new MqttError('HANDLER_FAILED', `the handler of the message of ${quoted(topic)} failed: ${wordsOf(cause)}`, {
    subject: topic,
    cause,
  });
}
