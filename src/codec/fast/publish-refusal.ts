import type { PublishRefusal } from '../../packets.js';
import { MOST_PROPERTIES } from '../properties/reader.js';
import { type PropertyType, propertyTable } from '../properties/table.js';

/** How many bytes a property takes after its identifier, where that does not depend on it. */
const TEXT = -1;
const PAIR = -2;
const VARIABLE = -3;
const sizes: Readonly<Record<PropertyType, number>> = {
  boolean: 1,
  byte: 1,
  uint16: 2,
  uint32: 4,
  variable: VARIABLE,
  text: TEXT,
  binary: TEXT,
  pair: PAIR,
};
/** By property identifier; 0 for those that do not exist. */
const sizeOf = new Int8Array(0x100);
for (const { id, type } of propertyTable) sizeOf[id] = sizes[type];

const PAYLOAD_FORMAT = 0x01;
const RESPONSE_TOPIC = 0x08;
const TOPIC_ALIAS = 0x23;

const QUOTA_EXCEEDED = 0x97;
const TOPIC_NAME_INVALID = 0x90;
const PAYLOAD_FORMAT_INVALID = 0x99;

/** What is known of a PUBLISH that is not taken. */
export interface RefusedProperties {
  readonly refusal: PublishRefusal;
  /** It may be announced here for the messages that follow. */
  readonly topicAlias: number | undefined;
  /** Where the payload begins. */
  readonly end: number;
}

/**
 * Why the properties of a PUBLISH, which begin at `start`, keep it from being taken, although every packet behind it can be read. It is
 * what a publisher can do and brokers pass on unseen: the broker is not to blame, and would send the message again on each connection.
 * Undefined where there is no such reason. Walks the properties without decoding them: there may be 13 million.
 *
 * @param seeksAlias - a topic alias is to be found also behind more properties than are read.
 */
export function publishRefusal(
  bytes: Uint8Array,
  start: number,
  end: number,
  seeksAlias: boolean,
): RefusedProperties | undefined {
  let at = afterVariable(bytes, start);
  let length = 0;
  for (let i = at - 1; i >= start; i--) length = length * 0x80 + (bytes[i]! & 0x7f);
  const sectionEnd = at + length;
  if (sectionEnd > end) return undefined;

  let refusal: PublishRefusal | undefined;
  let topicAlias: number | undefined;
  let count = 0;
  while (at < sectionEnd) {
    if (count++ === MOST_PROPERTIES) {
      refusal = { reasonCode: QUOTA_EXCEEDED, why: `it holds more than ${MOST_PROPERTIES} properties` };
      if (!seeksAlias) return { refusal, topicAlias, end: sectionEnd };
    }
    const id = bytes[at++]!;
    const value = at;
    const size = sizeOf[id]!;
    if (size === 0) return undefined;
    if (size > 0) at += size;
    else if (size === VARIABLE) at = afterVariable(bytes, at);
    else {
      at = afterText(bytes, at);
      if (size === PAIR) at = afterText(bytes, at);
    }
    if (id === TOPIC_ALIAS) topicAlias = (bytes[value]! << 8) | bytes[value + 1]!;
    else if (refusal !== undefined) continue;
    else if (id === PAYLOAD_FORMAT && bytes[value]! > 1) {
      const why = `its payload format indicator is ${bytes[value]!}, not 0 or 1`;
      refusal = { reasonCode: PAYLOAD_FORMAT_INVALID, why };
    } else if (id === RESPONSE_TOPIC && hasWildcard(bytes, value + 2, at)) {
      refusal = { reasonCode: TOPIC_NAME_INVALID, why: 'its response topic has a wildcard [MQTT-3.3.2-14]' };
    }
  }
  if (at !== sectionEnd) return undefined;
  return refusal && { refusal, topicAlias, end: sectionEnd };
}

const afterText = (bytes: Uint8Array, at: number): number => at + 2 + ((bytes[at]! << 8) | bytes[at + 1]!);

/** Behind a variable byte integer, which takes at most four bytes. */
function afterVariable(bytes: Uint8Array, at: number): number {
  const last = at + 3;
  while (at < last && bytes[at]! >= 0x80) at++;
  return at + 1;
}

/** No byte of a longer UTF-8 sequence is one of these. */
function hasWildcard(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === 0x2b || bytes[at] === 0x23) return true;
  return false;
}
