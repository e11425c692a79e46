// Makes what `#mqtt-packet` is in the package: one ES module of mqtt-packet, with stand-ins for what it takes from Node.
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { assertVersion, trimmed } from './mqtt-packet.js';

const standInFolder = resolve('src/codec/mqtt-packet/browser');

const entry = `
  import Parser from 'mqtt-packet/parser.js';
  export const asBuffer = bytes => bytes;
  export const parser = options => Parser.parser(options);
`;

/** What mqtt-packet imports, and what it gets. */
const modules: Record<string, string> = {
  bl: `import { BufferList } from './buffer-list.ts'; export default () => new BufferList()`,
  events: `export { EventEmitter } from './events.ts'`,
};

const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    // Modules that the rest of the library has, too: the bundle lies where these paths lead to them.
    onResolve({ filter: /^\.\.\/\.\.\// }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /^[\w-]+$/ }, ({ path }) => {
      if (!(path in modules)) throw new Error(`mqtt-packet requires '${path}', for which there is no stand-in`);
      return { path, namespace: 'stand-in' };
    });
    onLoad({ filter: /./, namespace: 'stand-in' }, ({ path }) => ({
      contents: modules[path]!,
      resolveDir: standInFolder,
    }));
    onLoad({ filter: /[\\/]mqtt-packet[\\/]\w+\.js$/ }, ({ path }) => {
      const trim = trimmed[basename(path)];
      if (trim === undefined) throw new Error(`mqtt-packet takes '${path}', which nothing trims`);
      return { contents: trim(readFileSync(path, 'utf8')) };
    });
  },
};

/** The bundle of mqtt-packet, and the licence texts of the packages in it. */
export async function bundleCodec(): Promise<{ code: string; licences: string }> {
  assertVersion(versionOf('mqtt-packet'));
  const { outputFiles, metafile, warnings } = await build({
    stdin: { contents: entry, resolveDir: standInFolder, sourcefile: 'entry.js' },
    plugins: [standIns],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    treeShaking: true,
    write: false,
    metafile: true,
  });
  if (warnings.length > 0) throw new Error(`mqtt-packet does not fit: ${warnings.map(each => each.text).join(', ')}`);
  const inputs = Object.keys(metafile.inputs);
  const packages = new Set(inputs.flatMap(path => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  return { code: asOneValue(outputFiles[0]!.text), licences: [...packages].map(licenceOf).join('\n') };
}

/** Puts the statements of a module into a function, so that bundlers can drop all of them if nothing uses its exports. */
function asOneValue(module: string): string {
  const imports = module.match(/^import [^;]*;$/gm) ?? [];
  const [, names = ''] = /^export \{([^}]*)\};$/m.exec(module) ?? [];
  const exported = names.split(',').map(name => name.trim().split(' as ') as [string, string?]);
  const body = module.replace(/^(import [^;]*|export \{[^}]*\});$/gm, '');
  const members = exported.map(([local, name = local]) => `${name}: ${local}`);
  const constants = exported.map(([local, name = local]) => `export const ${name} = library.${name};`);
  return [...imports, `const library = (() => {${body}return { ${members.join(', ')} };\n})();`, ...constants, ''].join(
    '\n',
  );
}

function licenceOf(name: string): string {
  return `${name} ${versionOf(name)}\n\n${readFileSync(join('node_modules', name, 'LICENSE.md'), 'utf8')}`;
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(join('node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;
}
