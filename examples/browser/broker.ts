import type { IncomingMessage, Server } from 'node:http';
import { Aedes } from 'aedes';
import { WebSocketServer, createWebSocketStream } from 'ws';

export interface Broker {
  /** Ends every connection without DISCONNECT, and accepts none. */
  cut(): void;
  mend(): void;
  /** How often a client of a page has connected. */
  readonly connects: number;
  close(): Promise<void>;
}

/** A broker at `/mqtt` of a web server. */
export async function startBroker(server: Server): Promise<Broker> {
  let up = true;
  let connects = 0;
  const aedes = await Aedes.createBroker();
  const sockets = new WebSocketServer({
    server,
    path: '/mqtt',
    maxPayload: 1024 * 1024,
    verifyClient({ req }: { req: IncomingMessage }, answer: (accepted: boolean, status?: number) => void) {
      if (!isFromHere(req.headers.origin)) answer(false, 403);
      else answer(up, 503);
    },
  });
  aedes.on('clientReady', ({ req }) => {
    if (req?.headers.origin !== undefined) connects++;
  });
  sockets.on('connection', (socket, request) => {
    const link = createWebSocketStream(socket);
    link.on('error', () => undefined); // the client reports a broken link
    void aedes.handle(link, request);
  });
  const cut = () => {
    up = false;
    for (const socket of sockets.clients) socket.terminate();
  };
  return {
    cut,
    mend: () => void (up = true),
    get connects() {
      return connects;
    },
    async close() {
      cut();
      await new Promise<void>(resolve => aedes.close(resolve));
    },
  };
}

/**
 * A browser lets any page open a WebSocket, and sends the origin of the page. Only pages of this machine are accepted. Programs send no
 * origin.
 */
function isFromHere(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(origin).hostname);
}
