import { draw } from './drawing.js';
import { type AssertDeepEqual, deepEqual } from './deep-equal.js';
import { type CallSite, misuse } from './failure.js';
import { framesAsEvents } from './frames.js';
import type { TimelineEvent } from './columns.js';
import { attachDrawing } from './picture/attach-drawing.js';
import type { Difference } from './picture/draw-failure.js';

/** The title of an expectation of the TestScheduler, and its place in the test. */
export interface Note {
  readonly title: string;
  marbles?: string;
  place?: CallSite;
}

/** One run of a test, with its expectations and errors. */
export class MarbleRun {
  readonly #assert: AssertDeepEqual | undefined;
  readonly #problems: unknown[] = [];
  readonly #notes: Note[] = [];
  readonly #checks: (() => void)[] = [];
  #isOver = false;

  constructor(assert: AssertDeepEqual | undefined) {
    this.#assert = assert;
  }

  /** Throws if a helper is used after the run, because virtual time has stopped and it would wait forever. */
  assertRunning(helper: string): void {
    if (this.#isOver)
      throw misuse(`this run of mqttMarbles is over, and ${helper} was used after it; use it inside of the test only`);
  }

  /** Records an error that cannot be thrown where it occurs. */
  readonly failed = (error: unknown): void => void this.#problems.push(error);

  /** Notes an expectation. The TestScheduler checks them in this order, but only those whose toBe() or toEqual() was called. */
  note(title: string): Note {
    const note: Note = { title };
    this.#notes.push(note);
    return note;
  }

  /** Adds an expectation that is checked after the run. */
  expect(
    title: string,
    place: CallSite,
    actual: readonly TimelineEvent[],
    expected: () => readonly TimelineEvent[],
  ): void {
    this.#checks.push(() => {
      const wanted = expected();
      this.#compare(linesOf(actual), linesOf(wanted), place, () => ({ title, expected: wanted, actual }));
    });
  }

  /** The function that the TestScheduler calls for each of its expectations. */
  readonly check = (actual: unknown, expected: unknown): void => {
    this.#throwProblem();
    const at = this.#notes.findIndex(({ place }) => place !== undefined);
    const [{ title, marbles, place }] = this.#notes.splice(at, 1) as [Note];
    this.#compare(actual, expected, place!, () => ({
      title,
      expected: framesAsEvents(expected, marbles),
      actual: framesAsEvents(actual),
    }));
  };

  /** Runs the test, then checks the expectations that the TestScheduler does not know. */
  whole(test: () => void): void {
    try {
      test();
    } finally {
      this.#isOver = true;
    }
    this.#throwProblem();
    for (const check of this.#checks) check();
  }

  #throwProblem(): void {
    if (this.#problems.length > 0) throw this.#problems[0];
  }

  #compare(actual: unknown, expected: unknown, place: CallSite, difference: () => Difference): void {
    if (this.#assert === undefined) {
      if (!deepEqual(actual, expected)) throw failureOf(difference(), place);
      return;
    }
    try {
      this.#assert(actual, expected);
    } catch (cause) {
      throw failureOf(difference(), place, cause);
    }
  }
}

function failureOf(difference: Difference, place: CallSite, cause?: unknown): Error {
  const { title, expected, actual } = difference;
  return attachDrawing(place.failure(draw(title, expected, actual), cause), difference, place);
}

const linesOf = (events: readonly TimelineEvent[]): string[] => events.map(({ frame, words }) => `${frame} ${words}`);
