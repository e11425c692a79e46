// Builds `dist`: flat files for each entry point, platform and module format, their declarations, and what else belongs into the package.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleCli } from './cli.js';
import { bundleCodec } from './codec.js';
import { joinDeclarations } from './declarations.js';
import { COMPILED } from './entry-points.js';
import { joinModules } from './modules.js';
import { bundleSchematics } from './schematics.js';
import { writeSbom } from './sbom.js';
import { bundleWatchPage } from './watch-page.js';

const remove = (folder: string) => rmSync(folder, { recursive: true, force: true });

['dist', COMPILED].forEach(remove);
execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', COMPILED], { stdio: 'inherit' });

const { code, licences } = await bundleCodec();
// The bundle imports modules of this library by paths from this place.
const codec = `${COMPILED}/codec/mqtt-packet/browser/bundle.js`;
mkdirSync(dirname(codec), { recursive: true });
writeFileSync(codec, code);

const [pageLicences] = await Promise.all([
  bundleWatchPage(),
  joinModules('browser', codec),
  joinModules('node', codec),
  joinDeclarations(),
  bundleCli(),
  bundleSchematics(),
]);
const allLicences = [licences, pageLicences].join('\n');
writeFileSync('dist/licences.txt', allLicences);
writeSbom(allLicences);
remove(COMPILED);
