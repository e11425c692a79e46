import { MqttError } from '../../errors.js';
import type { UserProperties } from '../../message.js';
import { quoted } from '../../quoted.js';
import type { FilterRequest } from './subscription-request.js';

const unmergeable = ['noLocal', 'retainAsPublished'] as const;

const isEqual = (a: FilterRequest, b: FilterRequest, option: (typeof unmergeable)[number]): boolean =>
  (a[option] ?? false) === (b[option] ?? false);

/** Whether the broker would do the same for both. Retain handling says what a SUBSCRIBE does, not what comes of it. */
export function isSameRequest(a: FilterRequest, b: FilterRequest): boolean {
  return (
    a.qos === b.qos &&
    unmergeable.every(option => isEqual(a, b, option)) &&
    areSameProperties(a.userProperties, b.userProperties)
  );
}

/** In the same order, too: what the order means is the broker's affair. None are as good as an empty list. */
export function areSameProperties(a: UserProperties = [], b: UserProperties = []): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every(([name, value], i) => name === b[i]![0] && value === b[i]![1]);
}

/**
 * One request that serves both: the higher QoS, the more retained messages, the user properties of the one that has them. Throws
 * SUBSCRIPTION_CONFLICT where there is none.
 */
export function mergeRequests(first: FilterRequest, second: FilterRequest): FilterRequest {
  assertCompatible(first, second);
  const merged = { ...second, qos: first.qos > second.qos ? first.qos : second.qos };
  const { retainHandling = 0, userProperties = [] } = first;
  if (retainHandling < (second.retainHandling ?? 0)) merged.retainHandling = retainHandling;
  if (userProperties.length > 0) merged.userProperties = userProperties;
  return merged;
}

function assertCompatible(a: FilterRequest, b: FilterRequest): void {
  for (const option of unmergeable) {
    if (isEqual(a, b, option)) continue;
    throw conflict(b.filter, `is subscribed with ${option}: ${a[option] ?? false}`, `${option}: ${b[option] ?? false}`);
  }
  const [ofA, ofB] = [a.userProperties ?? [], b.userProperties ?? []];
  if (ofA.length > 0 && ofB.length > 0 && !areSameProperties(ofA, ofB))
    throw conflict(b.filter, 'is subscribed with other user properties', 'these');
}

const conflict = (filter: string, held: string, wanted: string): MqttError =>
  new MqttError(
    'SUBSCRIPTION_CONFLICT',
    `${quoted(filter)} ${held}; a broker keeps one subscription a filter, so it cannot be had with ${wanted} at the same time`,
    { subject: filter },
  );
