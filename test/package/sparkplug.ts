import { strict as assert } from 'node:assert';
import { cpSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startAedes } from '../support/aedes.js';
import { installed, run } from './commands.js';

/** Compiles and runs the recipe of Sparkplug B with the codec that its page names. */
export async function checkSparkplug(root: string): Promise<void> {
  const project = join(root, 'sparkplug');
  // The install script of protobufjs 6 is not needed.
  cpSync(await installed('sparkplug', '--ignore-scripts'), join(project, 'node_modules'), { recursive: true });
  cpSync('examples/recipes/sparkplug', join(project, 'recipes/sparkplug'), { recursive: true });
  writeFileSync(join(project, 'recipes/library.ts'), "export * from 'rxjs-mqtt';\n");
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', '.'], project);
  const broker = await startAedes();
  try {
    const printed = await run(process.execPath, ['out/main.js'], project, { BROKER: broker.url });
    assert.deepEqual(JSON.parse(printed), [
      { bdSeq: 0, 'Node Control/Rebirth': false, running: true, produced: 5_000_000_000 },
      { pump: { isOnline: true, metrics: { rpm: 99.5, mode: 'auto' } } },
      false,
      0,
    ]);
  } finally {
    await broker.close();
  }
}
