import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAedes } from '../support/aedes.js';
import { run } from './commands.js';

/** How a runtime is called, and whether it gives `import` and `require()` one copy of the package. */
interface Runtime {
  readonly command: (tools: string) => string;
  readonly args?: readonly string[];
  readonly copies: 'one copy' | 'two copies that agree';
  readonly hasPsk?: boolean;
}

export const node = (major: number) => (tools: string) => join(tools, `node${major}/bin/node`);
const oneCopy = (major: number): Runtime => ({ command: node(major), copies: 'one copy', hasPsk: true });

export const runtimes: Readonly<Record<string, Runtime>> = {
  'Node 20': oneCopy(20),
  'Node 22': oneCopy(22),
  'Node 24': oneCopy(24),
  'Node 26': oneCopy(26),
  'Node without require() of ES modules': {
    command: node(22),
    args: ['--no-experimental-require-module'],
    copies: 'two copies that agree',
    hasPsk: true,
  },
  Bun: { command: tools => join(tools, '.bin/bun'), copies: 'two copies that agree' },
  Deno: { command: tools => join(tools, '.bin/deno'), args: ['run', '--allow-all'], copies: 'one copy' },
};

/** Connects to a broker with the package, by import and by require(). */
export async function checkRuntime(tools: string, consumer: string, runtime: Runtime): Promise<void> {
  const { copies, hasPsk = false } = runtime;
  const prints = async (file: string, line: string) =>
    assert.equal(await runProgram(file, tools, consumer, runtime), `${line}\n`);
  await prints('use.mjs', 'import works');
  await prints('use.cjs', 'require works');
  await prints('copies.cjs', copies);
  await prints('use-browser.cjs', 'the build for browsers works');
  if (!hasPsk) await prints('psk.mjs', 'psk: refused');
}

/** Keeps sessions in databases, which must be installed. */
export async function checkStores(tools: string, consumer: string, runtime: Runtime): Promise<void> {
  assert.equal(await runProgram('use-store.mjs', tools, consumer, runtime), 'stores work\n');
}

/** Runs a program of the consumer, which gets the URL of a broker, and returns what it prints. */
async function runProgram(file: string, tools: string, consumer: string, runtime: Runtime): Promise<string> {
  const { command, args = [] } = runtime;
  const broker = await startAedes();
  try {
    return await run(command(tools), [...args, file, broker.url], consumer);
  } finally {
    await broker.close();
  }
}

/** Calls the command line as npx does, with a version of Node. */
export async function checkCommandLine(command: string, consumer: string): Promise<void> {
  const folder = join(consumer, 'node_modules/rxjs-mqtt');
  const { bin, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
    version: string;
  };
  const call = (...args: string[]) => run(command, [join(folder, bin['rxjs-mqtt']!), ...args], consumer);
  assert.equal((await call('--version')).trim(), version);
  const broker = await startAedes();
  try {
    assert.equal(await call('pub', broker.url, 'a', 'b', '--retain'), '');
    assert.equal((await call('sub', broker.url, 'a', '--count', '1')).trim(), 'a b');
  } finally {
    await broker.close();
  }
}
