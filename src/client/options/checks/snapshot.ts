import { isArrayBuffer, isBytes } from '../../../protocol/bytes.js';
import { isPlainObject } from './record.js';

/** Deeper than any option goes. What is deeper, or goes round in a circle, is no option and is refused as it is. */
const DEEPEST = 6;

/**
 * A deep copy of plain data, frozen but for its bytes, which cannot be. Everything else is kept as it is. Keys that are undefined
 * are left out.
 */
export function snapshot(value: unknown, depth = 0): unknown {
  if (isBytes(value)) return new Uint8Array(value);
  // its own slice() would give another of its realm, which no `instanceof` knows
  if (isArrayBuffer(value)) return new Uint8Array(value).slice().buffer;
  if (depth >= DEEPEST) return value;
  if (Array.isArray(value)) return Object.freeze(Array.from(value, item => snapshot(item, depth + 1)));
  if (!isPlainObject(value)) return value;
  const given = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.freeze(Object.fromEntries(given.map(([key, field]) => [key, snapshot(field, depth + 1)])));
}
