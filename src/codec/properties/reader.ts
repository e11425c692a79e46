import type { FrameReader } from '../bytes/frame-reader.js';
import { propertyTable, type PropertyRule, type PropertyType } from './table.js';
import { hex } from '../../quoted.js';
import { protocolError } from '../../protocol/violations.js';

/** The most properties of a packet. Any publisher can fill a PUBLISH with properties, and each needs some 80 bytes of memory. */
export const MOST_PROPERTIES = 10_000;
/** The reason code for a limit of this implementation (5.0 section 3.14.2.1). */
const QUOTA_EXCEEDED = 0x97;

type Value = number | boolean | string | Uint8Array;

const byId = rulesById();

function rulesById(): (PropertyRule | undefined)[] {
  const rules: PropertyRule[] = [];
  for (const rule of propertyTable) rules[rule.id] = rule;
  return rules;
}

/**
 * Reads the property section of a packet, which begins with its length (5.0 section 2.2.2), and checks it against the rules of `where`, a
 * bit of `place`. Returns undefined if there are no properties. All keys of the result come from the table and none from the wire.
 */
export function readProperties(reader: FrameReader, where: number): object | undefined {
  const length = reader.variable('property length');
  if (length === 0) return undefined;
  if (length > reader.left) throw reader.malformed('the property length reaches beyond the end of the packet');

  const properties: Record<string, unknown> = {};
  const packetEnd = reader.end;
  // No value may extend beyond the section.
  reader.end = reader.position + length;
  for (let count = 1; reader.left > 0; count++) {
    if (count > MOST_PROPERTIES) {
      throw protocolError(reader.packet, `it holds more than ${MOST_PROPERTIES} properties`, QUOTA_EXCEEDED);
    }
    readProperty(reader, where, properties);
  }
  reader.end = packetEnd;
  return properties;
}

function readProperty(reader: FrameReader, where: number, properties: Record<string, unknown>): void {
  const id = reader.byte('a property identifier');
  const rule = byId[id];
  if (rule === undefined) throw reader.malformed(`property ${hex(id)} does not exist`);
  const { name } = rule;
  if ((rule.places & where) === 0) throw reader.malformed(`property ${name} (${hex(id)}) has no place there`);

  const before = properties[name];
  if (rule.type === 'pair') {
    const pair = [reader.text('the name of a user property'), reader.text('the value of a user property')];
    if (before === undefined) properties[name] = [pair];
    else (before as string[][]).push(pair);
    return;
  }
  if (before !== undefined && ((rule.repeats ?? 0) & where) === 0) {
    throw protocolError(reader.packet, `property ${name} (${hex(id)}) is given more than once`);
  }
  const value = readers[rule.type](reader, rule);
  if (before === undefined) properties[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else properties[name] = [before, value];
}

const readers: Record<Exclude<PropertyType, 'pair'>, (reader: FrameReader, rule: PropertyRule) => Value> = {
  boolean: (reader, rule) => inRange(reader, rule, reader.byte(rule.name), 0, 1) === 1,
  byte: (reader, rule) => inRange(reader, rule, reader.byte(rule.name)),
  uint16: (reader, rule) => inRange(reader, rule, reader.uint16(rule.name)),
  uint32: (reader, rule) => inRange(reader, rule, reader.uint32(rule.name)),
  variable: (reader, rule) => inRange(reader, rule, reader.variable(rule.name)),
  text: (reader, rule) => reader.text(rule.name),
  binary: (reader, rule) => reader.binary(rule.name),
};

function inRange(
  reader: FrameReader,
  rule: PropertyRule,
  value: number,
  minimum = rule.minimum ?? 0,
  maximum = rule.maximum ?? Infinity,
): number {
  if (value >= minimum && value <= maximum) return value;
  const bound = value < minimum ? `at least ${minimum}` : `at most ${maximum}`;
  throw protocolError(reader.packet, `property ${rule.name} must be ${bound}, it is ${value}`, rule.reasonCode);
}
