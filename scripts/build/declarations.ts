// Joins the declarations, for `import` (.d.ts) and for `require()` (.d.cts).
import { readFileSync } from 'node:fs';
import { type OutputPlugin, type RenderedChunk, rollup } from 'rollup';
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
      plugins: [linksToDocs],
    });
  }
  await bundle.close();
}

/** Has the comments refer to `docs` from where the declarations are, and not from where their sources are. */
const linksToDocs: OutputPlugin = {
  name: 'links-to-docs',
  renderChunk(code, { fileName }) {
    const root = '../'.repeat(`dist/${fileName}`.split('/').length - 1);
    return { code: code.replace(/\]\((\.\.\/)+docs\//g, `](${root}docs/`), map: null };
  },
};

/** The libraries of TypeScript that the joined declarations refer to. A reference counts only at the beginning of a file. */
function referencedLibraries({ moduleIds }: RenderedChunk): string {
  const references = moduleIds.flatMap(file => readFileSync(file, 'utf8').match(/^\/\/\/ <reference lib=.*$/gm) ?? []);
  return [...new Set(references)].join('\n');
}
