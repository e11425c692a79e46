import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Of an output, as much is shown. */
const LONGEST = 4000;

const execute = promisify(execFile);

/** Runs a command in a folder, and returns what it printed. An error contains both of its outputs. */
export async function run(command: string, args: readonly string[], cwd = '.', env = {}): Promise<string> {
  // Vite sets NODE_ENV to production in the process that it builds in, and npm would leave out what is for development.
  const all = { ...process.env, NODE_ENV: undefined, NO_COLOR: '1', ...env };
  const options = { cwd, env: all, timeout: 300_000, maxBuffer: 2 ** 26 };
  try {
    const { stdout, stderr } = await execute(command, args, options);
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const printed = stdout + stderr;
    const shown = printed.length > LONGEST ? `${printed.slice(0, LONGEST)} ...` : printed;
    throw new Error(`${[command, ...args].join(' ')}\n${String(error).split('\n')[0]}\n${shown}`);
  }
}

type Folder = 'compilers' | 'tools' | 'nestjs11' | 'nestjs12' | 'sparkplug' | `angular/${number}`;

/** Installs what the package is tried with, and returns where. It is apart from this project, which builds and runs without it. */
export async function installed(folder: Folder, ...options: readonly string[]): Promise<string> {
  const root = join('test/package', folder);
  const changed = (file: string) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const isStale = changed('node_modules/.package-lock.json') < changed('package-lock.json');
  if (isStale) await run('npm', ['ci', ...options], root);
  return resolve(root, 'node_modules');
}
