import type { Socket } from 'node:net';
import { type Observable, Subject, type Unsubscribable } from 'rxjs';
import { NO_BYTES } from '../../protocol/bytes.js';
import { Queue } from '../../protocol/collections/queue.js';
import { HIGH_WATER, linkClosing } from '../bounds.js';
import type { Link } from '../link.js';

/** The most bytes that are passed to a socket at a time. */
const PIECE = 64 * 1024;

/** The key under which a socket has its link, so that its listeners are functions that all sockets share. */
export const LINK = Symbol('link');

/** A socket that has a link. */
export type LinkedSocket<L extends PiecewiseLink = PiecewiseLink> = Socket & { [LINK]: L };

/**
 * A link that writes to a socket piece by piece, each one when the operating system has the piece before. Node reports the end of a write
 * but not its progress, and it joins all waiting data into one write. So megabytes that were written at once to a slow link would show no
 * progress for minutes. Unsubscribing closes the link in bounded time.
 */
export abstract class PiecewiseLink implements Link, Unsubscribable {
  readonly #socket: Socket;
  /** Chunks of which no piece was passed to the socket. Made on demand, because most links are never that busy. */
  #waiting: Queue<Uint8Array> | undefined;
  /** The pieces that remain of the chunk before them. */
  #rest = NO_BYTES;
  /** The bytes that were not passed to the socket, those of the rest included. */
  #waitingBytes = 0;
  #isFull = false;
  #isEnding = false;
  /** Made on demand, because most links are never full. */
  #drain$: Subject<void> | undefined;

  readonly localAddress?: string;
  readonly remoteAddress?: string;

  constructor(socket: Socket) {
    this.#socket = socket;
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    // a unix socket has no addresses
    if (localAddress) this.localAddress = hostAndPort(localAddress, localPort);
    if (remoteAddress) this.remoteAddress = hostAndPort(remoteAddress, remotePort);
    (socket as LinkedSocket)[LINK] = this;
    socket.on('drain', onDrain);
  }

  abstract get data$(): Observable<Uint8Array>;
  abstract pause(): void;
  abstract resume(): void;
  abstract unsubscribe(): void;

  /** Whether pieces are accepted. */
  protected abstract get isOpen(): boolean;
  /** Passes a piece to the socket. */
  protected abstract writePiece(piece: Uint8Array): void;
  /** Ends the stream after the last piece. */
  protected abstract endPieces(): void;

  /** Emits when it accepts more after a `write` that returned false. */
  get drain$(): Observable<void> {
    return (this.#drain$ ??= new Subject());
  }

  get unsentBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  write(chunk: Uint8Array): boolean {
    if (!this.isOpen || this.#isEnding) throw linkClosing();
    if (this.#waitingBytes === 0 && chunk.length <= PIECE && this.#acceptsPiece) this.writePiece(chunk);
    else {
      this.#waiting ??= new Queue();
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
      this.#writePieces();
    }
    this.#isFull = this.unsentBytes >= HIGH_WATER;
    return !this.#isFull;
  }

  /** Ends the stream after everything that was written before. */
  end(): void {
    this.#isEnding = true;
    if (this.#waitingBytes === 0) this.endPieces();
  }

  /** Called when the socket has passed on what it held. */
  onDrain(): void {
    this.#writePieces();
    if (!this.#isFull || this.unsentBytes >= HIGH_WATER) return;
    this.#isFull = false;
    this.#drain$?.next();
  }

  /** Whether the socket holds nothing, or will not emit 'drain' for what it holds. */
  get #acceptsPiece(): boolean {
    return this.#socket.writableLength === 0 || !this.#socket.writableNeedDrain;
  }

  #writePieces(): void {
    while (this.#waitingBytes > 0 && this.#acceptsPiece && this.isOpen) {
      const chunk = this.#rest.length > 0 ? this.#rest : this.#waiting!.take()!;
      const isLast = chunk.length <= PIECE;
      const piece = isLast ? chunk : chunk.subarray(0, PIECE);
      this.#rest = isLast ? NO_BYTES : chunk.subarray(PIECE);
      this.#waitingBytes -= piece.length;
      this.writePiece(piece);
    }
    if (this.#isEnding && this.#waitingBytes === 0) this.endPieces();
  }
}

function onDrain(this: LinkedSocket): void {
  this[LINK].onDrain();
}

// join() makes one string, which is smaller than a concatenation that keeps its parts
const hostAndPort = (host: string, port = 0): string => [host.includes(':') ? `[${host}]` : host, port].join(':');
