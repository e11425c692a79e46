import { strict as assert } from 'node:assert';
import { gzipSync } from 'node:zlib';
import { foreignGlobals, runBare } from './bare-context.js';
import { bundleForNode, bundlers } from './bundlers.js';

const states = ['idle', 'connecting', 'connected', 'disconnecting', 'closed'];
const read = ['0: € 0', '1: € 1', '2: € 2'];
const exchange = { states, read, refused: 'SUBSCRIBE_REFUSED' };
const done = { exchanges: [exchange, exchange], refusals: ['NOT_SUPPORTED', 'NOT_SUPPORTED'] };

/** Bundles the application in `root` with every bundler, and runs the bundles. */
export async function checkBundlers(root: string): Promise<void> {
  for (const [name, bundle] of Object.entries(bundlers)) {
    const app = await bundle(root, 'app.js');
    assert.deepEqual(app.warnings, [], `${name} warns`);
    assert.deepEqual(foreignGlobals(app.code), [], `the bundle of ${name} needs what a browser has not`);
    const result: unknown = JSON.parse(JSON.stringify(await runBare(app.code)));
    assert.deepEqual(result, done, `what the bundle of ${name} did`);

    const part = await bundle(root, 'part.js');
    assert.deepEqual(part.warnings, [], `${name} warns`);
    assert(!/WebSocket|CONNACK/.test(part.code), `${name} keeps what is not used`);
    console.log(
      `${name}: the application is ${kilobytes(app.code)} with RxJS, one strategy alone ${kilobytes(part.code)}`,
    );
  }

  const server = await bundleForNode(root, 'app.js');
  assert.deepEqual(server.warnings, [], 'esbuild warns of a bundle for Node');
  assert(server.code.includes('"node:tls"'), 'a bundle for Node has no TLS');
}

const kilobytes = (code: string): string => `${(gzipSync(code).length / 1000).toFixed(1)} kB gzipped`;
