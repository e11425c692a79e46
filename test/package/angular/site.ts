import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { closeServer, freePort, listen, loopback } from '../../support/ports.js';
import type { Workspace } from './workspace.js';

/** An application that has been built, and can be visited. */
export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html' };

/** Serves the files of an application that is rendered by browsers only. */
export async function serveFiles({ root, name }: Workspace): Promise<Site> {
  const folder = join(root, 'dist', name, 'browser');
  const server = createServer(({ url = '/' }, response) => {
    const file = join(folder, new URL(url, 'http://site').pathname);
    const path = extname(file) !== '' && existsSync(file) ? file : join(folder, 'index.html');
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' });
    response.end(readFileSync(path));
  });
  const port = await listen(server);
  return {
    url: `http://${loopback}:${port}`,
    async close() {
      server.closeAllConnections();
      await closeServer(server);
    },
  };
}

/** Starts the server that `ng build` has made, which renders pages. */
export async function startRenderer({ root, name }: Workspace, node: string): Promise<Site> {
  const port = await freePort();
  const child = spawn(node, [join(root, 'dist', name, 'server/server.mjs')], {
    env: { ...process.env, PORT: `${port}`, NG_ALLOWED_HOSTS: loopback },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', line => {
      if (line.includes('listening')) resolve();
    });
    child.once('exit', code => reject(new Error(`the server has ended with ${code}`)));
  });
  return {
    url: `http://${loopback}:${port}`,
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
