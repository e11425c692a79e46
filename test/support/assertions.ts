import assert from 'node:assert';
import { syncBuiltinESMExports } from 'node:module';
import { Assertion } from 'chai';
import { MarbleRun } from '../../src/testing/marbles/run.js';

let made = 0;

/** Says that an assertion is made now. For helpers that throw errors of their own; chai, mqttMarbles and `deepStrictEqual` are counted anyway. */
export function countAssertion(): void {
  made++;
}

/** Runs the body of a test; fails where it asserts nothing, and so would pass whatever the code does. */
export async function failWithoutAssertion(body: () => unknown): Promise<void> {
  const before = made;
  await body();
  if (made === before) throw new Error('this test asserts nothing, so it passes whatever the code does');
}

/** Counts the calls of methods as assertions. */
function count<T extends object>(owner: T, ...names: readonly (keyof T)[]): void {
  for (const name of names) {
    const method = owner[name] as (...args: unknown[]) => unknown;
    const counting = function (this: unknown, ...args: unknown[]): unknown {
      made++;
      return method.apply(this, args);
    };
    Object.assign(owner, { [name]: counting });
  }
}

count(Assertion.prototype as unknown as { assert(): void }, 'assert');
count(MarbleRun.prototype, 'expect', 'note');
// the examples in the documentation use it
count(assert, 'deepStrictEqual');
syncBuiltinESMExports();
