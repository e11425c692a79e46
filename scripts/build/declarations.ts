// Joins the declarations, for `import` (.d.ts) and for `require()` (.d.cts).
import { readFileSync } from 'node:fs';
import { type RenderedChunk, rollup } from 'rollup';
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
      banner: referencedLibraries,
      sourcemap: true,
      sourcemapExcludeSources: true,
    });
  }
  await bundle.close();
}

/** The libraries of TypeScript that the joined declarations refer to. A reference counts only at the beginning of a file. */
function referencedLibraries({ moduleIds }: RenderedChunk): string {
  const references = moduleIds.flatMap(file => readFileSync(file, 'utf8').match(/^\/\/\/ <reference lib=.*$/gm) ?? []);
  return [...new Set(references)].join('\n');
}
