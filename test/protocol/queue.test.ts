import { expect } from 'chai';
import fc from 'fast-check';
import { Queue } from '../../src/protocol/collections/queue.js';

function queueOf(...values: number[]): Queue<number> {
  const queue = new Queue<number>();
  for (const value of values) queue.push(value);
  return queue;
}

function drain<T>(queue: Queue<T>): T[] {
  const taken: T[] = [];
  for (let value = queue.take(); value !== undefined; value = queue.take()) taken.push(value);
  return taken;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a queue', () => {
  it('is empty at first', () => {
    const queue = new Queue<number>();
    expect([queue.length, queue.oldest, queue.take(), queue.takeNewest()]).to.deep.equal([
      0,
      undefined,
      undefined,
      undefined,
    ]);
    expect(queue.length).to.equal(0);
  });

  it('is first in, first out', () => {
    const queue = queueOf(1, 2, 3);
    expect([queue.length, queue.oldest]).to.deep.equal([3, 1]);
    expect([queue.take(), queue.length, queue.oldest]).to.deep.equal([1, 2, 2]);
    expect(drain(queue)).to.deep.equal([2, 3]);
    expect([queue.length, queue.oldest]).to.deep.equal([0, undefined]);
  });

  it('gives up its newest value', () => {
    const queue = queueOf(1, 2, 3);
    expect([queue.takeNewest(), queue.length]).to.deep.equal([3, 2]);
    queue.push(4);
    expect(drain(queue)).to.deep.equal([1, 2, 4]);
  });

  it('holds falsy values', () => {
    const queue = queueOf(0, 0);
    expect([queue.oldest, queue.take(), queue.takeNewest(), queue.take()]).to.deep.equal([0, 0, 0, undefined]);
  });

  it('is usable after clear(), at any length before', () => {
    for (const count of [0, 3, 8, 1000]) {
      const queue = queueOf(...upTo(count));
      queue.take();
      queue.clear();
      expect([queue.length, queue.oldest, queue.take()]).to.deep.equal([0, undefined, undefined]);
      queue.push(1);
      expect(drain(queue)).to.deep.equal([1]);
    }
  });

  it('keeps the order of 200,000 values, pushed at once or while others are taken, twice in a row', () => {
    const values = upTo(200_000);
    const queue = new Queue<number>();
    const taken: number[] = [];
    for (let round = 0; round < 2; round++) {
      for (const value of values) queue.push(value);
      expect(queue.length).to.equal(values.length);
      expect(drain(queue)).to.deep.equal(values);
    }
    for (const value of values) {
      queue.push(value);
      if (value % 3 > 0) taken.push(queue.take()!);
    }
    expect([...taken, ...drain(queue)]).to.deep.equal(values);
  });

  it('does what an array does with push(), shift() and pop()', () => {
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.record({ name: fc.constant('push' as const), times: fc.nat(40) }) },
      { weight: 3, arbitrary: fc.record({ name: fc.constant('take' as const), times: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('takeNewest' as const), times: fc.nat(5) }) },
      { weight: 1, arbitrary: fc.record({ name: fc.constant('clear' as const), times: fc.nat(1) }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), operations => {
        const queue = new Queue<number>();
        const model: number[] = [];
        let next = 0;
        const run = {
          push: () => {
            queue.push(next);
            model.push(next++);
          },
          take: () => expect(queue.take()).to.equal(model.shift()),
          takeNewest: () => expect(queue.takeNewest()).to.equal(model.pop()),
          clear: () => {
            queue.clear();
            model.splice(0);
          },
        };
        for (const { name, times } of operations) {
          for (let i = 0; i < times; i++) {
            run[name]();
            expect([queue.length, queue.oldest]).to.deep.equal([model.length, model[0]]);
          }
        }
        expect(drain(queue)).to.deep.equal(model);
      }),
    );
  });
});
