import type { PublishRefusal } from '../../packets.js';
import { MOST_PROPERTIES } from '../properties/reader.js';
import { type PropertyType, propertyTable } from '../properties/table.js';

// Marks in `sizes` for properties whose size depends on the value.
const TEXT = -1;
const PAIR = -2;
const VARIABLE = -3;
/** The size in bytes of a property after its identifier. */
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
/** The size by property identifier; 0 for an identifier that does not exist. */
const sizeOf = sizesById();

function sizesById(): Int8Array {
  const byId = new Int8Array(0x100);
  for (const { id, type } of propertyTable) byId[id] = sizes[type];
  return byId;
}

const PAYLOAD_FORMAT = 0x01;
const RESPONSE_TOPIC = 0x08;
const TOPIC_ALIAS = 0x23;

const QUOTA_EXCEEDED = 0x97;
const TOPIC_NAME_INVALID = 0x90;
const PAYLOAD_FORMAT_INVALID = 0x99;

/** What the properties of a refused PUBLISH say. */
export interface RefusedProperties {
  readonly refusal: PublishRefusal;
  /** Later messages may use a topic alias that is announced here. */
  readonly topicAlias: number | undefined;
  /** The index at which the payload begins. */
  readonly end: number;
}

/**
 * Returns why a PUBLISH is refused for its properties, which begin at `start`, although the connection can continue; undefined if there is
 * no such reason. A publisher causes these errors and brokers forward them unchecked. So the broker is not at fault, and would send the
 * message again on each connection. The properties are skipped without being decoded, because there may be 13 million.
 *
 * @param seeksAlias - whether to look for a topic alias after more properties than are read.
 */
export function publishRefusal(
  bytes: Uint8Array,
  start: number,
  end: number,
  seeksAlias: boolean,
): RefusedProperties | undefined {
  let at = skipVariable(bytes, start);
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
    else if (size === VARIABLE) at = skipVariable(bytes, at);
    else {
      at = skipText(bytes, at);
      if (size === PAIR) at = skipText(bytes, at);
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

const skipText = (bytes: Uint8Array, at: number): number => at + 2 + ((bytes[at]! << 8) | bytes[at + 1]!);

/** Returns the index after a variable byte integer, which has at most four bytes. */
function skipVariable(bytes: Uint8Array, at: number): number {
  const last = at + 3;
  while (at < last && bytes[at]! >= 0x80) at++;
  return at + 1;
}

/** Returns whether the UTF-8 text holds `+` or `#`. No byte of a longer UTF-8 sequence equals one of these. */
function hasWildcard(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === 0x2b || bytes[at] === 0x23) return true;
  return false;
}
