import { expect } from 'chai';
import { inspect } from 'node:util';
import { MqttError } from '../../../src/errors.js';

/** What is handed in, the key it is refused for, and words of the message. */
export type Case = readonly [input: unknown, subject: string, ...words: string[]];

/** The error with which `run` refuses. */
export function refusal(run: () => unknown): MqttError {
  try {
    run();
  } catch (error) {
    if (MqttError.is(error, 'INVALID_ARGUMENT')) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** A test for each case: refused with INVALID_ARGUMENT, for its key, with its words. */
export function refuses(check: (input: unknown) => unknown, cases: readonly Case[]): void {
  for (const [input, subject, ...words] of cases) {
    it(`refuses ${show(input)}: ${subject}`, () => {
      const error = refusal(() => check(input));
      expect(error.subject).to.equal(subject);
      expect(error.retryable).to.equal(false);
      for (const word of words) expect(error.message).to.include(word);
      expect(error.message.length).to.be.below(640);
    });
  }
}

export function accepts(check: (input: unknown) => unknown, inputs: readonly unknown[]): void {
  for (const input of inputs) {
    it(`accepts ${show(input)}`, () => expect(() => check(input)).to.not.throw());
  }
}

function show(value: unknown): string {
  const text = inspect(value, { breakLength: Infinity, maxStringLength: 20, maxArrayLength: 4 });
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}
