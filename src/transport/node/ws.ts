import type { Socket } from 'node:net';
import { Observable, type SchedulerLike, Subscription, defer, switchMap } from 'rxjs';
import { type RawData, WebSocket } from 'ws';
import { MqttError } from '../../errors.js';
import { LINGER, longestFrame } from '../bounds.js';
import type { Link, Transport, TransportTarget } from '../link.js';
import { closeReason, subProtocols, textFrame, upgradeUrl } from '../web-socket-protocol.js';
import { refusedUpgrade, upgradeFailure } from './failures.js';
import { PiecewiseLink } from './piecewise-link.js';
import { linkBroken } from './socket-link.js';
import { plainSocket, secureSocket } from './sockets.js';

/** MQTT over WebSocket on Node, to the host, port and path of the URL. The default port is 80, or 443 for wss://. */
export const ws: Transport = target => {
  const socket$ = target.url.protocol === 'wss:' ? secureSocket(target, 443) : defer(() => plainSocket(target, 80));
  return socket$.pipe(switchMap(socket => upgrade(socket, target)));
};

/**
 * Pings that may be read before their pongs are written. ws ends the connection at more of them, and by default at 60: so many can have
 * arrived while this client did not read for some minutes.
 */
const PENDING_PONGS = 1000;

/** Upgrades the socket to a WebSocket, and emits it as a link. Unsubscribing closes the WebSocket in bounded time. */
function upgrade(socket: Socket, target: TransportTarget): Observable<Link> {
  return new Observable(subscriber => {
    const url = upgradeUrl(target);
    let link: WsLink | undefined;
    target.onPhase?.('websocket');
    const webSocket = new WebSocket(url, subProtocols(target), {
      createConnection: () => socket,
      headers: { ...target.options.websocket?.headers },
      perMessageDeflate: false,
      maxPayload: longestFrame(target.maximumPacketSize),
      // the installed types do not have it
      ...{ maxPendingAutoPongs: PENDING_PONGS },
    });
    webSocket.once('open', () => {
      link = new WsLink(webSocket, socket, target.scheduler);
      subscriber.next(link);
    });
    webSocket.once('unexpected-response', (_, { statusCode = 0 }) => subscriber.error(refusedUpgrade(statusCode, url)));
    // this listener stays: without one, Node throws the error of a WebSocket; an error while it is open goes to the link
    webSocket.on('error', cause => {
      if (!link) subscriber.error(upgradeFailure(cause, url));
    });
    return () => (link ? link.unsubscribe() : abort(webSocket, socket));
  });
}

function abort(webSocket: WebSocket, socket: Socket): void {
  webSocket.terminate();
  socket.destroy();
}

/** An open WebSocket as a link. Each piece becomes one frame: packets need not align with frames [MQTT-6.0.0-2]. */
class WsLink extends PiecewiseLink {
  readonly #webSocket: WebSocket;
  readonly #scheduler: SchedulerLike;
  readonly #readPause: WebSocketReadPause;

  constructor(webSocket: WebSocket, socket: Socket, scheduler: SchedulerLike) {
    super(socket);
    this.#webSocket = webSocket;
    this.#scheduler = scheduler;
    this.#readPause = new WebSocketReadPause(webSocket, scheduler);
  }

  get data$(): Observable<Uint8Array> {
    return new Observable(subscriber => {
      const webSocket = this.#webSocket;
      const onMessage = (data: RawData, isBinary: boolean) => {
        if (isBinary) {
          this.#readPause.received(data as Buffer);
          subscriber.next(data as Buffer);
        } else subscriber.error(textFrame());
      };
      const onError = (cause: Error) => subscriber.error(linkBroken(cause));
      const onClose = (code: number, reason: Buffer) => {
        this.resume();
        const words = closeReason(code, reason.toString());
        if (words === undefined) subscriber.complete();
        else subscriber.error(new MqttError('CONNECTION_CLOSED', words, { retryable: true }));
      };
      webSocket.on('message', onMessage).on('error', onError).on('close', onClose);
      return () => {
        this.resume();
        webSocket.off('message', onMessage).off('error', onError).off('close', onClose);
      };
    });
  }

  pause(): void {
    this.#readPause.pause();
  }

  resume(): void {
    this.#readPause.resume();
  }

  /** Sends what was written and closes the WebSocket in order, ignores what still arrives, and terminates it after `LINGER` ms. */
  unsubscribe(): void {
    const webSocket = this.#webSocket;
    if (webSocket.readyState === WebSocket.CLOSED) return;
    const timeout = this.#scheduler.schedule(() => webSocket.terminate(), LINGER);
    webSocket.once('close', () => timeout.unsubscribe());
    webSocket.resume();
    this.end();
  }

  protected get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }

  protected writePiece(piece: Uint8Array): void {
    // without compression ws passes a frame to the socket synchronously
    this.#webSocket.send(piece);
  }

  protected endPieces(): void {
    this.#webSocket.close();
  }
}

/** Bytes that are still read after `pause()`. */
const READ_AHEAD = 1024 * 1024;
/** ms between pongs while nothing is read. */
const PONG_INTERVAL = 5_000;

/**
 * Pauses reading without a server that sends pings closing the connection. At first a bounded amount of data is still read, and ws answers
 * the pings in it. After that, pings wait unread behind messages, and unsolicited pongs (RFC 6455 section 5.5.3) show the server that the
 * client is alive.
 */
class WebSocketReadPause {
  readonly #webSocket: WebSocket;
  readonly #scheduler: SchedulerLike;
  #isPaused = false;
  #bytesRead = 0;
  #pongs = Subscription.EMPTY;

  constructor(webSocket: WebSocket, scheduler: SchedulerLike) {
    this.#webSocket = webSocket;
    this.#scheduler = scheduler;
  }

  pause(): void {
    this.#isPaused = true;
    this.#bytesRead = 0;
  }

  resume(): void {
    this.#isPaused = false;
    this.#pongs.unsubscribe();
    if (this.#webSocket.isPaused) this.#webSocket.resume();
  }

  received(data: Uint8Array): void {
    if (!this.#isPaused) return;
    this.#bytesRead += data.length;
    if (this.#bytesRead <= READ_AHEAD || this.#webSocket.isPaused) return;
    this.#webSocket.pause();
    this.#pongs = this.#scheduler.schedule(() => this.#sendPong(), PONG_INTERVAL);
  }

  #sendPong(): void {
    if (this.#webSocket.readyState !== WebSocket.OPEN) return;
    this.#webSocket.pong();
    this.#pongs = this.#scheduler.schedule(() => this.#sendPong(), PONG_INTERVAL);
  }
}
