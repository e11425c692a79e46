import type { Consumed } from '../index.js';
import { quoted, wordsOf } from '../quoted.js';
import type { MqttHandlerOptions } from './options.js';

const fates = {
  reject: 'is rejected',
  ack: 'is acknowledged',
  leave: 'is left to the next connection',
} as const;

/**
 * Says what became of a message that was not processed, for the log of the service. NestJS logs some failures and not others: not those of a
 * validation pipe, for example. Undefined for a message that was processed, or that the broker sends again.
 */
export function reportOf(outcome: Consumed, { onError = 'reject', retry }: MqttHandlerOptions): string | undefined {
  const { status, message } = outcome;
  const topic = quoted(message.topic);
  if (status === 'retrying')
    return `The message to ${topic} was not processed, and is tried again in ${outcome.delay} ms${reasonOf(outcome.error)}`;
  if (status === 'failed') {
    const fate = message.stale
      ? 'its connection has ended'
      : fates[onError === 'retry' ? (retry?.giveUp ?? 'reject') : onError];
    return `The message to ${topic} was not processed${message.qos > 0 ? `, and ${fate}` : ''}${reasonOf(outcome.error)}`;
  }
  if (status === 'dropped' && outcome.reason === 'overflow')
    return `The message to ${topic} was dropped, because too many wait for their handler`;
  return undefined;
}

/** The errors of NestJS are often plain objects with a message. */
function reasonOf(error: unknown): string {
  const words = (error as { message?: unknown } | null | undefined)?.message ?? error;
  return typeof words === 'string' && words !== '' ? `: ${wordsOf(words)}` : '';
}
