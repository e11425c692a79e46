import { kindOf } from './describe.js';
import { type Check, expected } from './problem.js';
import { isPlainObject } from './record.js';

// The transports of browsers refuse these options with NOT_SUPPORTED, so only their types are checked here.

const object: Check = value => (isPlainObject(value) ? undefined : expected('a plain object', kindOf(value)));

export const tcp = object;
export const tls = object;
export const proxy: Check = value => (typeof value === 'string' ? undefined : expected('a string', kindOf(value)));
