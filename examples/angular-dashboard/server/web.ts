import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer, createWebSocketStream } from 'ws';
import type { Broker } from './broker.js';

export interface Web {
  readonly url: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * The application, and beside it:
 *
 * - `/mqtt`, the broker as a WebSocket;
 * - `/network`, the switch that cuts it: GET and PUT `{ "up": boolean }`. While it is down every WebSocket is ended without a word,
 *   and none is let in.
 */
export async function startWeb(folder: string, broker: Broker, port: number): Promise<Web> {
  let up = true;
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: offered => offered.has('mqtt') && 'mqtt' });

  const server = createServer((request, response) => void answer(request, response));
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (!up || request.url !== '/mqtt') socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
    else sockets.handleUpgrade(request, socket, head, webSocket => broker.handle(createWebSocketStream(webSocket)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (path !== '/network') return file(path, response);
    if (request.method === 'PUT') {
      const chunks: Buffer[] = await request.toArray();
      up = Buffer.concat(chunks).toString() === '{"up":true}';
      if (!up) for (const webSocket of sockets.clients) webSocket.terminate();
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ up }));
  }

  async function file(path: string, response: ServerResponse): Promise<void> {
    const name = path === '/' ? '/index.html' : normalize(path);
    try {
      const body = await readFile(join(folder, name));
      response.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found');
    }
  }

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const webSocket of sockets.clients) webSocket.terminate();
      server.closeAllConnections();
      await closed;
    },
  };
}
