import { type FailedDelivery, MqttError } from '../../errors.js';
import { quoted, wordsOf } from '../../quoted.js';

export function notConnected(topic: string): MqttError {
  return new MqttError(
    'NOT_CONNECTED',
    `no connection for the QoS 0 message to ${quoted(topic)}; publish it with QoS 1 or 2, or set queue.offlineQos0 to 'queue'`,
    { subject: topic, delivery: 'rejected', retryable: true },
  );
}

/** The connection that was to carry a QoS 0 message took it no more. */
export function notSent(topic: string, why: MqttError): MqttError {
  return new MqttError(why.code, `the message to ${quoted(topic)} was not sent: ${why.message}`, {
    subject: topic,
    delivery: 'rejected',
    retryable: true,
    cause: why,
  });
}

export function publishTimeout(topic: string, ms: number, delivery: FailedDelivery, withdraw = false): MqttError {
  const sent = withdraw ? 'it was sent and is not sent again' : 'it was sent and goes on';
  const where = delivery === 'rejected' ? 'it was still queued and is dropped' : sent;
  return new MqttError('PUBLISH_TIMEOUT', `the message to ${quoted(topic)} was not through within ${ms} ms; ${where}`, {
    subject: topic,
    delivery,
    retryable: true,
  });
}

export function closedOn(topic: string, why: MqttError, delivery: FailedDelivery): MqttError {
  const fate = delivery === 'rejected' ? 'was not sent' : 'was in flight, whether it was delivered is unknown';
  return new MqttError(why.code, `the message to ${quoted(topic)} ${fate}: ${why.message}`, {
    subject: topic,
    delivery,
    cause: why.cause,
  });
}

export function bufferFull(max: number): MqttError {
  return new MqttError(
    'QUEUE_FULL',
    `publishAll has no room for the message: ${max} wait already; publish slower, or raise its option buffer`,
    { delivery: 'rejected', retryable: true },
  );
}

export function evictedFromBuffer(): MqttError {
  return new MqttError('MESSAGE_EVICTED', 'the message was evicted from the full buffer of publishAll by a newer one', {
    delivery: 'rejected',
  });
}

/** What a publish or a request ends with before anything of it was sent. */
export const rejected = (thrown: unknown): MqttError => withDelivery(thrown, 'rejected');

/**
 * The same error for one message: it says what became of that. What is no MqttError was thrown by the message or the options of the
 * call, by a getter or the like.
 */
export function withDelivery(thrown: unknown, delivery: FailedDelivery): MqttError {
  if (!MqttError.is(thrown)) {
    const words = `cannot read the message: ${wordsOf(thrown)}`;
    return new MqttError('INVALID_ARGUMENT', words, { subject: 'message', delivery, cause: thrown });
  }
  if (thrown.delivery !== undefined) return thrown;
  const { code, message, reasonCode, reasonString, phase, retryable, subject, serverReference, cause } = thrown;
  const info = { reasonCode, reasonString, phase, retryable, subject, serverReference, cause };
  return new MqttError(code, message, { ...info, delivery });
}
