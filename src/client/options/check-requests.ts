import type { RequestOptions, RequestTopics, RespondOptions } from '../../options/request-options.js';
import { filterList } from './check-topics.js';
import { describe } from './checks/describe.js';
import { type Check, expected, inside, refusal, refuse } from './checks/problem.js';
import { exchangeProperties } from './checks/properties.js';
import { type Schema, isPlainObject, record } from './checks/record.js';
import { callable, codec, count, longDuration, oneOf, orInfinity, passing, qos, unchecked } from './checks/scalars.js';
import { topicName } from './checks/text.js';

const countOrInfinity = passing(
  'an integer of at least 1, or Infinity',
  value => orInfinity(count)(value) === undefined,
);

const conventionWord = oneOf('auto', 'properties', 'topics');
const requestTopics = record({ requestTopic: callable, replyTopic: callable } satisfies Schema<RequestTopics>, [
  'requestTopic',
  'replyTopic',
]);

const convention: Check = value => {
  if (isPlainObject(value)) return requestTopics(value);
  return conventionWord(value) === undefined
    ? undefined
    : expected("'auto', 'properties', 'topics' or an object with requestTopic and replyTopic", describe(value));
};

const requestOptions = record({
  qos,
  properties: exchangeProperties,
  encode: codec('encode'),
  decode: codec('decode'),
  timeout: longDuration,
  replies: countOrInfinity,
  responseTopic: topicName,
  convention,
  signal: unchecked,
} satisfies Schema<RequestOptions>);

const respondOptions = record({
  qos,
  properties: exchangeProperties,
  encode: codec('encode'),
  decode: codec('decode'),
  concurrency: countOrInfinity,
  ack: oneOf('answered', 'received'),
  replyTo: value => (typeof value === 'function' || typeof value === 'string' ? undefined : filterList(value)),
  convention,
  signal: unchecked,
} satisfies Schema<RespondOptions>);

const onlyProperties = refusal(
  "needs the convention 'properties', because with topics the convention determines the topic of replies",
);

/** Throws INVALID_ARGUMENT with the key path as subject. */
export function checkRequestOptions(options: unknown): asserts options is RequestOptions {
  refuse(requestOptions(options), 'request option');
  const { responseTopic, convention: by = 'auto' } = options as RequestOptions;
  if (responseTopic !== undefined && by !== 'auto' && by !== 'properties') {
    refuse(inside('responseTopic', onlyProperties), 'request option');
  }
}

/** Does the same for `respond`, except for the syntax of the filters. */
export function checkRespond(filters: unknown, handler: unknown, options: unknown): asserts options is RespondOptions {
  refuse(inside('filters', filterList(filters)), 'argument');
  refuse(inside('handler', callable(handler)), 'argument');
  refuse(respondOptions(options), 'respond option');
}
