// Bundles what the command `ng add rxjs-mqtt` runs. The Angular CLI loads CommonJS.
import { copyFileSync } from 'node:fs';
import { build } from 'esbuild';

const SOURCES = 'src/schematics';
const OUT = 'dist/node/schematics';

/** Writes `dist/node/schematics`, to which `schematics` of package.json leads. */
export async function bundleSchematics(): Promise<void> {
  await build({
    entryPoints: [`${SOURCES}/ng-add.ts`],
    outfile: `${OUT}/ng-add.cjs`,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  for (const file of ['collection.json', 'ng-add.schema.json']) copyFileSync(`${SOURCES}/${file}`, `${OUT}/${file}`);
}
