import { strict as assert } from 'node:assert';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { foreignGlobals, runBare } from './bare-context.js';
import { type Bundler, bundleForNode } from './bundlers.js';

/** A text of the client, and one of stores. */
const ofClient = 'CONNACK';
const ofStores = 'the stored session';

const states = ['idle', 'connecting', 'connected', 'disconnecting', 'closed'];
const read = ['0: € 0', '1: € 1', '2: € 2'];
const exchange = { states, read, refused: 'SUBSCRIBE_REFUSED' };
const kept = { waiting: 2, tags: ['first', 'second'], noDatabase: 'INVALID_ARGUMENT' };
export const done = { exchanges: [exchange, exchange], refusals: ['NOT_SUPPORTED', 'NOT_SUPPORTED'] };

/** Bundles the application of the consumer with a bundler, runs the bundle, and says how large it is. */
export async function checkBundler(name: string, bundle: Bundler, consumer: string): Promise<string> {
  const application = copyOfApplication(name, consumer, 'app.js');
  const app = await bundle(application, 'app.js');
  assert.deepEqual(app.warnings, [], `${name} warns`);
  assert.deepEqual(foreignGlobals(app.code), [], `the bundle of ${name} needs what a browser has not`);
  const result: unknown = JSON.parse(JSON.stringify(await runBare(app.code)));
  assert.deepEqual(result, done, `what the bundle of ${name} did`);

  const part = await bundle(copyOfApplication(name, consumer, 'part.js'), 'part.js');
  assert.deepEqual(part.warnings, [], `${name} warns`);
  assert(!part.code.includes(ofClient) && !app.code.includes(ofStores), `${name} keeps what is not used`);

  const store = await bundle(copyOfApplication(name, consumer, 'store.js'), 'store.js');
  assert.deepEqual(store.warnings, [], `${name} warns`);
  assert.deepEqual(foreignGlobals(store.code), [], `the bundle of ${name} needs what a browser has not`);
  assert(store.code.includes(ofClient) && store.code.includes(ofStores));
  assert.deepEqual(JSON.parse(JSON.stringify(await runBare(store.code))), kept, `what the bundle of ${name} kept`);
  return `the application is ${kilobytes(app.code)} with RxJS, one strategy alone ${kilobytes(part.code)}`;
}

export async function checkBundleForNode(consumer: string): Promise<void> {
  const server = await bundleForNode(join(consumer, 'browser'), 'app.js');
  assert.deepEqual(server.warnings, [], 'esbuild warns of a bundle for Node');
  assert(server.code.includes('"node:tls"'), 'a bundle for Node has no TLS');
}

/** A folder for each bundle, because bundlers run side by side and leave files there. */
export function copyOfApplication(name: string, consumer: string, file: string): string {
  const folder = join(consumer, `${name}-${file}`);
  cpSync(join(consumer, 'browser'), folder, { recursive: true });
  return folder;
}

const kilobytes = (code: string): string => `${(gzipSync(code).length / 1000).toFixed(1)} kB gzipped`;
