import { strict as assert } from 'node:assert';
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
  const { command, args = [], copies, hasPsk = false } = runtime;
  const broker = await startAedes();
  const use = (file: string) => run(command(tools), [...args, file, broker.url], consumer);
  try {
    assert.equal(await use('use.mjs'), 'import works\n');
    assert.equal(await use('use.cjs'), 'require works\n');
    assert.equal(await use('copies.cjs'), `${copies}\n`);
    assert.equal(await use('use-browser.cjs'), 'the build for browsers works\n');
    if (!hasPsk) assert.equal(await use('psk.mjs'), 'psk: refused\n');
  } finally {
    await broker.close();
  }
}
