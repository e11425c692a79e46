import { expect } from 'chai';
import { describeFailure, failureOf, runOf, shrink } from './simulation.js';

/** `npm run simulate` makes more runs, and any others. */
const RUNS = 300;

describe('a program that crashes, reopens its client and stores its own receipts, simulated', () => {
  it(`survives ${RUNS} runs of crashes, cuts and failures of its store`, function () {
    this.timeout(120_000);
    const failures = Array.from({ length: RUNS }, (_, seed) => failureOf(runOf(seed))).filter(run => run !== undefined);
    const [first] = failures;
    expect(first === undefined ? '' : describeFailure(shrink(first))).to.equal('');
  });
});
