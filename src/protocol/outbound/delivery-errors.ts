import { protocolError } from '../violations.js';
import { MqttError, reworded } from '../../errors.js';
import type { PubackPacket, PubcompPacket, PublishPacket, PubrecPacket, PublishAck } from '../../packets.js';
import type { OutgoingPublish } from './outgoing-publish.js';
import { describeReason, isRetryable } from '../reason-codes.js';
import { quoted } from '../../quoted.js';

/** The errors of messages that were not, or perhaps not, delivered. */

export function publishRefused(
  { topic }: PublishPacket,
  { cmd, reasonCode = 0, properties }: PubackPacket | PubrecPacket | PubcompPacket,
): MqttError {
  const reasonString = properties?.reasonString;
  return new MqttError(
    'PUBLISH_REFUSED',
    `the broker refused the message to ${quoted(topic)} by ${cmd.toUpperCase()} ${describeReason(reasonCode, reasonString)}`,
    {
      reasonCode,
      reasonString,
      subject: topic,
      delivery: 'rejected',
      retryable: isRetryable(reasonCode),
    },
  );
}

export function queueFull({ topic }: PublishPacket, held: string): MqttError {
  return new MqttError(
    'QUEUE_FULL',
    `no room for the message to ${quoted(topic)}: the queue holds ${held}; publish slower, or raise the limits in option 'queue'`,
    { subject: topic, delivery: 'rejected', retryable: true },
  );
}

export function evicted({ topic }: PublishPacket): MqttError {
  return new MqttError(
    'MESSAGE_EVICTED',
    `the message to ${quoted(topic)} was evicted from the full queue by a newer one`,
    {
      subject: topic,
      delivery: 'rejected',
    },
  );
}

export function expired({ topic }: PublishPacket): MqttError {
  return new MqttError('MESSAGE_EXPIRED', `the message to ${quoted(topic)} expired while it waited to be sent`, {
    subject: topic,
    delivery: 'rejected',
  });
}

export function sessionLost({ topic, qos }: PublishPacket): MqttError {
  return new MqttError(
    'SESSION_LOST',
    `the broker forgot the session while the QoS ${qos} message to ${quoted(topic)} was in flight; whether it was delivered is unknown`,
    { subject: topic, delivery: 'indeterminate' },
  );
}

export function givenUp({ topic, bytes, qos, hangUps }: OutgoingPublish, why: MqttError): MqttError {
  const { reasonCode, reasonString } = why;
  return new MqttError(
    'DELIVERY_GIVEN_UP',
    `${ended(hangUps)} at the QoS ${qos} message to ${quoted(topic)} (${bytes} bytes), the last while it was alone on it: ` +
      `${why.message}; whether it was delivered is unknown, and the log of the broker may show a limit on size or topic`,
    { reasonCode, reasonString, subject: topic, delivery: 'indeterminate', cause: why },
  );
}

/** Says how many connections ended. Rounds up, because an end that was followed by an outage counts half. */
export const ended = (hangUps: number): string => `at least ${Math.ceil(hangUps) + 1} connections ended`;

export function withdrawn({ topic, qos }: PublishPacket): MqttError {
  return new MqttError(
    'DELIVERY_GIVEN_UP',
    `the QoS ${qos} message to ${quoted(topic)} was withdrawn after it had been sent; whether it was delivered is unknown`,
    { subject: topic, delivery: 'indeterminate' },
  );
}

/** The error of a message that this connection does not allow, although an earlier one did. */
export const sentBefore = (error: MqttError): MqttError =>
  reworded(error, `${error.message}; it was sent on an earlier connection, whether it was delivered is unknown`, {
    delivery: 'indeterminate',
  });

/** Makes an error indeterminate: the message was sent in a session that was lost, and only its second copy was rejected. */
export const indeterminate = (error: MqttError): MqttError =>
  reworded(error, `${error.message}; it had been sent in a session that was lost, and may have arrived`, {
    delivery: 'indeterminate',
    retryable: false,
  });

/** The error of an answer that does not fit the QoS or the stage of its message. */
export function mismatch(ack: PublishAck, message: OutgoingPublish): MqttError {
  const what = `packet identifier ${ack.packetId} is of a QoS ${message.qos} message (${message.stage})`;
  return protocolError(ack.cmd.toUpperCase(), what);
}
