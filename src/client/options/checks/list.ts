import { kindOf } from './describe.js';
import { type Check, expected, inside } from './problem.js';

export function list(item: Check, allowed: string, min = 0): Check {
  return value => {
    if (!Array.isArray(value)) return expected(allowed, kindOf(value));
    if (value.length < min) return expected(allowed, 'an empty array');
    for (let i = 0; i < value.length; i++) {
      const found = item(value[i]);
      if (found !== undefined) return inside(`[${i}]`, found);
    }
    return undefined;
  };
}
