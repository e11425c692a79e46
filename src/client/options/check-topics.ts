import type {
  BoundOptions,
  FilterOptions,
  LatestOptions,
  RequestProperties,
  TopicFilters,
  TopicOptions,
  UnsubscribeOptions,
} from '../../options/call-options.js';
import type { ConsumeOptions } from '../../options/consume-options.js';
import { isShared } from '../../protocol/topics/prefixes.js';
import { kindOf } from '../../quoted.js';
import { type Check, expected, inside, refusal, refuse } from './checks/problem.js';
import { userProperties } from './checks/properties.js';
import { type Schema, isPlainObject, record } from './checks/record.js';
import {
  boolean,
  codec,
  count,
  having,
  list,
  longDuration,
  oneOf,
  orInfinity,
  passing,
  qos,
  string,
  unchecked,
} from './checks/scalars.js';

const latestOptions = record({ max: count } satisfies Schema<LatestOptions>);

const latest: Check = value =>
  typeof value === 'boolean'
    ? undefined
    : isPlainObject(value)
      ? latestOptions(value)
      : expected('true, false or { max: … }', kindOf(value));

const decodeErrorWord = oneOf('skip', 'error');

const onDecodeError = passing(
  "'skip', 'error' or a function",
  value => typeof value === 'function' || decodeErrorWord(value) === undefined,
);

const bound = orInfinity(count);

const requestProperties = record({ userProperties } satisfies Schema<RequestProperties>);

const filterSchema = {
  qos,
  noLocal: boolean,
  retainAsPublished: boolean,
  retainHandling: oneOf(0, 1, 2),
  properties: requestProperties,
} satisfies Schema<FilterOptions>;
const filterOptions = record(filterSchema);

const topicSchema = {
  ...filterSchema,
  ack: oneOf('auto', 'manual'),
  buffer: record({ size: bound, bytes: bound } satisfies Schema<BoundOptions>),
  subscribeObserver: having('next', 'such as { next: granted => ... } or a Subject'),
  linger: longDuration,
  unsubscribeOnLeave: boolean,
  latest,
  decode: codec('decode'),
  onDecodeError,
  signal: unchecked,
} satisfies Schema<TopicOptions>;
const topicOptions = record(topicSchema);

/** Only for the names of the options: `topic$` and `ackAfter()` check the values. */
const consumeOptions = record({
  ...topicSchema,
  concurrency: unchecked,
  onError: unchecked,
  retry: unchecked,
  reconnectAfter: unchecked,
  reasonCode: unchecked,
  buffer: unchecked,
  ack: 'cannot be set: consume() acknowledges a message when its handler completes',
} satisfies Schema<ConsumeOptions & Pick<TopicOptions, 'ack'>>);

// It is a protocol error [MQTT-3.8.3-4], for which the broker would close the connection.
const notShared = refusal("cannot be true for a shared subscription ('$share/...')");
const notLatest = refusal(
  "cannot be combined with 'ack' 'manual', because the messages that it keeps are acknowledged",
);
const onlyManual = refusal("needs 'ack' 'manual', because it bounds unacknowledged messages");

export const filterList = list(string, 'a string or an array of at least one', 1);

const pairOf: Check = value => {
  if (typeof value === 'string') return undefined;
  if (!Array.isArray(value)) return expected('a string or a pair [filter, options]', kindOf(value));
  if (value.length !== 2) return expected('a pair [filter, options]', `an array of ${value.length}`);
  return inside('[0]', string(value[0])) ?? inside('[1]', filterOptions(value[1]));
};
const filterPairs = list(pairOf, 'a string or an array of at least one', 1);

const unsubscribeOptions = record({
  properties: requestProperties,
  signal: unchecked,
} satisfies Schema<UnsubscribeOptions>);

/** Throws INVALID_ARGUMENT with the key path as subject. Does not check the syntax of the filters. */
export function checkTopicOptions(filters: unknown, options: unknown): asserts options is TopicOptions {
  refuse(inside('filters', filterPairs(filters)), 'argument');
  refuse(topicOptions(options), 'topic option');
  const { ack, buffer, latest: kept } = options as TopicOptions;
  if (ack === 'manual' && kept) refuse(inside('latest', notLatest), 'topic option');
  if (ack !== 'manual' && buffer) refuse(inside('buffer', onlyManual), 'topic option');
  for (const each of filters as Exclude<TopicFilters, string>) {
    const [filter, { noLocal = (options as TopicOptions).noLocal }] = typeof each === 'string' ? [each, {}] : each;
    if (noLocal === true && isShared(filter)) refuse(inside('noLocal', notShared), 'topic option');
  }
}

/** Does the same for those options of `consume` that it has not in common with `topic$`. */
export function checkConsumeOptions(options: unknown): void {
  refuse(consumeOptions(options), 'consume option');
}

/** Does the same for `unsubscribe`. */
export function checkUnsubscribe(filters: unknown, options: unknown): asserts options is UnsubscribeOptions {
  refuse(inside('filters', filterList(filters)), 'argument');
  refuse(unsubscribeOptions(options), 'unsubscribe option');
}
