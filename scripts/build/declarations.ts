// Joins the declarations, for `import` (.d.ts) and for `require()` (.d.cts).
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { entryFiles, isExternal } from './entry-points.js';

export async function joinDeclarations(): Promise<void> {
  const input = entryFiles('.d.ts');
  const bundle = await rollup({
    input,
    external: isExternal,
    plugins: [dts({ tsconfig: 'tsconfig.build.json', sourcemap: true })],
    onLog(_level, { message }) {
      throw new Error(message);
    },
  });
  for (const extension of ['d.ts', 'd.cts']) {
    await bundle.write({
      dir: 'dist',
      entryFileNames: `[name].${extension}`,
      // Rollup takes 'client.d' for the name of client.d.ts.
      chunkFileNames: ({ name }) => `parts/${name.replace(/\.d$/, '')}.${extension}`,
      manualChunks: { client: [input.index!] },
      sourcemap: true,
      sourcemapExcludeSources: true,
    });
  }
  await bundle.close();
}
