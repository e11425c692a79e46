import { countAssertion } from './assertions.js';

type Expected = string | RegExp | Error;

/** What is known of one test. */
class Watch {
  readonly seen: unknown[] = [];
  readonly expected: Expected[] = [];
  onSurprise: (error: Error) => void = () => undefined;

  constructor(readonly test: string) {}

  record(error: unknown): void {
    const wanted = this.expected[this.seen.length];
    this.seen.push(error);
    if (!matches(error, wanted)) this.onSurprise(this.surprise(error));
  }

  /** Throws when what was seen is not what was expected; what has been looked at counts no more. */
  check(): void {
    const [seen, expected] = [this.seen.splice(0), this.expected.splice(0)];
    const at = seen.findIndex((error, i) => !matches(error, expected[i]));
    if (at >= 0) throw this.surprise(seen[at]);
    if (seen.length < expected.length) {
      throw new Error(`unhandled errors: ${expected.length} expected, ${seen.length} came`);
    }
  }

  private surprise(error: unknown): Error {
    return new Error(`unhandled error during "${this.test}": ${messageOf(error)}`, { cause: error });
  }
}

let watch = new Watch('loading');

/**
 * Says that this test leaves exactly these unhandled errors, in this order: by a part of the message, or the error itself.
 * Call it before they can come. Unhandled is what RxJS can give to nobody (thrown by a subscriber, or no error handler), an
 * unhandled rejection, and an uncaught exception.
 */
export function expectUnhandled(...errors: Expected[]): void {
  countAssertion();
  watch.expected.push(...errors);
}

export function recordUnhandled(error: unknown): void {
  watch.record(error);
}

/** Runs the body of a test; fails as soon as an unexpected error is seen, and at the end for expected ones that did not come. */
export async function failOnUnhandled(test: string, body: () => unknown): Promise<void> {
  const before = watch;
  const mine = (watch = new Watch(test));
  before.check(); // what came after the end of the test before, in its hooks for instance
  const surprised = new Promise<never>((_, reject) => (mine.onSurprise = reject));
  try {
    await Promise.race([surprised, run(body)]);
    mine.check();
  } finally {
    mine.seen.length = mine.expected.length = 0;
  }
}

async function run(body: () => unknown): Promise<void> {
  await body();
  await turn();
}

export async function checkUnhandled(): Promise<void> {
  await turn();
  watch.check();
}

/** RxJS reports by a timer of no time. */
function turn(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve));
}

function matches(error: unknown, wanted: Expected | undefined): boolean {
  if (typeof wanted === 'string') return messageOf(error).includes(wanted);
  return wanted instanceof RegExp ? wanted.test(messageOf(error)) : wanted !== undefined && error === wanted;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
