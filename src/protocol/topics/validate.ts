import { MqttError } from '../../errors.js';
import { isWellFormed, MAX_STRING_BYTES, utf8ByteLength } from '../utf8.js';
import { HASH, PLUS, SLASH } from './syntax.js';
import { piece } from '../../quoted.js';

// One search passes the usual topic, in half the time of a loop over its char codes
const unusual = /[#+\0\u0080-\uffff]/;
const forbidden = /[#+\0]/;

/** Passed last: topics come in runs, and the search below is a tenth of publishing. */
let passed: unknown;

/** Throws INVALID_ARGUMENT, with what is wrong and what would be right, unless a message can go to this topic. */
export function assertTopicName(topic: unknown): asserts topic is string {
  if (topic === passed && topic !== undefined) return;
  assertText(topic, 'topic');
  if (unusual.test(topic)) assertUnusual(topic);
  passed = topic;
}

function assertUnusual(topic: string): void {
  const at = topic.search(forbidden);
  if (at >= 0) throw badCharacter(topic, at);
  assertUtf8(topic, 'topic');
}

/**
 * Throws INVALID_ARGUMENT, with what is wrong and what would be right, unless this filter can be subscribed to.
 *
 * @param start - where the filter behind its prefix begins: wildcards before it are none, as in `#share/group/filter` of Solace.
 */
export function assertTopicFilter(filter: unknown, start = 0): asserts filter is string {
  assertText(filter, 'filter');
  if (filter.startsWith('$share') || filter.startsWith('#share/')) assertShare(filter);
  let ascii = true;
  for (let i = 0; i < filter.length; i++) {
    const code = filter.charCodeAt(i);
    if (i < start && code !== 0 && code <= 0x7f) continue;
    if (code === HASH || code === PLUS) assertWildcard(filter, i);
    else if (code === 0) throw badCharacter(filter, i);
    else if (code > 0x7f) ascii = false;
  }
  if (!ascii) assertUtf8(filter, 'filter');
}

/** The checks that need no look at the characters. No character has fewer bytes than code units, so those bound the scan. */
function assertText(text: unknown, what: 'topic' | 'filter'): asserts text is string {
  if (typeof text !== 'string')
    throw new MqttError('INVALID_ARGUMENT', `A ${what} is a string, not ${typeName(text)}.`);
  if (text.length === 0) throw invalid(text, `A ${what} has at least one character; this one is empty.`);
  if (text.length > MAX_STRING_BYTES) throw tooLong(text, what);
}

/** What only text beyond ASCII can get wrong. */
function assertUtf8(text: string, what: 'topic' | 'filter'): void {
  if (!isWellFormed(text)) {
    throw invalid(
      text,
      `The ${what} ${quote(text)} has half a surrogate pair, which UTF-8 cannot hold: use whole characters.`,
    );
  }
  if (utf8ByteLength(text) > MAX_STRING_BYTES) throw tooLong(text, what);
}

function assertWildcard(filter: string, at: number): void {
  const last = at === filter.length - 1;
  const alone = (at === 0 || filter.charCodeAt(at - 1) === SLASH) && (last || filter.charCodeAt(at + 1) === SLASH);
  const sign = filter.charAt(at);
  const place = `The filter ${quote(filter)} has "${sign}" at index ${at}`;
  if (!alone) throw invalid(filter, `${place} beside other characters: it takes a whole level, as in "sport/${sign}".`);
  if (sign === '#' && !last) {
    throw invalid(
      filter,
      `${place}, before the end: "#" is the last level, as in "sport/#"; "+" stands for one level in between.`,
    );
  }
}

/** What comes before the filter of `$share/group/filter` (5.0 section 4.8.2), or of `#share/group/filter`. */
export function assertShare(filter: string): void {
  const [prefix, group, ...rest] = filter.split('/', 4);
  if (prefix !== '$share' && prefix !== '#share') return;
  const right = `a shared subscription is "${prefix}/group/filter"`;
  const broken = (what: string) => invalid(filter, `The filter ${quote(filter)} ${what}: ${right}.`);
  if (group === undefined || group === '') throw broken('has no group');
  if (group.includes('+') || group.includes('#')) throw broken('has a wildcard in its group, which is a plain name');
  if (rest.join('/') === '') throw broken('has no filter after the group');
}

function badCharacter(text: string, at: number): MqttError {
  if (text.charCodeAt(at) === 0) {
    return invalid(
      text,
      `${quote(text)} has U+0000 at index ${at}, which no topic and no filter may have: leave it out.`,
    );
  }
  return invalid(
    text,
    `The topic ${quote(text)} has the wildcard "${text.charAt(at)}" at index ${at}: a message goes to one topic, only filters have wildcards.`,
  );
}

function tooLong(text: string, what: string): MqttError {
  return invalid(text, `The ${what} ${quote(text)} is too long: a ${what} has at most 65,535 bytes of UTF-8.`);
}

function invalid(subject: string, message: string): MqttError {
  return new MqttError('INVALID_ARGUMENT', message, { subject });
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}

/** Escapes what cannot be seen, and cuts what is too long to read. */
function quote(text: string): string {
  return `"${piece(text)}"`;
}
