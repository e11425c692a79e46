import { showKey } from '../../../quoted.js';

const LONGEST_WORD = 30;

/** What was handed in, for a message. Of text it tells the value only where that is a plain word or number. */
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

/** The type of what was handed in, and nothing of its value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return instanceOf(value);
  return `a ${typeof value}`;
}

function instanceOf(value: object): string {
  const { constructor } = value;
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === '' || name === 'Object' ? 'an object' : `an object of class ${showKey(name)}`;
}
