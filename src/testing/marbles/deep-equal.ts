/** Compares two values and throws if they differ: `assert.deepEqual`, or `(a, b) => expect(a).toEqual(b)`. */
export type AssertDeepEqual = (actual: unknown, expected: unknown) => void;

/** Returns whether two values are deeply equal. Of errors, it compares name, message and code. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Map || a instanceof Set) return deepEqual([...a], [...(b as Map<unknown, unknown>)]);
  if (a instanceof Error) return deepEqual(ofError(a), ofError(b as Error));
  const value: unknown = a.valueOf();
  // A date has a number as its value.
  if (typeof value !== 'object') return Object.is(value, b.valueOf());
  return haveSameParts(a as Parts, b as Parts);
}

type Parts = Readonly<Record<string, unknown>>;

const ofError = ({ name, message, code }: Error & { code?: unknown }) => [name, message, code];

function haveSameParts(a: Parts, b: Parts): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && deepEqual(a[key], b[key]));
}

/** Returns whether `value` has all properties of `pattern`, with matching values. It may have others. */
export function matchesPattern(value: unknown, pattern: unknown): boolean {
  if (!isPlain(pattern) || typeof value !== 'object' || value === null) return deepEqual(value, pattern);
  return Object.entries(pattern).every(([key, part]) => matchesPattern((value as Parts)[key], part));
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
