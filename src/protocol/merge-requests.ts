import { MqttError } from '../errors.js';
import type { SubscriptionRequest } from '../packets.js';
import { quoted } from '../quoted.js';

const unmergeable = ['noLocal', 'retainAsPublished'] as const;

const isEqual = (a: SubscriptionRequest, b: SubscriptionRequest, option: (typeof unmergeable)[number]): boolean =>
  (a[option] ?? false) === (b[option] ?? false);

/** Whether the broker would do the same for both. Retain handling says what a SUBSCRIBE does, not what comes of it. */
export function isSameRequest(a: SubscriptionRequest, b: SubscriptionRequest): boolean {
  return a.qos === b.qos && unmergeable.every(option => isEqual(a, b, option));
}

/** One request that serves both: the higher QoS, the more retained messages. Throws SUBSCRIPTION_CONFLICT where there is none. */
export function mergeRequests(first: SubscriptionRequest, second: SubscriptionRequest): SubscriptionRequest {
  assertCompatible(first, second);
  const merged = { ...second, qos: first.qos > second.qos ? first.qos : second.qos };
  const { retainHandling = 0 } = first;
  if (retainHandling < (second.retainHandling ?? 0)) merged.retainHandling = retainHandling;
  return merged;
}

function assertCompatible(a: SubscriptionRequest, b: SubscriptionRequest): void {
  for (const option of unmergeable) {
    if (isEqual(a, b, option)) continue;
    throw new MqttError(
      'SUBSCRIPTION_CONFLICT',
      `${quoted(b.filter)} is subscribed with ${option}: ${a[option] ?? false}; a broker keeps one subscription a filter, ` +
        `so it cannot be had with ${option}: ${b[option] ?? false} at the same time`,
      { subject: b.filter },
    );
  }
}
