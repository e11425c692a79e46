// Makes what `#mqtt-packet` is in the package: one ES module of mqtt-packet, with stand-ins for what it takes from Node.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const browser = resolve('src/codec/mqtt-packet/browser');

/** parser.js and writeToStream.js, not mqtt.js, which has generate() too. */
const entry = `
  import Parser from 'mqtt-packet/parser.js';
  export { default as writeToStream } from 'mqtt-packet/writeToStream.js';
  export { asBuffer } from './buffer.ts';
  export const parser = Parser.parser;
`;

/** What mqtt-packet requires, and what it gets. It uses nextTick only for streams that have cork(), and ours has not. */
const modules: Record<string, string> = {
  buffer: `module.exports = require('./buffer.ts')`,
  bl: `const { BufferList } = require('./buffer-list.ts'); module.exports = () => new BufferList()`,
  events: `module.exports = require('./events.ts')`,
  debug: `module.exports = () => () => {}`,
  'process-nextick-args': `module.exports = {}`,
};

const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    // What the rest of the library has too: the bundle lies where these paths lead to it.
    onResolve({ filter: /^\.\.\/\.\.\/\.\.\// }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /^[\w-]+$/ }, ({ path }) => {
      if (!(path in modules)) throw new Error(`mqtt-packet requires ${path}, for which there is no stand-in`);
      return { path, namespace: 'stand-in' };
    });
    onLoad({ filter: /./, namespace: 'stand-in' }, ({ path }) => ({ contents: modules[path]!, resolveDir: browser }));
    // The texts of its many calls of debug() would be a tenth of the bundle.
    onLoad({ filter: /[\\/]mqtt-packet[\\/]\w+\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/^ *debug\(.*\)$/gm, ''),
    }));
  },
};

/** The bundle, and the licence texts of the packages in it. */
export async function bundleBrowserCodec(): Promise<{ code: string; licences: string }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry, resolveDir: browser, sourcefile: 'entry.js' },
    plugins: [standIns],
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    treeShaking: true,
    write: false,
    metafile: true,
    banner: { js: '/*! mqtt-packet, MIT licence: see bundle.licences.txt */' },
  });
  const inputs = Object.keys(metafile.inputs);
  const packages = new Set(inputs.flatMap(path => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  return { code: outputFiles[0]!.text, licences: [...packages].map(licenceOf).join('\n') };
}

function licenceOf(name: string): string {
  const folder = join('node_modules', name);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE.md'), 'utf8')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code, licences } = await bundleBrowserCodec();
  const target = 'dist/codec/mqtt-packet/browser/bundle.js';
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
  writeFileSync(target.replace('.js', '.licences.txt'), licences);
}
