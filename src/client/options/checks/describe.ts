import { kindOf } from '../../../quoted.js';

const LONGEST_WORD = 30;

/** Describes a value for a message. It shows text only if it is a short word or number, because other text may be secret. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'string':
      return /^[\w.+-]*$/.test(value) && value.length <= LONGEST_WORD ? `the string '${value}'` : 'a string';
    default:
      return kindOf(value);
  }
}
