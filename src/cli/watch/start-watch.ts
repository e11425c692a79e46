import { type IncomingMessage, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Observable, type Subscription } from 'rxjs';
import { WebSocketServer } from 'ws';
import { MqttError } from '../../errors.js';
import type { TraceEvent } from '../../trace/trace-event.js';
import { PageAccess } from './page-access.js';
import { PageFeed } from './page-feed.js';
import { refuse, respond } from './page-files.js';
import { RecentLines } from './recent-lines.js';
import { traceLine } from './trace-line.js';

const LOOPBACK = '127.0.0.1';
/** Pages that are served at the same time. */
const MOST_PAGES = 20;

export interface WatchOptions {
  /** Default: a free one. */
  port?: number;
}

/** The page that shows a trace. */
export interface Watch {
  /** The URL of the page, with a token that only this process knows. */
  readonly url: string;
}

/**
 * Serves a page that shows a trace as it comes, to browsers on this machine only.
 *
 * Subscribing to it subscribes to the trace and opens the server. Emits the URL as soon as the server listens. Does not complete: the page
 * stays when the trace has ended. Errors if the trace errors, and with `INVALID_ARGUMENT` if the port cannot be opened. Unsubscribing closes
 * the server and the pages' connections.
 */
export function startWatch(trace$: Observable<TraceEvent>, { port = 0 }: WatchOptions = {}): Observable<Watch> {
  return new Observable(subscriber => {
    const access = new PageAccess();
    const hub = new PageHub();
    const server = createServer((request, response) => {
      const path = access.path(request);
      if (path === undefined) refuse(response, 403, 'This page is for those who have its URL');
      else void respond(response, request.method ?? '', path, request.headers.host!);
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (access.path(request) === 'trace' && access.isOwnPage(request)) hub.accept(request, socket, head);
      else socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
    });
    server.once('error', cause => subscriber.error(portError(port, cause)));
    server.listen(port, LOOPBACK, () => subscriber.next({ url: access.open((server.address() as AddressInfo).port) }));
    subscriber.add(() => close(server, hub));
    subscriber.add(hub.follow(trace$, error => subscriber.error(error)));
  });
}

/** The pages that are open, and what a further one begins with. */
class PageHub {
  readonly #recent = new RecentLines();
  readonly #feeds = new Set<PageFeed>();
  // A page says nothing, so what it may say is bounded.
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 1_024, perMessageDeflate: false });

  follow(trace$: Observable<TraceEvent>, onError: (error: unknown) => void): Subscription {
    return trace$.subscribe({
      next: event => {
        const line = traceLine(event);
        this.#recent.add(line);
        for (const feed of this.#feeds) feed.add(line);
      },
      error: onError,
    });
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#feeds.size >= MOST_PAGES) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, webSocket => {
      const feed = new PageFeed(webSocket);
      this.#feeds.add(feed);
      webSocket.once('close', () => this.#feeds.delete(feed));
      // Without a listener, the error of a page that is gone would end the process.
      webSocket.on('error', () => webSocket.terminate());
      for (const line of this.#recent.lines()) feed.add(line);
    });
  }

  close(): void {
    for (const feed of this.#feeds) feed.close();
    this.#sockets.close();
  }
}

function close(server: Server, hub: PageHub): void {
  hub.close();
  server.close();
  server.closeIdleConnections();
}

function portError(port: number, cause: Error): MqttError {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === 'EADDRINUSE' ? 'is in use' : 'cannot be opened';
  return new MqttError('INVALID_ARGUMENT', `port ${port} of ${LOOPBACK} ${why}; without a port, a free one is used`, {
    cause,
    subject: String(port),
  });
}
