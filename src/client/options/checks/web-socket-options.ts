import { kindOf, showKey } from '../../../quoted.js';
import type { WebSocketOptions } from '../../../options/options.js';
import { boolean, list, passing } from './scalars.js';
import { type Check, expected, inside, refusal } from './problem.js';
import { type Schema, isPlainObject, record } from './record.js';

/** A token (RFC 9110 section 5.6.2). */
const token = /^[!#$%&'*+.^_`|~\w-]+$/;

const headers: Check = value => {
  if (!isPlainObject(value)) return expected('a plain object of strings', kindOf(value));
  for (const [name, field] of Object.entries(value)) {
    if (!token.test(name)) return inside(showKey(name), refusal('is not the name of an HTTP header'));
    if (typeof field !== 'string') return inside(showKey(name), expected('a string', kindOf(field)));
    if (/[^\t\x20-\x7e\x80-\xff]/.test(field))
      return inside(
        showKey(name),
        expected('text that a header can carry', 'a line break or another character that it cannot'),
      );
  }
  return undefined;
};

const protocol = passing('the name of a sub-protocol', value => typeof value === 'string' && token.test(value));

export const websocket = record({
  headers,
  redirectHeaders: boolean,
  protocols: list(protocol, 'an array of sub-protocols'),
} satisfies Schema<WebSocketOptions>);
