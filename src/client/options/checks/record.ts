import { kindOf, showKey } from '../../../quoted.js';
import { type Check, type Problem, expected, inside, problem, refusal } from './problem.js';

/** A check, or the reason for which the key cannot be set, in words that continue "option 'x'". */
export type Rule = Check | string;
/** A rule for every key of a type, so that a schema without one of the keys does not compile. */
export type Schema<T> = { readonly [K in keyof T]-?: Rule };

/** Returns a check for a plain object with only the keys of `schema`. A key with the value undefined is treated as absent. */
export function record(schema: Readonly<Record<string, Rule>>, required: readonly string[] = []): Check {
  // A search in an array of few keys is faster than a lookup in a Map, and an object would inherit keys such as 'constructor'.
  const keys = Object.keys(schema);
  const rules = Object.values(schema);
  const known = keys.filter(key => typeof schema[key] === 'function');

  return value => {
    if (!isPlainObject(value)) return expected('a plain object', kindOf(value));
    // for...in includes inherited keys, as reading the options by destructuring does.
    for (const key in value) {
      const field = value[key];
      if (field === undefined) continue;
      const rule = rules[keys.indexOf(key)];
      const found = typeof rule === 'function' ? rule(field) : unsettable(key, rule, known);
      if (found !== undefined) return inside(showKey(key), found);
    }
    for (const key of required) if (value[key] === undefined) return inside(key, refusal('is missing'));
    return undefined;
  };
}

/** Returns whether a value is an object like a literal. Other prototypes could hold keys that a check of own keys does not see. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return true;
  // The last condition holds for the Object.prototype of any realm.
  return !Array.isArray(value) && (prototype === null || Object.getPrototypeOf(prototype) === null);
}

function unsettable(key: string, why: string | undefined, known: readonly string[]): Problem {
  if (why !== undefined) return refusal(why);
  const meant = nearest(key, known);
  return problem((noun, path) => {
    const parent = path.slice(0, path.length - showKey(key).length);
    const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean '${parent}${meant}'?`;
    return `unknown ${noun} '${path}'; ${hint}`;
  });
}

/** Returns the word of `known` that was most likely meant: one that differs by a typing error, or is longer or shorter at its end. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = word.toLowerCase().slice(0, 40);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(typed, candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best ?? known.find(candidate => hasSameBeginning(typed, candidate.toLowerCase()));
}

function hasSameBeginning(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 4 && (a.startsWith(b) || b.startsWith(a));
}

/** Counts insertions, deletions, substitutions and swaps of neighbours (optimal string alignment distance). */
function editDistance(a: string, b: string): number {
  let [before, above] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same);
      if (j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    [before, above] = [above, row];
  }
  return above[b.length]!;
}
