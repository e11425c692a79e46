import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Broker, startBroker } from './broker.js';
import { bundle } from './bundle.js';
import { sensors } from './sensors.js';

export interface Site {
  readonly url: string;
  readonly broker: Broker;
  close(): Promise<void>;
}

const headers = {
  // the page may connect to any broker that you enter; everything else comes from this server
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:',
    'connect-src ws: wss:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
};

/** Serves the page, the broker and the sensors on one port of this machine; 0 selects a free one. */
export async function startSite(port: number): Promise<Site> {
  const read = (name: string) => readFile(new URL(name, import.meta.url), 'utf8');
  const files = new Map([
    ['/', { type: 'text/html', body: await read('./index.html') }],
    ['/page.css', { type: 'text/css', body: await read('./page.css') }],
    ['/page.js', { type: 'text/javascript', body: await bundle('page.ts') }],
    ['/worker.js', { type: 'text/javascript', body: await bundle('worker.ts') }],
  ]);
  const server = createServer(({ url = '/' }, response) => {
    const { type, body } = files.get(url.split('?')[0]!) ?? { type: 'text/plain', body: undefined };
    response.writeHead(body === undefined ? 404 : 200, { ...headers, 'content-type': `${type}; charset=utf-8` });
    response.end(body ?? 'Not found');
  });
  const broker = await startBroker(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const running = sensors(`ws://${address}/mqtt`).subscribe();
  return {
    url: `http://${address}/`,
    broker,
    async close() {
      running.unsubscribe();
      await broker.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
