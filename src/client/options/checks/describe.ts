import { mayHoldUserInfo } from './credentials.js';

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

/** A key as it may be shown: it can be anything, also a URL that was spread by mistake. Of what is no word it shows nothing. */
export function showKey(key: string): string {
  if (/[:/\\%]/.test(key) || mayHoldUserInfo(key)) return '...';
  const clean = key.replace(/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/gu, '?');
  return clean.length > LONGEST_WORD * 2 ? `${clean.slice(0, LONGEST_WORD * 2)}...` : clean;
}

function instanceOf(value: object): string {
  const { constructor } = value;
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === '' || name === 'Object' ? 'an object' : `an object of class ${showKey(name)}`;
}
