import { expect } from 'chai';
import { asyncScheduler } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { inTurn } from '../../src/transport/node/dial.js';

/** Plays the attempts in turn, 3 ms apart. */
function plays(marbles: readonly string[], expected: string, subscriptions: readonly string[], error?: unknown): void {
  new TestScheduler((actual, wanted) => void expect(actual).to.deep.equal(wanted)).run(
    ({ cold, expectObservable, expectSubscriptions }: RunHelpers) => {
      const attempts = marbles.map((diagram, i) => cold(diagram, undefined, `cause ${i + 1}`));
      expectObservable(inTurn(attempts, 3, asyncScheduler)).toBe(expected, undefined, error);
      attempts.forEach(({ subscriptions: all }, i) => expectSubscriptions(all).toBe(subscriptions[i] ?? []));
    },
  );
}

describe('inTurn', () => {
  it('takes the first that emits, and begins no other', () => plays(['-a', '-b'], '-(a|)', ['^!', '']));
  it('begins the next when one errs', () => plays(['-#', '-b'], '--(b|)', ['^!', '-^!']));
  it('begins the next after the delay, and lets the slow one go on', () =>
    plays(['----a', '-----b'], '----(a|)', ['^---!', '---^!']));
  it('unsubscribes from the slow one that another has overtaken', () =>
    plays(['----------a', '-b'], '----(b|)', ['^---!', '---^!']));
  it('counts the delay anew from each beginning', () =>
    plays(['-#', '-------a', '-c'], '-----(c|)', ['^!', '-^---!', '----^!']));
  it('errs when all have, with all causes in the order in which they came', () =>
    plays(['-----#', '-#'], '-----#', ['^----!', '---^!'], new AggregateError(['cause 2', 'cause 1'])));
  it('errs with the cause of a single one', () => plays(['-#'], '-#', ['^!'], 'cause 1'));

  it('unsubscribing ends all, and leaves no timer', () => {
    new TestScheduler((actual, wanted) => void expect(actual).to.deep.equal(wanted)).run(
      ({ cold, expectObservable, expectSubscriptions }) => {
        const [first, second, third] = [cold('-'), cold('-'), cold('-')];
        expectObservable(inTurn([first, second, third], 3, asyncScheduler), '^----!').toBe('-');
        expectSubscriptions(first.subscriptions).toBe('^----!');
        expectSubscriptions(second.subscriptions).toBe('---^-!');
        expectSubscriptions(third.subscriptions).toBe([]);
      },
    );
  });
});
