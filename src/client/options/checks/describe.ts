import { showKey } from '../../../quoted.js';

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

/** Describes the type of a value, without the value. */
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
