import { ByteWriter, MAX_REMAINING } from '../bytes/byte-writer.js';
import { requireInteger, unencodable } from '../unencodable.js';
import { propertyTable, type PropertyRule, type PropertyType } from './table.js';

const byName = new Map<string, PropertyRule>(propertyTable.map(rule => [rule.name, rule]));

/** Writes the properties of a packet to its own buffer, which each packet overwrites. */
export class PropertyWriter extends ByteWriter {
  /**
   * Writes `properties` without their length, and returns that length. Throws for a property that is not allowed in `where`, a bit of
   * `place`, or that has no form on the wire.
   */
  write(packet: string, properties: object, where: number): number {
    this.position = 0;
    for (const name in properties) {
      const value = (properties as Record<string, unknown>)[name];
      if (value === undefined) continue;
      const rule = byName.get(name);
      if (rule === undefined || (rule.places & where) === 0) throw unencodable(packet, `it has no property ${name}`);
      if (rule.repeats === undefined || (rule.repeats & where) === 0 || !Array.isArray(value)) {
        this.#write(packet, rule, value);
      } else for (const one of value) this.#write(packet, rule, one);
    }
    return this.position;
  }

  #write(packet: string, rule: PropertyRule, value: unknown): void {
    // This is enough for the identifier and all types, except those that reserve their own space.
    this.reserve(5);
    this.uint8(rule.id);
    forms[rule.type](this, packet, rule, value as never);
  }
}

type Form = (target: ByteWriter, packet: string, rule: PropertyRule, value: never) => void;

const integer =
  (largest: number, write: (target: ByteWriter, value: number) => void): Form =>
  (target, packet, { name, minimum = 0, maximum = largest }, value) => {
    requireInteger(packet, name, value, minimum, maximum);
    write(target, value);
  };

const forms: Record<PropertyType, Form> = {
  boolean: (target, packet, rule, value: unknown) => {
    if (typeof value !== 'boolean') throw unencodable(packet, `${rule.name} must be a boolean`);
    target.uint8(value ? 1 : 0);
  },
  byte: integer(0xff, (target, value) => target.uint8(value)),
  uint16: integer(0xffff, (target, value) => target.uint16(value)),
  uint32: integer(0xffffffff, (target, value) => target.uint32(value)),
  variable: integer(MAX_REMAINING, (target, value) => target.variable(value)),
  text: (target, packet, rule, value) => target.text(packet, rule.name, value),
  binary: (target, packet, rule, value) => target.binary(packet, rule.name, value),
  pair: (target, packet, rule, value: readonly [string, string]) => {
    if (!Array.isArray(value) || value.length !== 2) {
      throw unencodable(packet, `${rule.name} must be a list of [name, value] pairs`);
    }
    target.text(packet, 'the name of a user property', value[0]);
    target.text(packet, 'the value of a user property', value[1]);
  },
};

/** Returns whether any property has a form on the wire. */
export function hasProperties(properties: object | undefined): boolean {
  return properties !== undefined && Object.values(properties).some(isGiven);
}

/** Undefined and empty lists have no form on the wire. */
const isGiven = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0);
