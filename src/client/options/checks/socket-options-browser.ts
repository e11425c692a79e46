import { kindOf } from './describe.js';
import { type Check, expected } from './problem.js';
import { isPlainObject } from './record.js';

// What these options hold is for a transport to know: that of browsers answers NOT_SUPPORTED to each of them.

const object: Check = value => (isPlainObject(value) ? undefined : expected('a plain object', kindOf(value)));

export const tcp = object;
export const tls = object;
export const proxy: Check = value => (typeof value === 'string' ? undefined : expected('a string', kindOf(value)));
