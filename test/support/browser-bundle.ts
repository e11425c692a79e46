import { join, resolve } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { bundleBrowserCodec } from '../../scripts/browser-codec.js';

/** What `imports` of package.json leads to outside Node, in the sources. */
const sources: Readonly<Record<string, string>> = {
  '#default-transport': 'src/transport/web/default.ts',
  '#socket-options': 'src/client/options/checks/socket-options-browser.ts',
  '#read-file': 'src/client/options/config/read-file-browser.ts',
};

const codecFolder = resolve('src/codec/mqtt-packet/browser');

/** Leads `#...` to what browsers get, the codec as it is built for them. */
function forBrowsers(codec: string): Plugin {
  return {
    name: 'for-browsers',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^#/ }, ({ path }) =>
        path === '#mqtt-packet'
          ? { path: join(codecFolder, 'bundle.js'), namespace: 'codec' }
          : { path: resolve(sources[path]!) },
      );
      // as TypeScript, so that its imports of .js lead to the sources
      onLoad({ filter: /./, namespace: 'codec' }, () => ({ contents: codec, loader: 'ts', resolveDir: codecFolder }));
    },
  };
}

/** A program in TypeScript, with all that it imports, as one script for browsers; paths are those of the repository. */
export async function browserBundle(program: string, format: 'iife' | 'esm' = 'iife'): Promise<string> {
  const { code } = await bundleBrowserCodec();
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: resolve('.'), loader: 'ts' },
    plugins: [forBrowsers(code)],
    platform: 'neutral',
    mainFields: ['es2015', 'module', 'main'],
    target: 'es2022',
    bundle: true,
    write: false,
    format,
  });
  return outputFiles[0]!.text;
}
