import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';

export interface Bundle {
  code: string;
  warnings: string[];
}

/** Bundles a file of the folder `root` for browsers, with as few options as the bundler allows. */
export type Bundler = (root: string, file: string) => Promise<Bundle>;

export const bundlers: Record<string, Bundler> = {
  esbuild: (root, file) => bundleByEsbuild(root, file, 'browser'),

  async rollup(root, file) {
    const warnings: string[] = [];
    const bundle = await rollup({
      input: join(root, file),
      plugins: [nodeResolve()],
      onwarn: ({ message }) => void warnings.push(message),
    });
    const { output } = await bundle.generate({ format: 'iife' });
    await bundle.close();
    return { code: output[0].code, warnings };
  },

  async vite(root, file) {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const customLogger: vite.Logger = { ...vite.createLogger('silent'), warn, warnOnce: warn, error: warn };
    writeFileSync(join(root, 'index.html'), `<script type="module" src="./${file}"></script>`);
    // Left out, because to preload a module is to ask the document.
    const build = { modulePreload: { polyfill: false } };
    await vite.build({ root, configFile: false, logLevel: 'silent', customLogger, build });
    const folder = join(root, 'dist/assets');
    const [script] = readdirSync(folder);
    return { code: readFileSync(join(folder, script!), 'utf8'), warnings };
  },

  async webpack(root, file) {
    const path = join(root, 'dist');
    // with RxJS the whole client is above the 244 KiB at which webpack begins to advise; .size-limit.json bounds it
    const performance = { maxAssetSize: 300_000, maxEntrypointSize: 300_000 };
    const compiler = webpack({ context: root, mode: 'production', entry: `./${file}`, output: { path }, performance });
    const stats = await new Promise<webpack.Stats>((resolve, reject) => {
      compiler.run((error, result) => (result === undefined ? reject(error ?? new Error('nothing')) : resolve(result)));
    });
    const { warnings = [], errors = [] } = stats.toJson({ warnings: true, errors: true });
    const code = readFileSync(join(path, 'main.js'), 'utf8');
    return { code, warnings: [...warnings, ...errors].map(({ message }) => message) };
  },
};

/** A bundle for servers. */
export const bundleForNode: Bundler = (root, file) => bundleByEsbuild(root, file, 'node');

async function bundleByEsbuild(root: string, file: string, platform: esbuild.Platform): Promise<Bundle> {
  const { outputFiles, warnings } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [file],
    platform,
    bundle: true,
    minify: true,
    write: false,
    logLevel: 'silent',
  });
  return { code: outputFiles[0]!.text, warnings: warnings.map(({ text }) => text) };
}
