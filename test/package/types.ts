import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Each with the settings that it can compile the consumer with. `require()` of an ES module has types from 5.8. */
const compilers = [
  { tsc: 'test/package/compilers/node_modules/typescript56/bin/tsc', nodeNext: 'tsconfig.esm.json' },
  { tsc: 'node_modules/typescript/bin/tsc', nodeNext: 'tsconfig.json' },
  { tsc: 'test/package/compilers/node_modules/typescript7/bin/tsc', nodeNext: 'tsconfig.json' },
];

/** Compiles the consumer with its libraries checked too, and without the types of Node and of ws. */
export function checkTypes(consumer: string): void {
  if (!existsSync('test/package/compilers/node_modules')) {
    execFileSync('npm', ['ci'], { cwd: 'test/package/compilers', stdio: ['ignore', 'ignore', 'inherit'] });
  }
  for (const { tsc, nodeNext } of compilers) {
    const run = (...args: string[]) =>
      execFileSync(process.execPath, [resolve(tsc), ...args], { cwd: consumer, encoding: 'utf8' });
    run('-p', nodeNext);
    run('-p', 'tsconfig.json', '--module', 'Preserve', '--moduleResolution', 'Bundler');
    console.log(`types: hold with ${run('--version').trim()}`);
  }
}

/** The same for the entry points for Angular, which is not there for all that comes before. */
export function checkAngularTypes(consumer: string): void {
  for (const name of ['@angular/core', 'tslib']) {
    cpSync(join('node_modules', name), join(consumer, 'node_modules', name), { recursive: true });
  }
  const tsc = resolve('node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.angular.json'], { cwd: consumer, encoding: 'utf8' });
  console.log('types: hold with Angular');
}
