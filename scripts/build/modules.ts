// Joins the compiled modules into the flat files that `exports` of package.json names, for each platform and module format.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { transform } from 'esbuild';
import { type Plugin, rollup } from 'rollup';
import { COMPILED, type Platform, entryFiles, isExternal, modulesWithoutClient, platformFile } from './entry-points.js';
import { pureCalls } from './pure-calls.js';

const folders: Readonly<Record<Platform, string>> = { browser: 'dist', node: 'dist/node' };

/** `codec` is the file that stands for mqtt-packet. */
export async function joinModules(platform: Platform, codec: string): Promise<void> {
  const input = entryFiles('.js');
  const bundle = await rollup({
    input,
    external: isExternal,
    plugins: [platformModules(platform, codec), sourceMaps, pureCalls, withoutComments],
    onLog(_level, { message }) {
      throw new Error(message);
    },
  });
  for (const [format, extension] of [['es', 'js'] as const, ['cjs', 'cjs'] as const]) {
    await bundle.write({
      dir: folders[platform],
      format,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `parts/[name].${extension}`,
      // Some minifiers, such as that of SWC, do not drop the unused classes of a file. Bundlers drop whole files anyway.
      manualChunks: { common: modulesWithoutClient(), client: [input.index!] },
      // Loads only what an entry point imports by itself, so that what is loaded on demand stays so.
      hoistTransitiveImports: false,
      generatedCode: 'es2015',
      externalLiveBindings: false,
      sourcemap: true,
      // The package contains the sources.
      sourcemapExcludeSources: true,
    });
  }
  await bundle.close();
}

/** Resolves the `imports` of package.json for a platform. */
function platformModules(platform: Platform, codec: string): Plugin {
  return {
    name: 'platform-modules',
    resolveId(specifier) {
      if (!specifier.startsWith('#')) return null;
      return resolve(specifier === '#mqtt-packet' ? codec : platformFile(specifier, platform));
    },
  };
}

/** Reads the source maps of the compiled modules, so that those of the package lead to the TypeScript. */
const sourceMaps: Plugin = {
  name: 'source-maps',
  load(file) {
    if (!file.startsWith(resolve(COMPILED))) return null;
    const map = `${file}.map`;
    return { code: readFileSync(file, 'utf8'), map: existsSync(map) ? readFileSync(map, 'utf8') : { mappings: '' } };
  },
};

/** Removes the comments, which the sources and the declarations have, too. */
const withoutComments: Plugin = {
  name: 'without-comments',
  renderChunk: code => transform(code, { target: 'es2022', sourcemap: 'external', sourcesContent: false }),
};
