import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installed, run } from '../commands.js';

/** An application that `ng new` has made, with the packages that are pinned here. */
export interface Workspace {
  readonly name: string;
  readonly root: string;
  /** Calls the Angular CLI, and returns what it prints. */
  ng(...args: readonly string[]): Promise<string>;
  read(path: string): string;
  write(path: string, content: string): void;
  /** The files that `ng add` may change, by their paths. */
  files(): Record<string, string>;
}

/** Makes one in a new folder of `parent`. The CLI runs with the given Node. */
export async function makeWorkspace(
  major: number,
  node: string,
  parent: string,
  options: readonly string[],
): Promise<Workspace> {
  const packages = await installed(`angular/${major}`);
  const name = `angular${major}`;
  const root = join(parent, name);
  // npm, which the CLI calls, gets the same Node.
  const env = { NG_CLI_ANALYTICS: 'false', CI: 'true', PATH: `${dirname(node)}:${process.env.PATH}` };
  const call = (cwd: string, cli: string, ...args: readonly string[]) =>
    run(node, [join(cli, '@angular/cli/bin/ng.js'), ...args], cwd, { ...env, CHROME_BIN: join(parent, 'chromium.sh') });

  mkdirSync(parent, { recursive: true });
  // Chromium has no sandbox for root, and Karma passes no arguments.
  writeFileSync(join(parent, 'chromium.sh'), '#!/bin/sh\nexec /usr/bin/chromium --no-sandbox "$@"\n', { mode: 0o755 });
  await call(parent, packages, 'new', name, '--defaults', '--skip-install', '--skip-git', ...options);

  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const write = (path: string, content: string) => writeFileSync(join(root, path), content);
  const pinned = JSON.parse(readFileSync(join(packages, '../package.json'), 'utf8')) as object;
  const manifest = JSON.parse(read('package.json')) as object;
  write('package.json', `${JSON.stringify({ ...manifest, ...pinned }, null, 2)}\n`);
  cpSync(join(packages, '../package-lock.json'), join(root, 'package-lock.json'));
  await run('cp', ['-a', packages, join(root, 'node_modules')]);

  return {
    name,
    root,
    read,
    write,
    ng: (...args) => call(root, join(root, 'node_modules'), ...args),
    files() {
      const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true }).filter(file =>
        file.isFile(),
      );
      const paths = sources.map(({ parentPath, name: file }) => join(parentPath, file).slice(root.length + 1));
      return Object.fromEntries(['package.json', ...paths.sort()].map(path => [path, read(path)]));
    },
  };
}
