import type { Socket } from 'node:net';
import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { MqttError } from '../../errors.js';
import { foreignProtocol } from '../../protocol/violations.js';
import { quoted, wordsOf } from '../../quoted.js';
import { LINGER } from '../bounds.js';
import type { Link, TransportTarget } from '../link.js';
import { ignoreError } from './dial.js';
import { LINK, type LinkedSocket, PiecewiseLink } from './piecewise-link.js';

/** Returns a more specific error for what broke a link; undefined if it knows none. */
type Explain = (cause: NodeJS.ErrnoException) => MqttError | undefined;

/** Opens a socket when subscribed, and emits it as a link. Unsubscribing closes the socket in bounded time. */
export function socketLink(
  target: TransportTarget,
  open: (target: TransportTarget) => Observable<Socket>,
  explain?: Explain,
): Observable<Link> {
  return new Observable(subscriber => {
    const opening = open(target).subscribe({
      next: socket => {
        const link = new SocketLink(socket, target.scheduler, explain);
        subscriber.add(link);
        subscriber.next(link);
      },
      error: (error: unknown) => subscriber.error(error),
    });
    subscriber.add(opening);
  });
}

class SocketLink extends PiecewiseLink {
  readonly #socket: Socket;
  readonly #scheduler: SchedulerLike;
  readonly #explain: Explain | undefined;
  #subscriber: Subscriber<Uint8Array> | undefined;
  #isFirstChunk = true;

  constructor(socket: Socket, scheduler: SchedulerLike, explain?: Explain) {
    super(socket);
    this.#socket = socket;
    this.#scheduler = scheduler;
    this.#explain = explain;
  }

  /** The listeners stay until the socket is closed, and what they pass to a subscriber that has unsubscribed is ignored. */
  get data$(): Observable<Uint8Array> {
    return new Observable(subscriber => {
      this.#subscriber = subscriber;
      this.#socket.on('error', onError).off('error', ignoreError);
      this.#socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    });
  }

  onData(chunk: Uint8Array): void {
    const foreign = this.#isFirstChunk ? (foreignProtocol(chunk[0], chunk[1]) ?? foreignText(chunk)) : undefined;
    this.#isFirstChunk = false;
    if (foreign === undefined) this.#subscriber!.next(chunk);
    else this.#subscriber!.error(wrongProtocol(foreign));
  }

  onError(cause: Error): void {
    this.#subscriber!.error(this.#explain?.(cause) ?? linkBroken(cause));
  }

  onEnd(): void {
    this.#subscriber!.complete();
  }

  get holdsBytes(): boolean {
    // the kernel has copied what it accepted by the time that write() returns
    return this.unsentBytes > 0;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends what was written, ignores what still arrives, and destroys the socket after `LINGER` ms. */
  unsubscribe(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const timeout = this.#scheduler.schedule(() => socket.destroy(), LINGER);
    socket.once('close', () => timeout.unsubscribe());
    socket.resume();
    if (!socket.writableEnded) this.end();
  }

  protected get isOpen(): boolean {
    return this.#socket.writable;
  }

  protected writePiece(piece: Uint8Array): void {
    this.#socket.write(piece);
  }

  protected endPieces(): void {
    this.#socket.end();
  }
}

function onData(this: LinkedSocket<SocketLink>, chunk: Uint8Array): void {
  this[LINK].onData(chunk);
}

function onError(this: LinkedSocket<SocketLink>, cause: Error): void {
  this[LINK].onError(cause);
}

function onEnd(this: LinkedSocket<SocketLink>): void {
  this[LINK].onEnd();
}

/** Returns the error of a link that broke while it was open. */
export const linkBroken = (cause: Error): MqttError =>
  new MqttError('CONNECTION_CLOSED', `the connection broke: ${wordsOf(cause)}`, { cause, retryable: true });

/**
 * Describes a text with which another protocol begins, such as SSH, SMTP, AMQP, NATS or Redis; undefined if the bytes may be MQTT. The first
 * packet of a broker has flags in its third byte, or a length, which are no ASCII. Only the first word is shown: a server may repeat to the
 * client what it has sent.
 */
function foreignText(chunk: Uint8Array): string | undefined {
  const text = String.fromCharCode(...chunk.subarray(0, 32));
  const [word] = /^(?=[!-~][ -~]{3})[!-~]+/.exec(text) ?? [];
  return word && `it begins with ${quoted(word)}`;
}

const wrongProtocol = (foreign: string): MqttError =>
  new MqttError('CONNECTION_FAILED', `that port does not speak MQTT; ${foreign}`, { phase: 'mqtt', retryable: true });
