import { MqttError } from '../../errors.js';
import { inspect } from './inspect.js';

/** The place of an expectation in a test, to which the stack of its failure points. */
export class CallSite {
  readonly #here = new Error();

  /** Returns the failure of the expectation. */
  failure(message: string, cause?: unknown): Error {
    const error = cause === undefined ? new Error(message) : new Error(message, { cause });
    const lines = this.#here.stack?.split('\n') ?? [];
    const theirs = lines.findIndex(line => line.includes('.toBe ')) + 1;
    if (theirs > 0) error.stack = [`Error: ${message}`, ...lines.slice(theirs)].join('\n');
    return error;
  }
}

export const misuse = (message: string): MqttError => new MqttError('INVALID_ARGUMENT', message);

/** Returns a value as a message shows it. */
export const quote = (value: unknown): string => `'${typeof value === 'string' ? value : inspect(value)}'`;

export const quoteAll = (values: readonly string[]): string => values.map(quote).join(', ') || 'none';
