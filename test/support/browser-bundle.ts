import { join, resolve } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { bundleCodec } from '../../scripts/build/codec.js';

const codecFolder = resolve('src/codec/mqtt-packet/browser');

/** Leads `#mqtt-packet` to the codec as it is built for the package. */
function withCodec(codec: string): Plugin {
  return {
    name: 'codec',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^#mqtt-packet$/ }, () => ({ path: join(codecFolder, 'bundle.js'), namespace: 'codec' }));
      // as TypeScript, so that its imports of .js lead to the sources
      onLoad({ filter: /./, namespace: 'codec' }, () => ({ contents: codec, loader: 'ts', resolveDir: codecFolder }));
    },
  };
}

/** A program in TypeScript, with all that it imports, as one script for browsers; paths are those of the repository. */
export async function browserBundle(program: string, format: 'iife' | 'esm' = 'iife'): Promise<string> {
  const { code } = await bundleCodec();
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: resolve('.'), loader: 'ts' },
    plugins: [withCodec(code)],
    platform: 'neutral',
    conditions: ['browser'],
    mainFields: ['es2015', 'module', 'main'],
    target: 'es2022',
    bundle: true,
    write: false,
    format,
  });
  return outputFiles[0]!.text;
}
