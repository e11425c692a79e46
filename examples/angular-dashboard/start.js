// One command: builds the library, installs and builds the application, starts broker, devices and dashboard.
// With --build it stops before the last step, with --test the tests take its place.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '../..');
const installed = join(here, 'node_modules/.installed');

/** @param {string} cwd @param {string} command @param {string[]} args */
function run(cwd, command, ...args) {
  console.log(`> ${command} ${args.join(' ')}`);
  const env = { ...process.env, NG_CLI_ANALYTICS: 'false' };
  execFileSync(command, args, { cwd, env, stdio: 'inherit' });
}

if (!existsSync(join(root, 'node_modules'))) run(root, 'npm', 'ci');

const lock = readFileSync(join(here, 'package-lock.json'), 'utf8');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
  run(here, 'npm', 'ci');
  writeFileSync(installed, lock);
}

// the library as its users get it: packed (which builds it), not linked, so that there is one RxJS
const packed = mkdtempSync(join(tmpdir(), 'rxjs-mqtt-'));
try {
  run(root, 'npm', 'pack', '--silent', '--pack-destination', packed);
  const library = join(here, 'node_modules/rxjs-mqtt');
  rmSync(join(library, 'dist'), { recursive: true, force: true });
  run(here, 'tar', '-xzf', join(packed, readdirSync(packed)[0]), '-C', library, '--strip-components=1');
} finally {
  rmSync(packed, { recursive: true });
}

run(here, 'npm', 'run', 'build');
if (process.argv.includes('--test')) run(here, 'npm', 'test');
else if (!process.argv.includes('--build')) run(here, process.execPath, '--import=tsx', 'server/main.ts');
