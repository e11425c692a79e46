import { MqttError } from '../../errors.js';
import { kindOf, quoted } from '../../quoted.js';
import { isWellFormed, MAX_STRING_BYTES, utf8ByteLength } from '../utf8.js';
import { HASH, PLUS, SLASH } from './syntax.js';

// One search checks the usual topic in half the time of a loop over its char codes.
const unusual = /[#+\0\u0080-\uffff]/;
const forbidden = /[#+\0]/;

/** Checks the topics of one client. It skips the topic that it checked last, as topics come in runs. Lives with the client. */
export class TopicNameCheck {
  #checked: unknown;

  /** Throws INVALID_ARGUMENT unless a message can be published to this topic. */
  assert(topic: unknown): void {
    if (topic === this.#checked && topic !== undefined) return;
    assertTopicName(topic);
    this.#checked = topic;
  }
}

/** Throws INVALID_ARGUMENT unless a message can be published to this topic. */
export function assertTopicName(topic: unknown): asserts topic is string {
  assertText(topic, 'topic');
  if (unusual.test(topic)) assertUnusualTopicName(topic);
}

function assertUnusualTopicName(topic: string): void {
  const index = topic.search(forbidden);
  if (index >= 0) throw forbiddenCharacter(topic, index, 'topic');
  assertUtf8(topic, 'topic');
}

/**
 * Throws INVALID_ARGUMENT unless this filter can be subscribed to.
 *
 * @param start - the index at which the filter behind its prefix begins. Wildcards before it are part of the prefix, as in
 * `#share/group/filter` of Solace.
 */
export function assertTopicFilter(filter: unknown, start = 0): asserts filter is string {
  assertText(filter, 'filter');
  if (filter.startsWith('$share') || filter.startsWith('#share/')) assertShare(filter);
  let isAscii = true;
  for (let i = 0; i < filter.length; i++) {
    const code = filter.charCodeAt(i);
    if (i < start && code !== 0 && code <= 0x7f) continue;
    if (code === HASH || code === PLUS) assertWildcard(filter, i);
    else if (code === 0) throw forbiddenCharacter(filter, i, 'filter');
    else if (code > 0x7f) isAscii = false;
  }
  if (!isAscii) assertUtf8(filter, 'filter');
}

/** Checks the type and the length. No character has fewer bytes than code units, so this bounds the checks of characters that follow. */
function assertText(text: unknown, what: 'topic' | 'filter'): asserts text is string {
  if (typeof text !== 'string')
    throw new MqttError('INVALID_ARGUMENT', `a ${what} must be a string, not ${kindOf(text)}`);
  if (text.length === 0) throw invalid(text, `the ${what} is empty; it must have at least one character`);
  if (text.length > MAX_STRING_BYTES) throw tooLong(text, what);
}

/** Checks what only text beyond ASCII can violate. */
function assertUtf8(text: string, what: 'topic' | 'filter'): void {
  if (!isWellFormed(text)) {
    throw invalid(
      text,
      `the ${what} ${quoted(text)} has half a surrogate pair, which UTF-8 cannot encode; use whole characters`,
    );
  }
  if (utf8ByteLength(text) > MAX_STRING_BYTES) throw tooLong(text, what);
}

function assertWildcard(filter: string, index: number): void {
  const isLast = index === filter.length - 1;
  const isAlone =
    (index === 0 || filter.charCodeAt(index - 1) === SLASH) && (isLast || filter.charCodeAt(index + 1) === SLASH);
  const sign = filter.charAt(index);
  const place = `the filter ${quoted(filter)} has '${sign}' at index ${index}`;
  if (!isAlone)
    throw invalid(filter, `${place} beside other characters; it must be a whole level, as in 'sport/${sign}'`);
  if (sign === '#' && !isLast) {
    throw invalid(
      filter,
      `${place}, before the end; '#' must be the last level, as in 'sport/#', and '+' stands for one level in between`,
    );
  }
}

/** Checks what comes before the filter of `$share/group/filter` (5.0 section 4.8.2), or of `#share/group/filter`. */
export function assertShare(filter: string): void {
  const [prefix, group, ...rest] = filter.split('/', 4);
  if (prefix !== '$share' && prefix !== '#share') return;
  const invalidShare = (what: string) =>
    invalid(filter, `the filter ${quoted(filter)} ${what}; a shared subscription is '${prefix}/group/filter'`);
  if (group === undefined || group === '') throw invalidShare('has no group');
  if (group.includes('+') || group.includes('#')) throw invalidShare('has a wildcard in its group');
  if (rest.join('/') === '') throw invalidShare('has no filter after the group');
}

function forbiddenCharacter(text: string, index: number, what: 'topic' | 'filter'): MqttError {
  const place = `the ${what} ${quoted(text)} has`;
  if (text.charCodeAt(index) === 0)
    return invalid(text, `${place} U+0000 at index ${index}; topics and filters must not contain it`);
  return invalid(
    text,
    `${place} the wildcard '${text.charAt(index)}' at index ${index}; a message goes to one topic, and only filters have wildcards`,
  );
}

function tooLong(text: string, what: string): MqttError {
  return invalid(text, `the ${what} ${quoted(text)} is too long; it must have at most 65,535 bytes of UTF-8`);
}

function invalid(subject: string, message: string): MqttError {
  return new MqttError('INVALID_ARGUMENT', message, { subject });
}
