import { showKey } from '../../../quoted.js';
import { kindOf } from './describe.js';
import { type Check, type Problem, expected, inside, problem, refusal } from './problem.js';

/** A check, or why the key cannot be set here (the words go on from "option 'x' ..."). */
export type Rule = Check | string;
/** A rule for every key of a type, so that a key without one does not compile. */
export type Schema<T> = { readonly [K in keyof T]-?: Rule };

/** A plain object with no keys but those of `schema`. A key whose value is undefined is as good as absent. */
export function record(schema: Readonly<Record<string, Rule>>, required: readonly string[] = []): Check {
  // searched in turn, for they are few: sooner done than a look into a Map, and an object would know 'constructor' too
  const keys = Object.keys(schema);
  const rules = Object.values(schema);
  const known = keys.filter(key => typeof schema[key] === 'function');

  return value => {
    if (!isPlainObject(value)) return expected('a plain object', kindOf(value));
    // for...in sees what is inherited as well, and a caller who destructures would too
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

/** An object literal or the like. What inherits from a class or another object would hide keys from a check of its own. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return true;
  // the last one holds for the Object.prototype of any realm
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

/** Of `known`, the word that was most likely meant: one that differs by a slip of the hand, or that is longer or shorter at its end. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = word.toLowerCase().slice(0, 40);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(typed, candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best ?? known.find(candidate => sharesBeginning(typed, candidate.toLowerCase()));
}

function sharesBeginning(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 4 && (a.startsWith(b) || b.startsWith(a));
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
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
