import { LONGEST_DELAY } from '../../../operators/delay.js';
import { kindOf } from '../../../quoted.js';
import { describe } from './describe.js';
import { type Check, expected, type Problem, inside } from './problem.js';
import { isSchema } from '../../../standard-schema.js';
import { isBytes } from '../../../protocol/bytes.js';

export const UINT16 = 0xffff;
export const UINT32 = 0xffffffff;

// The checks of options of publish() run for each message. They contain their test, which is faster than a call of it.

export const boolean: Check = value =>
  typeof value === 'boolean' ? undefined : expected('true or false', describe(value));

/** For values that are checked elsewhere. */
export const unchecked: Check = () => undefined;

/** Returns a check for values that pass a test. `words` say which those are, and `show` describes any other value. */
export const passing =
  (words: string, test: (value: unknown) => boolean, show = describe): Check =>
  value =>
    test(value) ? undefined : expected(words, show(value));

/** Does the same for a value of which only the kind may be shown. */
export const ofKind = (words: string, test: (value: unknown) => boolean): Check => passing(words, test, kindOf);

export const string = ofKind('a string', value => typeof value === 'string');

export const callable = ofKind('a function', value => typeof value === 'function');

export function oneOf(...allowed: readonly (string | number)[]): Check {
  const words = either(allowed.map(each => (typeof each === 'string' ? `'${each}'` : String(each))));
  return value => (allowed.includes(value as string | number) ? undefined : expected(words, describe(value)));
}

export function integer(min: number, max: number, or = ''): Check {
  const words = `an integer from ${group(min)} to ${group(max)}${or}`;
  return value =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : expected(words, describe(value));
}

export const qos = oneOf(0, 1, 2);

/** Checks an integer above 0. */
export const count = integer(1, Number.MAX_SAFE_INTEGER);

/** Returns a check that allows Infinity, too. */
export const orInfinity =
  (check: Check): Check =>
  value =>
    value === Infinity ? undefined : check(value);

/** Returns a check for a finite number in the range. */
export function number(min: number, max: number, unit = ''): Check {
  return passing(
    `a number${unit} from ${group(min)} to ${group(max)}`,
    value => typeof value === 'number' && value >= min && value <= max,
  );
}

/** Checks a number of ms, which may be 0. */
export const duration = number(0, LONGEST_DELAY, ' of ms');

/** Checks a number of ms above 0. */
export const timeLimit: Check = value =>
  typeof value === 'number' && value > 0 && value <= LONGEST_DELAY
    ? undefined
    : expected(`a number of ms above 0, at most ${group(LONGEST_DELAY)}`, describe(value));

/** Checks a number of ms, which may be 0 or Infinity. */
export const longDuration = passing(
  `a number of ms from 0 to ${group(LONGEST_DELAY)}, or Infinity`,
  value => value === Infinity || duration(value) === undefined,
);

/** Returns whether a value is an object with a function of this name. */
export function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function';
}

/** Returns a check for an object with a function of this name, such as an observer. */
export const having =
  (method: string, example: string): Check =>
  value =>
    hasMethod(value, method) ? undefined : expected(`an object with a function '${method}', ${example}`, kindOf(value));

/** Returns a check for a half of a codec. Some schemas have functions of these names, which take no payload. */
export function codec(half: 'encode' | 'decode'): Check {
  const isCodec = having(half, 'such as json()');
  return value =>
    isSchema(value)
      ? expected('a codec, such as json(schema) or withSchema(text, schema)', 'a schema')
      : isCodec(value);
}

function either(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** Writes 65535 as 65,535. */
function group(value: number): string {
  return String(value).replace(/\B(?=(\d{3}){1,6}$)/g, ',');
}

/** Checks Binary Data of MQTT, whose length is a number of two bytes (5.0 section 1.5.6). */
export const binary: Check = value =>
  isBytes(value) ? fitting(value.byteLength) : expected('a Uint8Array', kindOf(value));

export function fitting(bytes: number): Problem | undefined {
  return bytes <= UINT16 ? undefined : expected('at most 65,535 bytes', 'more');
}

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
