// Packs the package, and uses it with the Angular CLI in each version of Angular that it is for and with each package manager, or with those
// that are named.
import { rmSync } from 'node:fs';
import { installed } from '../commands.js';
import { makeConsumer } from '../consumer.js';
import { angularVersions, checkAngularCli } from './check.js';
import { type Manager, checkManager, managers } from './managers.js';

const all = [...angularVersions.map(String), ...Object.keys(managers)];
const named = process.argv.slice(2);
const unknown = named.find(name => !all.includes(name));
if (unknown !== undefined) throw new Error(`'${unknown}' is not tested; there are ${all.join(', ')}`);

const consumer = await makeConsumer();
try {
  const tools = await installed('tools');
  for (const name of named.length > 0 ? named : all) {
    const start = Date.now();
    if (name in managers) await checkManager(name as Manager, consumer, tools);
    else await checkAngularCli(Number(name), consumer, tools);
    const what = name in managers ? `with ${name}` : name;
    console.log(`Angular ${what}: works (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  }
} finally {
  rmSync(consumer.root, { recursive: true, force: true });
}
