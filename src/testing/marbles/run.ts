import { draw } from './drawing.js';
import { type AssertDeepEqual, deepEqual } from './deep-equal.js';
import { type CallSite, misuse } from './failure.js';
import { framesAsEvents } from './frames.js';
import type { TimelineEvent } from './columns.js';

/** What one expectation of the TestScheduler is called, and where it stands. */
export interface Note {
  readonly title: string;
  marbles?: string;
  place?: CallSite;
}

/** One run of a test: what is expected in it, and what went wrong. */
export class MarbleRun {
  readonly #assert: AssertDeepEqual | undefined;
  readonly #problems: unknown[] = [];
  readonly #notes: Note[] = [];
  readonly #checks: (() => void)[] = [];
  #isOver = false;

  constructor(assert: AssertDeepEqual | undefined) {
    this.#assert = assert;
  }

  /** Throws after the run: time has stopped, and what is used now would wait for ever. */
  enter(verb: string): void {
    if (this.#isOver)
      throw misuse(`this run of mqttMarbles is over, and ${verb} was used after it; use it inside of the test only`);
  }

  /** For what cannot be thrown where it happens. */
  readonly failed = (error: unknown): void => void this.#problems.push(error);

  /** The TestScheduler checks in the order in which it was told, those that were told to the end. */
  note(title: string): Note {
    const note: Note = { title };
    this.#notes.push(note);
    return note;
  }

  /** After all else has happened. */
  expect(
    title: string,
    place: CallSite,
    actual: readonly TimelineEvent[],
    expected: () => readonly TimelineEvent[],
  ): void {
    this.#checks.push(() => {
      const wanted = expected();
      this.#compare(linesOf(actual), linesOf(wanted), place, () => draw(title, wanted, actual));
    });
  }

  /** What the TestScheduler calls for each of its expectations. */
  readonly check = (actual: unknown, expected: unknown): void => {
    this.#throwProblem();
    const at = this.#notes.findIndex(({ place }) => place !== undefined);
    const [{ title, marbles, place }] = this.#notes.splice(at, 1) as [Note];
    this.#compare(actual, expected, place!, () =>
      draw(title, framesAsEvents(expected, marbles), framesAsEvents(actual)),
    );
  };

  /** Runs the test, then checks what the TestScheduler knows nothing of. */
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

  #compare(actual: unknown, expected: unknown, place: CallSite, drawn: () => string): void {
    if (this.#assert === undefined) {
      if (!deepEqual(actual, expected)) throw place.failure(drawn());
      return;
    }
    try {
      this.#assert(actual, expected);
    } catch (cause) {
      throw place.failure(drawn(), cause);
    }
  }
}

const linesOf = (happenings: readonly TimelineEvent[]): string[] =>
  happenings.map(({ frame, words }) => `${frame} ${words}`);
