import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';
import { run } from '../commands.js';

export interface Bundle {
  code: string;
  warnings: string[];
}

/** Bundles a file of the folder `root` for browsers, with as few options as the bundler allows. */
export type Bundler = (root: string, file: string) => Promise<Bundle>;

/** The bundlers. `tools` is the folder of those that this project does not have. */
export const bundlers: Readonly<Record<string, (tools: string) => Bundler>> = {
  esbuild: () => (root, file) => bundleByEsbuild(root, file, 'browser'),

  rollup: () => async (root, file) => {
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

  vite: () => async (root, file) => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const customLogger: vite.Logger = { ...vite.createLogger('silent'), warn, warnOnce: warn, error: warn };
    writePage(root, file);
    // Left out, because to preload a module is to ask the document.
    const build = { modulePreload: { polyfill: false } };
    await vite.build({ root, configFile: false, logLevel: 'silent', customLogger, build });
    return { code: onlyScript(join(root, 'dist/assets')), warnings };
  },

  webpack: () => (root, file) => bundleByWebpack(webpack, root, file),

  rspack: tools => async (root, file) => {
    // It has the interface of webpack.
    const module = pathToFileURL(join(tools, '@rspack/core/dist/index.js')).href;
    const { rspack } = (await import(module)) as { rspack: typeof webpack };
    return bundleByWebpack(rspack, root, file);
  },

  parcel: tools => async (root, file) => {
    writePage(root, file);
    const options = ['--no-cache', '--no-source-maps', '--log-level=warn', '--dist-dir=dist'];
    const printed = await run(
      process.execPath,
      [join(tools, 'parcel/lib/bin.js'), 'build', 'index.html', ...options],
      root,
    );
    return { code: onlyScript(join(root, 'dist')), warnings: printed === '' ? [] : [printed] };
  },
};

export function writePage(root: string, file: string): void {
  writeFileSync(join(root, 'index.html'), `<script type="module" src="./${file}"></script>`);
}

function onlyScript(folder: string): string {
  const [script, ...others] = readdirSync(folder).filter(name => name.endsWith('.js'));
  if (script === undefined || others.length > 0) throw new Error(`${folder} has ${others.length + 1} scripts`);
  return readFileSync(join(folder, script), 'utf8');
}

async function bundleByWebpack(bundle: typeof webpack, root: string, file: string): Promise<Bundle> {
  const path = join(root, 'dist');
  // With RxJS the whole client is above the 244 KiB at which webpack begins to advise; .size-limit.json bounds it.
  const performance = { hints: false } as const;
  const compiler = bundle({ context: root, mode: 'production', entry: `./${file}`, output: { path }, performance });
  const stats = await new Promise<webpack.Stats>((resolve, reject) => {
    compiler.run((error, result) => (result === undefined ? reject(error ?? new Error('nothing')) : resolve(result)));
  });
  const { warnings = [], errors = [] } = stats.toJson({ warnings: true, errors: true });
  const code = readFileSync(join(path, 'main.js'), 'utf8');
  return { code, warnings: [...warnings, ...errors].map(({ message }) => message) };
}

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
