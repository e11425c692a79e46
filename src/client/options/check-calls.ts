import type {
  AbortOptions,
  BoundOptions,
  DisconnectOptions,
  FilterOptions,
  LatestOptions,
  OutgoingMessage,
  PublishAllOptions,
  PublishOptions,
  RequestProperties,
  TopicFilters,
  TopicOptions,
  UnsubscribeOptions,
} from '../../options/call-options.js';
import type { ConsumeOptions } from '../../options/consume-options.js';
import type { DisconnectPacket } from '../../packets.js';
import { isShared } from '../../protocol/topics/prefixes.js';
import { utf8ByteLength } from '../../protocol/utf8.js';
import { hex, kindOf } from '../../quoted.js';
import { isSchema } from '../../standard-schema.js';
import {
  UINT32,
  boolean,
  count,
  duration,
  fitting,
  hasMethod,
  integer,
  list,
  longDuration,
  oneOf,
  orInfinity,
  passing,
  qos,
  string,
  timeLimit,
  unchecked,
} from './checks/scalars.js';
import {
  type Check,
  type Problem,
  expected,
  inside,
  invalidArgument,
  problem,
  refusal,
  refuse,
} from './checks/problem.js';
import { publishProperties, userProperties } from './checks/properties.js';
import { type Schema, isPlainObject, record } from './checks/record.js';
import { text } from './checks/text.js';

/** Returns a check for an object with a function of this name, such as an observer. */
const having =
  (method: string, example: string): Check =>
  value =>
    hasMethod(value, method) ? undefined : expected(`an object with a function '${method}', ${example}`, kindOf(value));

/** Returns a check for a half of a codec. Some schemas have functions of these names, which take no payload. */
export function codec(half: 'encode' | 'decode'): Check {
  const isCodec = having(half, 'such as json()');
  return value =>
    isSchema(value)
      ? expected('a codec, such as json(schema) or withSchema(text, schema)', 'a schema')
      : isCodec(value);
}

const messageSchema = {
  qos,
  retain: boolean,
  properties: publishProperties,
  until: oneOf('queued', 'sent', 'acknowledged'),
  timeout: timeLimit,
  withdraw: boolean,
  tag: value => text(value) ?? (typeof value === 'string' ? fitting(utf8ByteLength(value)) : undefined),
  encode: codec('encode'),
} satisfies Schema<Omit<PublishOptions, keyof AbortOptions>>;
const publishSchema = { ...messageSchema, signal: unchecked } satisfies Schema<PublishOptions>;
const publishOptions = record(publishSchema);

const outgoingMessage = record({
  // each publish checks topic and payload itself, and the signal is checked first
  topic: unchecked,
  payload: unchecked,
  ...messageSchema,
} satisfies Schema<OutgoingMessage>);

const publishAllOptions = record({
  ...publishSchema,
  concurrency: count,
  ordered: boolean,
  buffer: orInfinity(integer(0, Number.MAX_SAFE_INTEGER)),
  overflow: oneOf('refuse', 'evictOldest'),
} satisfies Schema<PublishAllOptions>);

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

/** The reason codes of DISCONNECT that a client may send (5.0 section 3.14.2.1). */
const REASONS = [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];

const reasonCode = passing(
  `a reason code that a client may send with DISCONNECT (${REASONS.map(hex).join(', ')})`,
  value => REASONS.includes(value as number),
  value => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? hex(value) : kindOf(value)),
);

const withoutWill = refusal(
  "cannot be 0 with 'will', because 0 tells the broker to discard the will: leave it out, or set 0x04",
);

const disconnectOptions = record({
  drain: duration,
  will: boolean,
  reasonCode,
  sessionExpiry: integer(0, UINT32),
  properties: record({
    reasonString: text,
    userProperties,
    sessionExpiryInterval: "cannot be set here: set option 'sessionExpiry' of disconnect()",
    serverReference: 'cannot be set: only a broker sends it',
  } satisfies Schema<NonNullable<DisconnectPacket['properties']>>),
  signal: unchecked,
} satisfies Schema<DisconnectOptions>);

/** Throws INVALID_ARGUMENT with the key path as subject. Runs for each publish, so it allocates nothing for valid options. */
export function checkPublishOptions(options: unknown): asserts options is PublishOptions {
  if (!isUsual(options, 0)) refuse(publishOptions(options), 'publish option');
}

/** Does the same for one message of `publishAll`, except for its topic and payload. */
export function checkOutgoingMessage(message: unknown): asserts message is OutgoingMessage<never> {
  if (isUsual(message, 2) && hasContent(message as OutgoingMessage)) return;
  const found = outgoingMessage(message);
  if (found?.path === '') throw invalidArgument(notMessage(message), 'message', 'message');
  refuse(found, 'message key');
}

/**
 * Whether a value is a plain object with `qos` and `retain`, which are valid or absent, and `others` further keys. Most calls are like that,
 * and looking up the rule of each key would take an eighth of the time of publishing. Everything else has to be checked by the rules.
 */
function isUsual(value: unknown, others: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { qos: level, retain } = value as PublishOptions;
  // V8 knows the prototype of an object whose properties were just read, and otherwise would have to ask its runtime
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  let unknown = -others;
  if (level === 0 || level === 1 || level === 2) unknown--;
  if (typeof retain === 'boolean') unknown--;
  for (const _ in value) unknown++;
  return unknown === 0;
}

const hasContent = ({ topic, payload }: OutgoingMessage): boolean => topic !== undefined && payload !== undefined;

const notMessage = (value: unknown): Problem =>
  problem(() => `publishAll takes plain objects { topic, payload, ... }; got ${kindOf(value)}`);

/** Does the same for `publishAll`. */
export function checkPublishAllOptions(options: unknown): asserts options is PublishAllOptions {
  refuse(publishAllOptions(options), 'publishAll option');
}

/** Does the same for `topic$`, except for the syntax of the filters. */
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

/** Does the same for `disconnect`. */
export function checkDisconnectOptions(options: unknown): asserts options is DisconnectOptions {
  refuse(disconnectOptions(options), 'disconnect option');
  const { will, reasonCode: code } = options as DisconnectOptions;
  if (will === true && code === 0) refuse(inside('reasonCode', withoutWill), 'disconnect option');
}
