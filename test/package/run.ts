// Packs the package, installs the tarball far from this folder and without the network, and uses it as its users do.
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startAedes } from '../support/aedes.js';
import { checkBundlers } from './bundlers/check.js';

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
  compile('NodeNext', 'NodeNext');
  compile('Preserve', 'Bundler');
  await checkBundlers(join(consumer, 'browser'));
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
  copyDependenciesOf(target);
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

function compile(module: string, moduleResolution: string): void {
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
  const args = ['-p', 'tsconfig.json', '--module', module, '--moduleResolution', moduleResolution];
  execFileSync(process.execPath, [tsc, ...args], { cwd: consumer, stdio: 'inherit' });
  console.log(`types: compile with ${moduleResolution} resolution, without those of Node`);
}
