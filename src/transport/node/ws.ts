import type { Socket } from 'node:net';
import { Observable, type SchedulerLike, switchMap, Subscription } from 'rxjs';
import { WebSocket, type RawData } from 'ws';
import { LINGER, longestFrame } from '../bounds.js';
import type { Link, Transport, TransportTarget } from '../link.js';
import { plainSocket, secureSocket } from './sockets.js';
import { refusedUpgrade, upgradeFailure } from './failures.js';
import { subProtocols, upgradeUrl, textFrame, closeReason } from '../web-socket-protocol.js';
import { PiecewiseWriter } from './piecewise-writer.js';
import { MqttError } from '../../errors.js';
import { addresses, linkBroken } from './socket-link.js';

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

/** Takes the bytes for a WebSocket of the package ws. Each piece is a frame of its own [MQTT-6.0.0-2]. */
const writerOf = (webSocket: WebSocket, socket: Socket): PiecewiseWriter =>
  // without compression a frame goes to the socket at once
  new PiecewiseWriter(socket, {
    get isOpen() {
      return webSocket.readyState === WebSocket.OPEN;
    },
    write: piece => webSocket.send(piece),
    end: () => webSocket.close(),
  });

/** An open WebSocket of the package ws as a link. */
function wsLink(webSocket: WebSocket, socket: Socket, writer: PiecewiseWriter, scheduler: SchedulerLike): Link {
  const pause = new PingablePause(webSocket, scheduler);
  return {
    data$: new Observable(subscriber => {
      const message = (data: RawData, isBinary: boolean) => {
        if (isBinary) {
          pause.received(data as Buffer);
          subscriber.next(data as Buffer);
        } else subscriber.error(textFrame());
      };
      const error = (cause: Error) => subscriber.error(linkBroken(cause));
      const close = (code: number, reason: Buffer) => {
        pause.end();
        const words = closeReason(code, reason.toString());
        if (words === undefined) subscriber.complete();
        else subscriber.error(new MqttError('CONNECTION_CLOSED', words, { retryable: true }));
      };
      webSocket.on('message', message).on('error', error).on('close', close);
      return () => {
        pause.end();
        webSocket.off('message', message).off('error', error).off('close', close);
      };
    }),
    write: chunk => writer.write(chunk),
    drain$: writer.drain$,
    get unsentBytes() {
      return writer.unsentBytes;
    },
    end: () => writer.end(),
    pause: () => pause.begin(),
    resume: () => pause.end(),
    ...addresses(socket),
  };
}

/** Bytes that are read after `pause()` all the same. */
const READ_AHEAD = 1024 * 1024;
/** ms between the pongs that say we live while nothing is read. */
const PONG_INTERVAL = 5_000;

/**
 * A pause of reading in which the server's pings are still answered: who does not answer them is hung up on. So it goes on reading for
 * a bounded amount, and ws answers the pings in there. When that is used up, the pings lie unread behind messages, and pongs that
 * nobody asked for say that we live (RFC 6455 section 5.5.3).
 */
class PingablePause {
  readonly #webSocket: WebSocket;
  readonly #scheduler: SchedulerLike;
  #isOn = false;
  #bytes = 0;
  #pongs = Subscription.EMPTY;

  constructor(webSocket: WebSocket, scheduler: SchedulerLike) {
    this.#webSocket = webSocket;
    this.#scheduler = scheduler;
  }

  begin(): void {
    this.#isOn = true;
    this.#bytes = 0;
  }

  received(data: Uint8Array): void {
    if (!this.#isOn) return;
    this.#bytes += data.length;
    if (this.#bytes <= READ_AHEAD || this.#webSocket.isPaused) return;
    this.#webSocket.pause();
    this.#pongs = this.#scheduler.schedule(() => this.#pong(), PONG_INTERVAL);
  }

  #pong(): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    this.#webSocket.pong();
    this.#pongs = this.#scheduler.schedule(() => this.#pong(), PONG_INTERVAL);
  }

  end(): void {
    this.#isOn = false;
    this.#pongs.unsubscribe();
    if (this.#webSocket.isPaused) this.#webSocket.resume();
  }
}
