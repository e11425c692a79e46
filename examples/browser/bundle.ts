import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Bundles a script into one file, with the built library of `npm run build`. */
export async function bundle(script: 'page.ts' | 'worker.ts'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [here(`./${script}`)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: 'inline',
    write: false,
    plugins: [
      {
        // in a project of your own, where the library is `rxjs-mqtt`, there is nothing to resolve
        name: 'as it is published',
        setup({ onResolve }) {
          onResolve({ filter: /\/src\/index\.js$/ }, () => ({ path: here('../../dist/index.js') }));
          onResolve({ filter: /\/src\/shared\/index\.js$/ }, () => ({ path: here('../../dist/shared.js') }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}
