import { strict as assert } from 'node:assert';
import { cpSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startAedes } from '../support/aedes.js';
import { installed, run } from './commands.js';

/**
 * Compiles and runs a service and its caller with one version of NestJS: 11 as CommonJS and 12 as ES modules, which is what the projects
 * are that its command line makes.
 */
export async function checkNestJs(version: 11 | 12, root: string): Promise<void> {
  const project = join(root, `nestjs${version}`);
  cpSync(join(root, 'nestjs'), project, { recursive: true });
  cpSync(await installed(`nestjs${version}`), join(project, 'node_modules'), { recursive: true });
  cpSync(join(root, 'node_modules/rxjs-mqtt'), join(project, 'node_modules/rxjs-mqtt'), { recursive: true });
  cpSync(join(root, 'node_modules/ws'), join(project, 'node_modules/ws'), { recursive: true });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: version === 11 ? 'commonjs' : 'module' }));
  await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', '.'], project);
  const broker = await startAedes();
  try {
    const printed = await run(process.execPath, ['out/main.js'], project, { BROKER: broker.url });
    assert.equal(printed.trim(), '7:1 7:2');
  } finally {
    await broker.close();
  }
}
