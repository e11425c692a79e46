// Bundles the command line. It loads the flat files of the package, and each command when it is called.
import { chmodSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { type Plugin, build } from 'esbuild';

const OUT = 'dist/node/cli';

/** Writes `dist/node/cli/bin.js` and its parts. Run it after the entry points are there. */
export async function bundleCli(): Promise<void> {
  await build({
    entryPoints: ['src/cli/bin.ts'],
    outdir: OUT,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    chunkNames: '[name]-[hash]',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    plugins: [entryPointsOfPackage],
  });
  chmodSync(`${OUT}/bin.js`, 0o755);
}

/** Leaves the entry points to the files that everybody else loads, so that there is one copy of the client. */
const entryPointsOfPackage: Plugin = {
  name: 'entry-points',
  setup({ onResolve }) {
    onResolve({ filter: /\/index\.js$/ }, ({ path, resolveDir }) => {
      const file = relative(resolve('src'), resolve(resolveDir, path));
      const [, name] = /^(?:(trace|testing)\/)?index\.js$/.test(file)
        ? ['', file.split('/')[0]!.replace('.js', '')]
        : [];
      return name === undefined ? undefined : { path: `../${name}.js`, external: true };
    });
  },
};
