import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { closeServer, listen, loopback } from '../../support/ports.js';
import { installed, run } from '../commands.js';
import type { Consumer } from '../consumer.js';
import { node } from '../runtimes.js';
import { newestAngular } from './check.js';

/** The package managers beside npm, and what installs them. */
export const managers = { pnpm: 'pnpm@9.15.9', yarn: 'yarn@1.22.22' } as const;

export type Manager = keyof typeof managers;

/** Makes an application with another package manager, whose packages are not pinned, adds the package by `ng add`, tests and builds it. */
export async function checkManager(manager: Manager, { root, tarball }: Consumer, tools: string): Promise<void> {
  const cli = join(await installed(`angular/${newestAngular}`), '@angular/cli/bin/ng.js');
  const parent = join(root, 'managers');
  const bin = join(parent, 'bin', manager);
  mkdirSync(bin, { recursive: true });
  await run('npm', ['install', '--prefix', bin, managers[manager]]);

  const registry = await startRegistry(tarball);
  const path = [join(bin, 'node_modules/.bin'), dirname(node(22)(tools)), process.env.PATH].join(':');
  const env = { NG_CLI_ANALYTICS: 'false', CI: 'true', PATH: path, npm_config_registry: registry.url };
  const workspace = join(parent, manager);
  const ng = (...args: readonly string[]) => run(node(22)(tools), [cli, ...args], workspace, env);
  try {
    const options = ['--defaults', '--skip-git', '--package-manager', manager];
    await run(node(22)(tools), [cli, 'new', manager, ...options], parent, env);
    const added = await ng('add', 'rxjs-mqtt', '--skip-confirmation');
    assert.match(added, new RegExp(`Using package manager: ${manager}`));
    assert.match(added, /CREATE src\/app\/mqtt-topic\.ts/);
    assert.match(readFileSync(join(workspace, 'package.json'), 'utf8'), /"dependencies": \{[^}]*"rxjs-mqtt"/);
    assert.match(readFileSync(join(workspace, 'src/app/app.config.ts'), 'utf8'), /provideMqtt\('ws:/);
    assert.match(await ng('test', '--watch=false'), /Tests {2}\d+ passed \(\d+\)/);
    assert.doesNotMatch(await ng('build'), /CommonJS|bailout/);
  } finally {
    await registry.close();
  }
}

/** Serves the tarball as a registry does, because the CLI asks for what a package says before it installs it. npm has all else. */
async function startRegistry(tarball: string): Promise<{ url: string; close(): Promise<void> }> {
  const upstream = (await run('npm', ['config', 'get', 'registry'])).trim();
  const manifest = JSON.parse(await run('tar', ['-xzOf', tarball, 'package/package.json'])) as {
    name: string;
    version: string;
  };
  const bytes = readFileSync(tarball);
  const path = `/${manifest.name}`;
  const server = createServer(({ url = '/' }, response) => {
    if (url === `${path}/tarball.tgz`) response.end(bytes);
    else if (url === path) response.setHeader('content-type', 'application/json').end(JSON.stringify(packument()));
    else response.writeHead(302, { location: new URL(url.slice(1), upstream).href }).end();
  });
  const address = `http://${loopback}:${await listen(server)}`;
  const packument = () => ({
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: {
      [manifest.version]: {
        ...manifest,
        dist: {
          tarball: `${address}${path}/tarball.tgz`,
          integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
        },
      },
    },
  });
  return {
    url: `${address}/`,
    close() {
      server.closeAllConnections();
      return closeServer(server);
    },
  };
}
