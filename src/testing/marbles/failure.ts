import { MqttError } from '../../errors.js';
import { inspect } from './inspect.js';

/** The place of an expectation in a test, to which the stack of its failure points. */
export class CallSite {
  readonly #here = new Error();

  /** Returns the failure of the expectation. */
  failure(message: string, cause?: unknown): Error {
    const error = cause === undefined ? new Error(message) : new Error(message, { cause });
    const [, ...theirs] = this.#stack;
    if (theirs.length > 0) error.stack = [`Error: ${message}`, ...theirs].join('\n');
    return error;
  }

  /** The file and the line of the test, as a part of a file name. */
  get fileName(): string {
    // 'at Context.<anonymous> (file:///home/me/project/test/a.test.ts:12:34)'
    const path = this.#stack[1]?.split(/[/\\(]/).at(-1) ?? '';
    const [file, line] = path.split(':');
    return file && line ? `${file}-${line}`.replace(/[^\w.-]/g, '-') : 'failure';
  }

  /** The stack from toBe() on; empty if the platform writes stacks in another way. */
  get #stack(): readonly string[] {
    const lines = this.#here.stack?.split('\n') ?? [];
    const toBe = lines.findIndex(line => line.includes('.toBe '));
    return toBe < 0 ? [] : lines.slice(toBe);
  }
}

export const misuse = (message: string): MqttError => new MqttError('INVALID_ARGUMENT', message);

/** Returns a value as a message shows it. */
export const quote = (value: unknown): string => `'${typeof value === 'string' ? value : inspect(value)}'`;

export const quoteAll = (values: readonly string[]): string => values.map(quote).join(', ') || 'none';
