import { type FailedDelivery, MqttError, reworded } from '../../errors.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import { quoted, wordsOf } from '../../quoted.js';

export function notConnected(topic: string): MqttError {
  return new MqttError(
    'NOT_CONNECTED',
    `no connection for the QoS 0 message to ${quoted(topic)}; publish it with QoS 1 or 2, or set option 'queue.offlineQos0' to 'queue'`,
    { subject: topic, delivery: 'rejected', retryable: true },
  );
}

/** The error of a QoS 0 message whose connection ended before the link took it. */
export function notSent(topic: string, why: MqttError): MqttError {
  return new MqttError(why.code, `the message to ${quoted(topic)} was not sent: ${why.message}`, {
    subject: topic,
    delivery: 'rejected',
    retryable: true,
    cause: why,
  });
}

export function publishTimeout(topic: string, ms: number, delivery: FailedDelivery, withdraw = false): MqttError {
  const sent = withdraw ? 'it was sent and is not sent again' : 'it was sent and is still in flight';
  const what = delivery === 'rejected' ? 'it was still queued and is dropped' : sent;
  return new MqttError('PUBLISH_TIMEOUT', `the message to ${quoted(topic)} timed out after ${ms} ms; ${what}`, {
    subject: topic,
    delivery,
    retryable: true,
  });
}

export function closedOn(topic: string, why: MqttError, delivery: FailedDelivery): MqttError {
  const what = {
    rejected: 'was not sent',
    indeterminate: 'was in flight, so it is unknown whether it was delivered',
    stored: 'is kept in the store, and is sent when a client opens it again',
  }[delivery];
  return new MqttError(why.code, `the message to ${quoted(topic)} ${what}: ${why.message}`, {
    subject: topic,
    delivery,
    cause: why.cause,
  });
}

/** What is known of a message when its client closes and has a store. A batch with it may still be written. */
export function storedDelivery({ record, stage }: OutgoingPublish): FailedDelivery {
  if (record === undefined) return stage === 'queued' ? 'rejected' : 'indeterminate';
  return record.isDurable ? 'stored' : 'indeterminate';
}

/** The error of a message that the store no longer has when a page is shown again. */
export function settledElsewhere(topic: string): MqttError {
  return new MqttError(
    'SESSION_LOST',
    `another page had the session while this page was hidden, and the message to ${quoted(topic)} has settled there; whether it was delivered is unknown`,
    { subject: topic, delivery: 'indeterminate' },
  );
}

/** The error of a message that the store could not take. */
export function storeFailedFor(topic: string, why: MqttError): MqttError {
  return new MqttError('STORE_FAILED', `the message to ${quoted(topic)} was not accepted: ${why.message}`, {
    subject: topic,
    delivery: 'rejected',
    retryable: true,
    cause: why.cause,
  });
}

export function bufferFull(max: number): MqttError {
  return new MqttError(
    'QUEUE_FULL',
    `the buffer of publishAll is full: ${max} messages wait already; publish more slowly, or raise option 'buffer'`,
    { delivery: 'rejected', retryable: true },
  );
}

export function evictedFromBuffer(): MqttError {
  return new MqttError('MESSAGE_EVICTED', 'the message was evicted from the full buffer of publishAll by a newer one', {
    delivery: 'rejected',
  });
}

/** Returns the error of a publish or a request of which nothing was sent. */
export const rejected = (thrown: unknown): MqttError => withDelivery(thrown, 'rejected');

/**
 * Returns the error with the delivery of one message. What is not an MqttError was thrown by the message or the options of the call,
 * for example by a getter.
 */
export function withDelivery(thrown: unknown, delivery: FailedDelivery): MqttError {
  if (!MqttError.is(thrown)) {
    const text = `cannot read the message: ${wordsOf(thrown)}`;
    return new MqttError('INVALID_ARGUMENT', text, { subject: 'message', delivery, cause: thrown });
  }
  return thrown.delivery === undefined ? reworded(thrown, thrown.message, { delivery }) : thrown;
}
