// Makes the files that package.json's exports name for Node: few instead of a hundred and more, which take longer to find than to run.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { build } from 'esbuild';

const folder = 'dist/node';

type Exports = Record<string, { node?: string; default: string }>;
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Exports };
const entryPoints = Object.values(exports).flatMap(({ node, default: module }) =>
  node === undefined ? [] : [{ in: module, out: relative(folder, node).replace(/\.js$/, '') }],
);

const { outputFiles } = await build({
  entryPoints,
  outdir: folder,
  bundle: true,
  // What entry points share stays shared, and what is loaded when it is needed stays apart.
  splitting: true,
  chunkNames: 'parts/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  packages: 'external',
  target: 'es2022',
  sourcemap: true,
  write: false,
});

for (const { path, text } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true });
  // esbuild loads parts early that it imports nothing from, and then warns of that itself, in programs that are bundled for Node.
  writeFileSync(path, path.endsWith('.js') ? text.replace(/^import "\.[^"]*";$/gm, '') : text);
}
