import { expect } from 'chai';
import { Slice, type Yielding } from '../../src/operators/slice.js';

/** A clock that the test sets, and a turn that it ends. */
class Turns implements Yielding {
  ms: number | undefined = 0;
  #tasks: (() => void)[] = [];
  readonly now = () => this.ms;
  readonly nextTurn = (task: () => void) => void this.#tasks.push(task);

  get scheduled(): number {
    return this.#tasks.length;
  }

  end(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  }
}

describe('a slice of long work', () => {
  let turns: Turns;
  let resumed: number;
  let slice: Slice;
  /** Returns how many of the items are done before the slice is over. */
  const work = (items: number, msEach = 0): number => {
    for (let i = 0; i < items; i++) {
      if (slice.isYielding) return i;
      slice.count();
      if (turns.ms !== undefined) turns.ms += msEach;
    }
    return items;
  };

  beforeEach(() => {
    turns = new Turns();
    resumed = 0;
    slice = new Slice(turns, () => resumed++);
  });

  it('never interrupts fewer than 128 items, however long they take, and schedules nothing for them [S190]', () => {
    expect(work(127, 1000)).to.equal(127);
    expect(turns.scheduled).to.equal(0);
  });

  it('schedules nothing while less than half of it is used', () => {
    expect(work(20_000, 0.0001)).to.equal(20_000);
    expect(turns.scheduled).to.equal(0);
  });

  it('is over when 5 ms have passed, and continues in the next turn', () => {
    const done = work(100_000, 0.01);
    expect(done).to.be.within(500, 800);
    expect(slice.isYielding).to.equal(true);
    expect(work(10)).to.equal(0);
    expect(resumed).to.equal(0);
    turns.end();
    expect(resumed).to.equal(1);
    expect(work(100_000, 0.01)).to.be.within(500, 800);
  });

  it('is over after 5 ms also where each of its items comes in a call of its own', () => {
    let done = 0;
    while (work(1, 0.01) === 1) done++;
    expect(done).to.be.within(500, 800);
  });

  it('is not over because of the time between two turns', () => {
    for (let turn = 0; turn < 10; turn++) {
      expect(work(200)).to.equal(200);
      turns.end();
      turns.ms = turns.ms! + 1000;
    }
    expect(resumed).to.equal(0);
  });

  it('does not continue what was cancelled', () => {
    work(100_000, 0.01);
    slice.cancel();
    turns.end();
    expect(resumed).to.equal(0);
  });

  it('is a number of items on virtual time, on any machine [S191]', () => {
    turns.ms = undefined;
    for (let i = 0; i < 3; i++) {
      expect(work(100_000)).to.equal(16_384);
      expect(turns.scheduled).to.equal(1);
      turns.end();
    }
    expect(resumed).to.equal(3);
  });
});
