import { isPlainObject } from './record.js';
import { ofKind, string } from './scalars.js';

// The transports of browsers refuse these options with NOT_SUPPORTED, so only their types are checked here.

const object = ofKind('a plain object', isPlainObject);

export const tcp = object;
export const tls = object;
export const proxy = string;
