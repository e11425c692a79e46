import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

export interface Program {
  readonly path: string;
  remove(): void;
}

/**
 * A program of `src` as JavaScript, for tests that start it many times: compiled each time, it would take most of a second more. It is
 * below the root of the project, so that the name of the package leads to its package.json.
 */
export async function bundleProgram(source: string): Promise<Program> {
  mkdirSync('.build', { recursive: true });
  const folder = resolve(mkdtempSync(join('.build', 'program-')));
  await build({
    entryPoints: [source],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    bundle: true,
    splitting: true,
    packages: 'external',
    sourcemap: 'inline',
  });
  return {
    path: join(folder, 'bin.mjs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
