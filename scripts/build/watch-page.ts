// Bundles the script of the page that the command 'watch' serves, with RxJS, because a browser gets it as one file.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

/** Writes `dist/watch-page.js`, and returns the licence texts of the packages in it. */
export async function bundleWatchPage(): Promise<string> {
  const { metafile, warnings } = await build({
    entryPoints: ['src/cli/watch/page.ts'],
    outfile: 'dist/watch-page.js',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['es2015'],
    target: 'es2022',
    legalComments: 'none',
    metafile: true,
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join(', '));
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? path : [])),
  );
  const packages = new Set(bundled.flatMap(path => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  return [...packages].sort().map(licenceOf).join('\n');
}

function licenceOf(name: string): string {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string };
  return `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE.txt`, 'utf8')}`;
}
