import { readFileSync } from 'node:fs';

/** Where tsc puts what the build joins. */
export const COMPILED = '.build';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly imports: Readonly<Record<string, { readonly browser?: string; readonly default: string }>>;
}

const { exports, imports } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

/** The names of the entry points, such as `angular/testing`; that of `.` is `index`. */
const names = Object.keys(exports)
  .filter(path => !path.endsWith('.json'))
  .map(path => path.slice('./'.length) || 'index');

/** The names of the entry points that have a path after the name of the package. */
export const subpaths = names.filter(name => name !== 'index');

/** The compiled file of each entry point, with the given extension. */
export function entryFiles(extension: '.js' | '.d.ts'): Record<string, string> {
  const file = (name: string) => (name === 'index' ? name : `${name}/index`);
  return Object.fromEntries(names.map(name => [name, `${COMPILED}/${file(name)}${extension}`]));
}

export type Platform = 'browser' | 'node';

/** The compiled file of a module that `imports` of package.json selects by platform. */
export function platformFile(specifier: string, platform: Platform): string {
  const conditions = imports[specifier];
  if (conditions === undefined) throw new Error(`package.json imports no '${specifier}'`);
  const source = (platform === 'browser' ? conditions.browser : undefined) ?? conditions.default;
  return source.replace(/^\.\/src\//, `${COMPILED}/`).replace(/\.ts$/, '.js');
}

/** Packages and modules of Node stay imports. Modules of this project are paths, or begin with '#'. */
export const isExternal = /^(?![./#])/;

/** The modules that the main entry point exports and that programs use without a client: errors, messages, codecs, operators, transports. */
export function modulesWithoutClient(): string[] {
  const index = readFileSync(`${COMPILED}/index.js`, 'utf8');
  return [...index.matchAll(/ from '\.\/((?!client\/)[^']+)'/g)].map(([, path]) => `${COMPILED}/${path}`);
}
