import type { AbortOptions, OutgoingMessage, PublishAllOptions, PublishOptions } from '../../options/call-options.js';
import { utf8ByteLength } from '../../protocol/utf8.js';
import { kindOf } from '../../quoted.js';
import { type Problem, invalidArgument, problem, refuse } from './checks/problem.js';
import { publishProperties } from './checks/properties.js';
import { type Schema, record } from './checks/record.js';
import {
  boolean,
  codec,
  count,
  fitting,
  integer,
  oneOf,
  orInfinity,
  qos,
  timeLimit,
  unchecked,
} from './checks/scalars.js';
import { text } from './checks/text.js';

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
