// Packs the package, installs the tarball far from this folder and without the network, and uses it as its users do.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startAedes } from '../support/aedes.js';
import { checkBundlers } from './bundlers/check.js';
import { checkAngularTypes, checkTypes } from './types.js';

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

const run = promisify(execFile);
const consumer = mkdtempSync(join(tmpdir(), 'consumer-'));
const modules = join(consumer, 'node_modules');

try {
  install();
  await useAtRunTime();
  checkTypes(consumer);
  await checkBundlers(join(consumer, 'browser'));
  checkAngularTypes(consumer);
} finally {
  rmSync(consumer, { recursive: true, force: true });
}

function install(): void {
  cpSync('test/package/consumer', consumer, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', consumer], { stdio: ['ignore', 'ignore', 'inherit'] });
  const { name } = manifestOf('.');
  const target = join(modules, name);
  mkdirSync(target, { recursive: true });
  const tarball = readdirSync(consumer).find(file => file.endsWith('.tgz')) ?? 'no tarball';
  execFileSync('tar', ['-xzf', join(consumer, tarball), '-C', target, '--strip-components=1']);
  lint(join(consumer, tarball));
  copyDependenciesOf(target);
}

/** Are the files where the manifest says, and the types where the files are? CommonJS gets the package by require() of a module. */
function lint(tarball: string): void {
  const checks = [
    ['publint', 'run', tarball, '--strict'],
    ['attw', tarball, '--profile', 'esm-only', '--format', 'ascii'],
  ];
  for (const check of checks) {
    const { status, stdout, stderr } = spawnSync('npx', check, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${check.join(' ')}\n${stdout}${stderr}`);
    console.log(`${check[0]}: nothing to say`);
  }
}

/** Copies, because a link would lead back to a folder where everything is installed. */
function copyDependenciesOf(folder: string): void {
  const { dependencies, peerDependencies, peerDependenciesMeta = {} } = manifestOf(folder);
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (peerDependenciesMeta[name]?.optional) continue;
    const target = join(modules, name);
    cpSync(join('node_modules', name), target, { recursive: true });
    copyDependenciesOf(target);
  }
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

async function useAtRunTime(): Promise<void> {
  const broker = await startAedes();
  try {
    for (const file of ['use.mjs', 'use.cjs']) {
      const { stdout } = await run(process.execPath, [file, broker.url], { cwd: consumer, timeout: 20_000 });
      process.stdout.write(stdout);
    }
  } finally {
    await broker.close();
  }
}
