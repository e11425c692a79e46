// Packs the package, and uses it with the Angular CLI in each version of Angular that it is for, or in those that are named.
import { rmSync } from 'node:fs';
import { installed } from '../commands.js';
import { makeConsumer } from '../consumer.js';
import { angularVersions, checkAngularCli } from './check.js';

const named = process.argv.slice(2).map(Number);
const unknown = named.find(major => !angularVersions.includes(major as (typeof angularVersions)[number]));
if (unknown !== undefined) throw new Error(`Angular ${unknown} is not tested; there are ${angularVersions.join(', ')}`);

const consumer = await makeConsumer();
try {
  const tools = await installed('tools');
  for (const major of named.length > 0 ? named : angularVersions) {
    const start = Date.now();
    await checkAngularCli(major, consumer, tools);
    console.log(`Angular ${major}: works (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  }
} finally {
  rmSync(consumer.root, { recursive: true, force: true });
}
