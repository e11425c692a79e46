import { type FailedDelivery, MqttError } from '../../errors.js';
import { withDelivery } from '../publishing/publish-errors.js';
import { quoted, wordsOf } from '../../quoted.js';

/** How far a request has come. */
export type Stage = 'connecting' | 'subscribing' | 'publishing' | 'answering';

/** What is known of a request that ended at this stage. With the broker it may be, but nobody knows of the responder. */
const delivery: Readonly<Record<Stage, FailedDelivery>> = {
  connecting: 'rejected',
  subscribing: 'rejected',
  publishing: 'indeterminate',
  answering: 'indeterminate',
};

/** The error with which a request ends: it says what became of the request. A reply that cannot be decoded proves that it arrived. */
export function requestFailed(error: unknown, stage: Stage): unknown {
  return MqttError.is(error, 'DECODE_FAILED') ? error : withDelivery(error, delivery[stage]);
}

const missing: Readonly<Record<Stage, string>> = {
  connecting: 'there was no connection, and it was not sent',
  subscribing: 'the broker did not acknowledge the subscription to its replies, and it was not sent',
  publishing: 'the broker did not acknowledge it',
  answering: 'the broker has it, but no reply came',
};

export function requestTimeout(topic: string, ms: number, stage: Stage, replies: number): MqttError {
  const why = replies > 0 ? `only ${replies === 1 ? '1 reply' : `${replies} replies`} came` : missing[stage];
  const within = replies > 0 ? `for ${ms} ms nothing came after` : `within ${ms} ms`;
  return new MqttError('REQUEST_TIMEOUT', `the request to ${quoted(topic)}: ${within}: ${why}`, {
    subject: topic,
    delivery: delivery[stage],
    retryable: true,
  });
}

export function noResponder(topic: string): MqttError {
  return new MqttError(
    'NO_RESPONDER',
    `the request to ${quoted(topic)}: the broker says that nobody is subscribed to it`,
    {
      reasonCode: 0x10,
      subject: topic,
      delivery: 'rejected',
      retryable: true,
    },
  );
}

export function requestClosed(topic: string, why: MqttError, stage: Stage): MqttError {
  return new MqttError('CLIENT_CLOSED', `the request to ${quoted(topic)} ends without its reply: ${why.message}`, {
    reasonCode: why.reasonCode,
    subject: topic,
    delivery: delivery[stage],
    cause: why.cause,
  });
}

export function needsVersion5(topic: string, what: string): MqttError {
  return new MqttError(
    'NOT_SUPPORTED',
    `cannot send the request to ${quoted(topic)}: ${what} needs MQTT 5.0, which this connection does not speak; leave it out, or set ` +
      `the option convention to 'topics'`,
    { subject: topic, delivery: 'rejected' },
  );
}

export function handlerFailed(topic: string, cause: unknown): MqttError {
  return new MqttError('HANDLER_FAILED', `the handler of the message of ${quoted(topic)} failed: ${wordsOf(cause)}`, {
    subject: topic,
    cause,
  });
}
