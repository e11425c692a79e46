import { isArrayBuffer, isBytes } from '../../../protocol/bytes.js';
import { isPlainObject } from './record.js';

/** Deeper than any option. A deeper or circular value is not copied, because the checks refuse it anyway. */
const DEEPEST = 6;

/**
 * Returns a deep, frozen copy of plain data, without keys whose value is undefined. Bytes are copied but cannot be frozen, and all other
 * objects are kept as they are.
 */
export function snapshot(value: unknown, depth = 0): unknown {
  if (isBytes(value)) return new Uint8Array(value);
  // Its own slice() would return a buffer of its realm, for which `instanceof` is false.
  if (isArrayBuffer(value)) return new Uint8Array(value).slice().buffer;
  if (depth >= DEEPEST) return value;
  if (Array.isArray(value)) return Object.freeze(Array.from(value, item => snapshot(item, depth + 1)));
  if (!isPlainObject(value)) return value;
  const given: [key: string, field: unknown][] = [];
  // a loop without destructuring, because this runs for each client, and V8 takes three times as long to compile it otherwise
  for (const key of Object.keys(value))
    if (value[key] !== undefined) given.push([key, snapshot(value[key], depth + 1)]);
  return Object.freeze(Object.fromEntries(given));
}
