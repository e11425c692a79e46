import type { Socket } from 'node:net';
import { type Observable, Subject } from 'rxjs';
import { NO_BYTES } from '../../protocol/bytes.js';
import { Queue } from '../../protocol/collections/queue.js';
import { HIGH_WATER, linkClosing } from '../bounds.js';

/** The most bytes that are passed to a socket at a time. */
const PIECE = 64 * 1024;

/** Accepts the pieces: the socket itself, or a WebSocket on it. */
export interface PieceSink {
  /** Whether it accepts pieces. */
  readonly isOpen: boolean;
  write(piece: Uint8Array): void;
  end(): void;
}

/**
 * Writes to a socket piece by piece, each one when the operating system has the piece before. Node reports the end of a write but not its
 * progress, and it joins all waiting data into one write. So megabytes that were written at once to a slow link would show no progress for
 * minutes.
 */
export class PiecewiseWriter {
  readonly #socket: Socket;
  readonly #sink: PieceSink;
  /** Chunks of which no piece was passed to the socket. */
  readonly #waiting = new Queue<Uint8Array>();
  /** The pieces that remain of the chunk before them. */
  #rest = NO_BYTES;
  /** The bytes that were not passed to the socket, those of the rest included. */
  #waitingBytes = 0;
  #isFull = false;
  #isEnding = false;
  /** Made on demand, because most links are never full. */
  #drain$: Subject<void> | undefined;

  constructor(socket: Socket, sink: PieceSink) {
    this.#socket = socket;
    this.#sink = sink;
    socket.on('drain', () => this.#onDrain());
  }

  /** Emits when it accepts more after a `write` that returned false. */
  get drain$(): Observable<void> {
    return (this.#drain$ ??= new Subject());
  }

  get unsentBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  /** Implements `Link.write`. */
  write(chunk: Uint8Array): boolean {
    if (!this.#sink.isOpen || this.#isEnding) throw linkClosing();
    if (this.#waitingBytes === 0 && chunk.length <= PIECE && this.#acceptsPiece) this.#sink.write(chunk);
    else {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
      this.#writePieces();
    }
    this.#isFull = this.unsentBytes >= HIGH_WATER;
    return !this.#isFull;
  }

  /** Ends the sink after everything that was written before. */
  end(): void {
    this.#isEnding = true;
    if (this.#waitingBytes === 0) this.#sink.end();
  }

  /** Whether the socket holds nothing, or will not emit 'drain' for what it holds. */
  get #acceptsPiece(): boolean {
    return this.#socket.writableLength === 0 || !this.#socket.writableNeedDrain;
  }

  #writePieces(): void {
    while (this.#waitingBytes > 0 && this.#acceptsPiece && this.#sink.isOpen) {
      const chunk = this.#rest.length > 0 ? this.#rest : this.#waiting.take()!;
      const isLast = chunk.length <= PIECE;
      const piece = isLast ? chunk : chunk.subarray(0, PIECE);
      this.#rest = isLast ? NO_BYTES : chunk.subarray(PIECE);
      this.#waitingBytes -= piece.length;
      this.#sink.write(piece);
    }
    if (this.#isEnding && this.#waitingBytes === 0) this.#sink.end();
  }

  #onDrain(): void {
    this.#writePieces();
    if (!this.#isFull || this.unsentBytes >= HIGH_WATER) return;
    this.#isFull = false;
    this.#drain$?.next();
  }
}
