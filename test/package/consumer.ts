import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './commands.js';

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** A project that has installed the package, far from this folder and without the network. */
export interface Consumer {
  readonly root: string;
  readonly tarball: string;
  /** The packages that installing this one has brought, with it and RxJS. */
  readonly packages: readonly string[];
}

export async function makeConsumer(): Promise<Consumer> {
  const root = mkdtempSync(join(tmpdir(), 'consumer-'));
  cpSync('test/package/consumer', root, { recursive: true });
  await run('npm', ['pack', '--silent', '--pack-destination', root]);
  const tarball = join(root, readdirSync(root).find(file => file.endsWith('.tgz')) ?? 'no tarball');
  const target = join(root, 'node_modules', manifestOf('.').name);
  mkdirSync(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  return { root, tarball, packages: [manifestOf('.').name, ...new Set(addDependenciesOf(target, root))] };
}

/** Adds packages of this project, with what they need. They are copies, because a link would lead back to where everything is installed. */
export function addPackages(consumer: string, ...names: readonly string[]): string[] {
  return names.flatMap(name => {
    const target = join(consumer, 'node_modules', name);
    cpSync(join('node_modules', name), target, { recursive: true });
    return [name, ...addDependenciesOf(target, consumer)];
  });
}

function addDependenciesOf(folder: string, consumer: string): string[] {
  const { dependencies, peerDependencies, peerDependenciesMeta = {} } = manifestOf(folder);
  const names = Object.keys({ ...dependencies, ...peerDependencies });
  return addPackages(consumer, ...names.filter(name => peerDependenciesMeta[name]?.optional !== true));
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
