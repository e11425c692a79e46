// For resolvers that do not read `exports` of package.json: a folder for each entry point, as long as npm packs the package.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { subpaths } from './entry-points.js';

const [step] = process.argv.slice(2);

for (const name of subpaths) {
  if (step === 'clean') {
    rmSync(name, { recursive: true, force: true });
  } else {
    const file = (path: string) => relative(name, path);
    const manifest = {
      main: file(`dist/node/${name}.cjs`),
      browser: file(`dist/${name}.js`),
      types: file(`dist/${name}.d.cts`),
    };
    mkdirSync(name, { recursive: true });
    writeFileSync(`${name}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  }
}
