import type { Socket } from 'node:net';
import { Observable, type SchedulerLike, switchMap } from 'rxjs';
import { WebSocket } from 'ws';
import { LINGER, longestFrame } from './bounds.js';
import type { Link, Transport, TransportTarget } from './link.js';
import { plainSocket, secureSocket } from './stream.js';
import { refusedUpgrade, upgradeFailure } from './upgrade-failure.js';
import { subProtocols, upgradeUrl } from './web-socket-target.js';
import type { PiecewiseWriter } from './piecewise-writer.js';
import { writerOf, wsLink } from './ws-link.js';

/** MQTT over WebSocket in Node. The URL gives host, port (80, 443) and path. */
export const ws: Transport = target => {
  const socket$ = target.url.protocol === 'wss:' ? secureSocket(target, 443) : plainSocket(target, 80);
  return socket$.pipe(switchMap(socket => upgraded(socket, target)));
};

/** Emits the link when the server has upgraded. Unsubscribing closes the WebSocket in bounded time. */
function upgraded(socket: Socket, target: TransportTarget): Observable<Link> {
  return new Observable(subscriber => {
    const url = upgradeUrl(target);
    let writer: PiecewiseWriter | undefined;
    target.onPhase?.('websocket');
    const webSocket = new WebSocket(url, subProtocols(target), {
      createConnection: () => socket,
      headers: { ...target.options.websocket?.headers },
      perMessageDeflate: false,
      maxPayload: longestFrame(target.maximumPacketSize),
    });
    webSocket.once('open', () => {
      writer = writerOf(webSocket, socket);
      subscriber.next(wsLink(webSocket, socket, writer, target.scheduler));
    });
    webSocket.once('unexpected-response', (_, { statusCode = 0 }) => subscriber.error(refusedUpgrade(statusCode, url)));
    // stays in any case, so that no error is thrown; one of an open WebSocket is the link's
    webSocket.on('error', cause => {
      if (!writer) subscriber.error(upgradeFailure(cause, url));
    });
    return () => (writer ? discard(webSocket, writer, target.scheduler) : abort(webSocket, socket));
  });
}

function abort(webSocket: WebSocket, socket: Socket): void {
  webSocket.terminate();
  socket.destroy();
}

/** Parts in order, if the server does; what still comes is thrown away. */
function discard(webSocket: WebSocket, writer: PiecewiseWriter, scheduler: SchedulerLike): void {
  if (webSocket.readyState === WebSocket.CLOSED) return;
  const bound = scheduler.schedule(() => webSocket.terminate(), LINGER);
  webSocket.once('close', () => bound.unsubscribe());
  webSocket.resume();
  writer.end();
}
