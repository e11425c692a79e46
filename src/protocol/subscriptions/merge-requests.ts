import { MqttError } from '../../errors.js';
import type { UserProperties } from '../../message.js';
import { quoted } from '../../quoted.js';
import type { FilterRequest } from './subscription-request.js';

const unmergeableOptions = ['noLocal', 'retainAsPublished'] as const;

const isEqual = (a: FilterRequest, b: FilterRequest, option: (typeof unmergeableOptions)[number]): boolean =>
  (a[option] ?? false) === (b[option] ?? false);

/** Whether both lead to the same subscription. Retain handling is not compared, as it is about the SUBSCRIBE and not the subscription. */
export function isSameRequest(a: FilterRequest, b: FilterRequest): boolean {
  if (a === b) return true;
  return (
    a.qos === b.qos &&
    isEqual(a, b, 'noLocal') &&
    isEqual(a, b, 'retainAsPublished') &&
    areSameProperties(a.userProperties, b.userProperties)
  );
}

/** Whether user properties are equal, in the same order. An empty list equals none. */
export function areSameProperties(first?: UserProperties, second?: UserProperties): boolean {
  if (first === second) return true;
  const [a, b] = [first ?? [], second ?? []];
  return a.length === b.length && a.every(([name, value], i) => name === b[i]![0] && value === b[i]![1]);
}

/**
 * Merges two requests of a filter: the higher QoS, the retain handling that brings more messages, the user properties of the one that has
 * some. Throws SUBSCRIPTION_CONFLICT where they differ in other options.
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
  for (const option of unmergeableOptions) {
    if (isEqual(a, b, option)) continue;
    throw conflict(b.filter, `${option}: ${a[option] ?? false}`, `${option}: ${b[option] ?? false}`);
  }
  const [first, second] = [a.userProperties ?? [], b.userProperties ?? []];
  if (first.length > 0 && second.length > 0 && !areSameProperties(first, second))
    throw conflict(b.filter, 'other user properties', 'these');
}

const conflict = (filter: string, held: string, wanted: string): MqttError =>
  new MqttError(
    'SUBSCRIPTION_CONFLICT',
    `${quoted(filter)} is subscribed with ${held}, so it cannot be subscribed with ${wanted} at the same time; ` +
      'a broker keeps one subscription per filter',
    { subject: filter },
  );
