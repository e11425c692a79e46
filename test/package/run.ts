// Packs the package, installs the tarball far from this folder and without the network, and uses it as its users do.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkAngularCli, newestAngular } from './angular/check.js';
import { bundlers } from './bundlers/bundlers.js';
import { checkBundler, checkBundleForNode } from './bundlers/check.js';
import { checkViteDev } from './bundlers/vite-dev.js';
import { checkViteTabs } from './bundlers/vite-tabs.js';
import { installed } from './commands.js';
import { addPackages, makeConsumer } from './consumer.js';
import { checkContents, checkManifest } from './manifest.js';
import { checkNestJs } from './nestjs.js';
import { checkJest, checkVitest } from './runners.js';
import { checkCommandLine, checkRuntime, checkStores, node, runtimes } from './runtimes.js';
import { checkSparkplug } from './sparkplug.js';
import {
  checkAngular,
  checkOpenTelemetry,
  checkTypes,
  checkTypesBesideNode,
  checkTypesOfDatabases,
  compilers,
} from './types.js';

type Check = readonly [name: string, check: () => Promise<string | void>];

// Names of checks, to run only those.
const wanted = process.argv.slice(2);

const began = Date.now();
const seconds = (since: number) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

const consumer = await makeConsumer();
const { root } = consumer;
try {
  const tools = await installed('tools');
  const compilerFolder = await installed('compilers');
  console.log(`packed and installed in ${seconds(began)}`);
  checkContents(consumer);

  await runAll([
    ['the manifest', () => checkManifest(consumer)],
    ...Object.entries(bundlers).map(([name, bundle]): Check => [name, () => checkBundler(name, bundle(tools), root)]),
    ['esbuild for Node', () => checkBundleForNode(root)],
    ['the dev server of Vite', () => checkViteDev(root)],
    ['tabs bundled by Vite', () => checkViteTabs(root)],
    ['Jest on Node 20', () => checkJest(node(20)(tools), tools, join(root, 'jest'))],
    ['Jest on Node 26', () => checkJest(node(26)(tools), tools, join(root, 'jest'))],
    ['Vitest', () => checkVitest(root)],
    ...[20, 22, 24, 26].map((major): Check => [
      `the command line on Node ${major}`,
      () => checkCommandLine(node(major)(tools), root),
    ]),
    ...Object.entries(runtimes).map(([name, runtime]): Check => [name, () => checkRuntime(tools, root, runtime)]),
    ...Object.entries(compilers).map(([name, tsc]): Check => [name, () => checkTypes(tsc(compilerFolder), root)]),
  ]);
  // These add packages that all others must not find.
  await runAll([
    ['types beside those of Node', () => checkTypesBesideNode(compilers['TypeScript 5.9']!(compilerFolder), root)],
  ]);
  await runAll([
    ['NestJS 11', () => checkNestJs(11, root)],
    ['NestJS 12', () => checkNestJs(12, root)],
    ['Angular', () => checkAngular(root)],
    [`the CLI of Angular ${newestAngular}`, () => checkAngularCli(newestAngular, consumer, tools)],
    ['OpenTelemetry', () => checkOpenTelemetry(root)],
    ['the recipe of Sparkplug', () => checkSparkplug(root)],
  ]);
  addPackages(root, 'browser-level', 'classic-level', 'memory-level');
  await runAll([
    ...Object.entries(runtimes).map(([name, runtime]): Check => [
      `stores on ${name}`,
      () => checkStores(tools, root, runtime),
    ]),
    ['stores in Jest', () => checkJest(node(26)(tools), tools, join(root, 'jest-store'))],
    ...Object.entries(compilers).map(([name, tsc]): Check => [
      `databases in ${name}`,
      () => checkTypesOfDatabases(tsc(compilerFolder), root),
    ]),
  ]);
  console.log(`the package works, in ${seconds(began)}`);
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** Runs checks two at a time, and fails after all if one failed. */
async function runAll(checks: readonly Check[]): Promise<void> {
  const waiting = checks.filter(([name]) => wanted.length === 0 || wanted.includes(name)).values();
  const failures: unknown[] = [];
  const lane = async () => {
    for (const [name, check] of waiting) {
      const start = Date.now();
      try {
        const says = await check();
        console.log(`${name}: works${says === undefined ? '' : `, ${says}`} (${seconds(start)})`);
      } catch (error) {
        console.error(`${name}: failed (${seconds(start)})`);
        failures.push(error);
      }
    }
  };
  await Promise.all([lane(), lane()]);
  if (failures.length > 0) throw new AggregateError(failures, 'the package does not work everywhere');
}
