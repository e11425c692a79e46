import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, resolve, sep } from 'node:path';
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

/** Bytes of a request's body: the only one that is expected is `{"up":true}`. */
const longestBody = 1024;

/**
 * The application, and beside it:
 *
 * - `/mqtt`, the broker as a WebSocket;
 * - `/network`, the switch that cuts it: GET and PUT `{ "up": boolean }`. While it is down, every WebSocket is ended without a
 *   close frame, and none is accepted.
 *
 * Every request is answered, and affects no other one.
 */
export async function startWeb(folder: string, broker: Broker, port: number): Promise<Web> {
  let up = true;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024 * 1024,
    handleProtocols: offered => offered.has('mqtt') && 'mqtt',
  });

  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else reply(response, 400, 'Bad request');
    });
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const refuse = (status: string) => socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    if (!isFromHere(request.headers.origin)) refuse('403 Forbidden');
    else if (request.url !== '/mqtt') refuse('404 Not Found');
    else if (!up) refuse('503 Service Unavailable');
    else sockets.handleUpgrade(request, socket, head, webSocket => broker.handle(createWebSocketStream(webSocket)));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?');
    if (path !== '/network') return file(path, response);
    if (request.method === 'PUT') {
      if (!isFromHere(request.headers.origin)) return reply(response, 403, 'Forbidden');
      const body = await bodyOf(request);
      if (body === undefined) return reply(response, 413, 'Content too large');
      up = body === '{"up":true}';
      if (!up) for (const webSocket of sockets.clients) webSocket.terminate();
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ up }));
  }

  async function file(path: string, response: ServerResponse): Promise<void> {
    const name = resolve(folder, path === '/' ? 'index.html' : `.${path}`);
    const body = name.startsWith(resolve(folder) + sep) ? await readFile(name).catch(() => undefined) : undefined;
    if (body === undefined) return reply(response, 404, 'Not found');
    response
      .writeHead(200, {
        'content-type': types[extname(name)] ?? 'application/octet-stream',
        'x-content-type-options': 'nosniff',
      })
      .end(body);
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

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(text);
}

/** Undefined when it is too long; rejects when the request is cut off. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/**
 * A browser lets any page send a request or open a WebSocket, and sends the origin of the page. Only pages of this machine are accepted.
 * Programs send no origin.
 */
function isFromHere(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(origin).hostname);
}
