import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { activeResources, expectNoMoreThan } from '../support/resources.js';

/**
 * bytes. What the machine keeps for itself (compiled code, its own caches) comes and goes by some hundred thousand, so there are several
 * looks; a leak of 100 bytes in each of 10,000 rounds is a million each time.
 */
const tolerance = 400_000;
const looks = 3;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Runs `work` once to warm up and then to measure: neither heap nor buffers nor handles may grow each time. */
export async function expectFlat(rounds: number, work: (rounds: number) => Promise<void>): Promise<void> {
  await work(Math.ceil(rounds / 5));
  const handles = await activeResources();
  const growths: number[] = [];
  for (let before = used(), growth = Infinity; growth > tolerance && growths.length < looks; before += growth) {
    await work(rounds);
    await expectNoMoreThan(handles);
    growth = used() - before;
    growths.push(growth);
  }
  expect(
    Math.min(...growths),
    `bytes more after ${rounds} rounds, again and again: ${growths.join(', ')}`,
  ).to.be.at.most(tolerance);
}

function used(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage(); // external includes the buffers
  return heapUsed + external;
}
