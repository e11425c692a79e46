import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './commands.js';
import type { Consumer } from './consumer.js';

/** Are the files where the manifest says, and the types where the files are, for every resolver? */
export async function checkManifest({ tarball }: Consumer): Promise<void> {
  await run('npx', ['publint', 'run', tarball, '--strict']);
  await run('npx', ['attw', tarball, '--format', 'ascii']);
}

/** What an installation adds, and what the package contains for those who debug it and those who check licences. */
export function checkContents({ root, packages }: Consumer): void {
  const added = packages.filter(name => name !== 'rxjs' && name !== 'tslib');
  assert(added.length <= 2, `npm install adds ${added.join(', ')}`);

  const folder = join(root, 'node_modules/rxjs-mqtt');
  assert.match(readFileSync(join(folder, 'dist/licences.txt'), 'utf8'), /^mqtt-packet .*[^]*Permission is hereby/);

  const files = readdirSync(join(folder, 'dist'), { recursive: true, encoding: 'utf8' });
  // The declarations lie elsewhere than the sources, from which their comments come.
  const declarations = files.filter(file => /\.d\.c?ts$/.test(file)).map(file => join(folder, 'dist', file));
  const links = declarations.flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(/\]\((\.[^)#]+)/g)].map(([, link]) => join(dirname(file), link!)),
  );
  assert(links.length > 0, 'the declarations have no links');
  assert.deepEqual(
    links.filter(link => !existsSync(link)),
    [],
  );

  const maps = files.filter(file => file.endsWith('.map')).map(file => join(folder, 'dist', file));
  const sources = maps.flatMap(map => {
    const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
    return sources.map(source => join(dirname(map), source));
  });
  assert(sources.length > 0, 'the source maps name no sources');
  const missing = sources.filter(source => !source.includes('bundle.js') && !/src\/.*\.ts$/.test(source));
  assert.deepEqual(missing.concat(sources.filter(source => source.endsWith('.ts') && !existsSync(source))), []);
}
