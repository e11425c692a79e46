import type { Socket } from 'node:net';
import { type Observable, Subject } from 'rxjs';
import { HIGH_WATER, closing } from '../bounds.js';

/** Bytes that a socket is given at a time. */
const PIECE = 64 * 1024;

/** Where the pieces go: the socket itself, or a WebSocket on it. */
export interface PieceSink {
  /** False once it takes nothing any more. */
  readonly isOpen: boolean;
  write(piece: Uint8Array): void;
  end(): void;
}

/**
 * Gives a socket its bytes piece by piece, and the next piece when the last one is with the operating system. Node tells when a write is
 * through, not how far it has come, and it joins all that waits into one write: given at once, megabytes on a slow link would show no
 * progress for minutes.
 */
export class PiecewiseWriter {
  readonly #socket: Socket;
  readonly #sink: PieceSink;
  /** Not given to the socket yet. */
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isFull = false;
  #isEnding = false;
  readonly #drain$ = new Subject<void>();
  /** Emits when there is room again after a `write` that said false. */
  readonly drain$: Observable<void> = this.#drain$.asObservable();

  constructor(socket: Socket, sink: PieceSink) {
    this.#socket = socket;
    this.#sink = sink;
    socket.on('drain', () => this.#drained());
  }

  get unsentBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  /** As `Link.write`. */
  write(chunk: Uint8Array): boolean {
    if (!this.#sink.isOpen || this.#isEnding) throw closing();
    if (this.#waitingBytes === 0 && chunk.length <= PIECE && this.#hasRoom) this.#sink.write(chunk);
    else {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
      this.#pump();
    }
    this.#isFull = this.unsentBytes >= HIGH_WATER;
    return !this.#isFull;
  }

  /** Ends the sink after all that was written. */
  end(): void {
    this.#isEnding = true;
    if (this.#waitingBytes === 0) this.#sink.end();
  }

  /** Whether the socket says when it is through with what it has, or has nothing. */
  get #hasRoom(): boolean {
    return this.#socket.writableLength === 0 || !this.#socket.writableNeedDrain;
  }

  #pump(): void {
    while (this.#waitingBytes > 0 && this.#hasRoom && this.#sink.isOpen) {
      const chunk = this.#waiting[0]!;
      const piece = chunk.length <= PIECE ? chunk : chunk.subarray(0, PIECE);
      if (piece === chunk) this.#waiting.shift();
      else this.#waiting[0] = chunk.subarray(PIECE);
      this.#waitingBytes -= piece.length;
      this.#sink.write(piece);
    }
    if (this.#isEnding && this.#waitingBytes === 0) this.#sink.end();
  }

  #drained(): void {
    this.#pump();
    if (!this.#isFull || this.unsentBytes >= HIGH_WATER) return;
    this.#isFull = false;
    this.#drain$.next();
  }
}
