/** How long work lets the event loop serve timers, links and other work. */
export interface Yielding {
  /** Returns the ms of a clock that is never set, or undefined on virtual time. */
  now(): number | undefined;
  /** Runs a task in a later turn of the event loop, after timers and I/O; on virtual time a ms later. */
  nextTurn(task: () => void): void;
}

/** ms for which one piece of work holds the event loop. Work inside of other work adds to it. */
const LENGTH = 5;

/** The clock is read at every 128th item, because reading it costs more than many items do. It is a mask, as a division costs more, too. */
const LOOK_MASK = 127;

/** On virtual time nothing may depend on how fast the machine is, so a slice is a number of items: 16,384. */
const VIRTUAL_LOOKS = 128;

/**
 * The part of long work that is done in one turn of the event loop. It bounds work by time, not by number, because the cost of an item
 * depends on what the user does with it. Work of fewer than 128 items is never interrupted, so it stays synchronous on any machine.
 */
export class Slice {
  readonly #yielding: Yielding;
  readonly #resume: () => void;
  #items = 0;
  #looks = 0;
  /** ms; undefined until the clock is read for the first time in this slice. */
  #start: number | undefined;
  #hasScheduled = false;
  // A public field with an initial value would move the initial values of all fields into the constructor, which makes them slow.
  #isYielding = false;

  /** @param resume - continues the work in its next slice. It is also called when there is nothing left to do. */
  constructor(yielding: Yielding, resume: () => void) {
    this.#yielding = yielding;
    this.#resume = resume;
  }

  /** Whether the work waits for its next slice. */
  get isYielding(): boolean {
    return this.#isYielding;
  }

  /** Begins a piece of work, which may be a small one. On virtual time, a slice has the items of one piece; otherwise, what one turn has. */
  begin(): void {
    this.#looks = 0;
  }

  /** Counts an item. The work must stop after it if `isYielding` is true then: `resume` is called in a later turn. */
  count(): void {
    if ((++this.#items & LOOK_MASK) === 0) this.readClock();
  }

  /**
   * The same for work that calls it after each of its batches. While little time is used, it schedules nothing, because that would cost a
   * turn of the event loop.
   */
  readClock(): void {
    if (this.#isYielding) return;
    const now = this.#yielding.now();
    if (now === undefined) this.#isYielding = ++this.#looks >= VIRTUAL_LOOKS;
    else if (this.#start === undefined) this.#start = now;
    else if (this.#hasScheduled) this.#isYielding = now - this.#start >= LENGTH;
    else if (now - this.#start >= LENGTH / 2) {
      // earlier turns may have used some of the time, so no more than half of a slice counts
      this.#start = now - LENGTH / 2;
      this.#scheduleNextTurn();
    }
    if (this.#isYielding && !this.#hasScheduled) this.#scheduleNextTurn();
  }

  /** Leaves the work to its next slice, because other work has used the time of this one. */
  postpone(): void {
    this.#isYielding = true;
    if (!this.#hasScheduled) this.#scheduleNextTurn();
  }

  /** Drops the work that waits. */
  cancel(): void {
    this.#isYielding = false;
  }

  #scheduleNextTurn(): void {
    this.#hasScheduled = true;
    this.#yielding.nextTurn(() => this.#onNextTurn());
  }

  #onNextTurn(): void {
    this.#hasScheduled = false;
    this.#looks = 0;
    this.#start = undefined;
    if (!this.#isYielding) return;
    this.#isYielding = false;
    this.#resume();
  }
}

/** Runs the steps of long work in slices, the first one before it returns, and then calls `done`. */
export function runInSlices(steps: Iterator<unknown>, yielding: Yielding, done: () => void): void {
  const run = () => {
    while (!slice.isYielding) {
      if (steps.next().done === true) {
        done();
        return;
      }
      slice.count();
    }
  };
  const slice = new Slice(yielding, run);
  run();
}
