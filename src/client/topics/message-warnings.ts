import type { MqttMessage } from '../../message.js';
import type { PublishRefusal } from '../../packets.js';
import { hex, quoted } from '../../quoted.js';
import type { Warnings } from '../warnings.js';

/** Warns of messages that this client refuses. */
export function warnOfRefused(
  warnings: Warnings,
  { topic, qos }: MqttMessage,
  { reasonCode, why }: PublishRefusal,
): void {
  const count = warnings.count('MESSAGE_REFUSED');
  if (count === undefined) return;
  const outcome = qos === 0 ? 'dropped' : `refused (${hex(reasonCode)})`;
  warnings.warn({
    code: 'MESSAGE_REFUSED',
    message: `a QoS ${qos} message of ${quoted(topic)} was ${outcome}: ${why}${soFar(count)}; correct its publisher, the connection stays open`,
    topic,
    qos,
    reasonCode,
    count,
  });
}

/**
 * Warns of QoS 1 and 2 messages that were acknowledged although no subscriber got them.
 *
 * @param held - the ms for which the message was held.
 */
export function warnOfUnrouted(warnings: Warnings, { topic, qos }: MqttMessage, held: number): void {
  const count = warnings.count('UNROUTED_DURABLE');
  if (count === undefined) return;
  const waited = held > 0 ? ` within the ${held} ms for which it was held` : '';
  warnings.warn({
    code: 'UNROUTED_DURABLE',
    message:
      `a QoS ${qos} message of ${quoted(topic)} was acknowledged although no stream took it${waited}${soFar(count)}; subscribe a stream for ` +
      "it sooner, subscribe to unrouted$, unsubscribe its filter, or set 'unrouted' to 'hold' so that such messages wait for a stream",
    topic,
    qos,
    count,
  });
}

const soFar = (count: number): string => (count > 1 ? `; ${count} such messages so far` : '');
