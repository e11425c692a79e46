import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Result } from '../race.js';
import type { Scenario } from '../scenarios.js';
import { type Lock, installedPackages } from './installed-packages.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a page imports to connect, from the build of this library as browsers get it. */
const entries: Readonly<Record<string, string>> = {
  'rxjs-mqtt': `export { mqtt } from 'rxjs-mqtt'`,
  'MQTT.js': `export { default } from 'mqtt'`,
};

/** Folders of package-lock.json. */
const folders: Readonly<Record<string, string>> = { 'rxjs-mqtt': '', 'MQTT.js': 'node_modules/mqtt' };

type Value = Result['values'][string];

/** The bundle of a client for browsers. */
export const bundleSizes = (scenario: Scenario): Promise<Result> =>
  resultOf(scenario, 'kB, minified and gzipped, without RxJS', async name => {
    const { outputFiles } = await build({
      stdin: { contents: entries[name]!, resolveDir: root },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      external: ['rxjs', 'rxjs/*'],
      write: false,
    });
    const [{ contents }] = outputFiles as [(typeof outputFiles)[0]];
    return { value: gzipSync(contents).length / 1000, also: { 'kB before gzip': contents.length / 1000 } };
  });

/** The packages that an installation brings, as package-lock.json has them. */
export const packageCounts = (scenario: Scenario): Promise<Result> => {
  const lock = JSON.parse(readFileSync(`${root}/package-lock.json`, 'utf8')) as Lock;
  const rxjs = installedPackages(lock, 'node_modules/rxjs');
  return resultOf(scenario, 'packages beside RxJS', async name => ({
    value: [...installedPackages(lock, folders[name]!)].filter(folder => !rxjs.has(folder)).length,
  }));
};

async function resultOf(
  { name: scenario, contestants }: Scenario,
  unit: string,
  weigh: (name: string) => Promise<Value>,
): Promise<Result> {
  const values: Record<string, Value> = {};
  for (const name of contestants) values[name] = await weigh(name);
  return { scenario, unit, values };
}
