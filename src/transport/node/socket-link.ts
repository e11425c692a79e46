import type { Socket } from 'node:net';
import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { MqttError } from '../../errors.js';
import { foreignProtocol } from '../../protocol/violations.js';
import { wordsOf } from '../../quoted.js';
import { LINGER } from '../bounds.js';
import type { Link, TransportTarget } from '../link.js';
import { type PieceSink, PiecewiseWriter } from './piecewise-writer.js';

/** Returns a more specific error for what broke a link; undefined if it knows none. */
type Explain = (cause: NodeJS.ErrnoException) => MqttError | undefined;

/** Turns the socket that the source emits into a link. Unsubscribing closes the socket in bounded time. */
export function asLink({ scheduler }: TransportTarget, explain?: Explain): OperatorFunction<Socket, Link> {
  return socket$ =>
    new Observable(subscriber => {
      subscriber.add(
        socket$.subscribe({
          next: socket => {
            const writer = new PiecewiseWriter(socket, new SocketSink(socket));
            subscriber.add(() => discard(socket, writer, scheduler));
            subscriber.next(new SocketLink(socket, writer, explain));
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });
}

class SocketSink implements PieceSink {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  write(piece: Uint8Array): void {
    this.#socket.write(piece);
  }

  end(): void {
    this.#socket.end();
  }
}

class SocketLink implements Link {
  readonly #socket: Socket;
  readonly #writer: PiecewiseWriter;
  readonly #explain: Explain | undefined;
  readonly localAddress?: string;
  readonly remoteAddress?: string;

  constructor(socket: Socket, writer: PiecewiseWriter, explain?: Explain) {
    this.#socket = socket;
    this.#writer = writer;
    this.#explain = explain;
    const { localAddress, remoteAddress } = addresses(socket);
    if (localAddress !== undefined) this.localAddress = localAddress;
    if (remoteAddress !== undefined) this.remoteAddress = remoteAddress;
  }

  get data$(): Observable<Uint8Array> {
    return new Observable(subscriber => {
      let isFirstChunk = true;
      const onData = (chunk: Uint8Array) => {
        const foreign = isFirstChunk ? foreignProtocol(chunk[0], chunk[1]) : undefined;
        isFirstChunk = false;
        if (foreign === undefined) subscriber.next(chunk);
        else subscriber.error(wrongProtocol(foreign));
      };
      const onError = (cause: Error) => subscriber.error(this.#explain?.(cause) ?? linkBroken(cause));
      const onEnd = () => subscriber.complete();
      const socket = this.#socket;
      socket.on('data', onData).on('error', onError).on('end', onEnd).on('close', onEnd);
      return () => socket.off('data', onData).off('error', onError).off('end', onEnd).off('close', onEnd);
    });
  }

  write(chunk: Uint8Array): boolean {
    return this.#writer.write(chunk);
  }

  get drain$(): Observable<void> {
    return this.#writer.drain$;
  }

  get unsentBytes(): number {
    return this.#writer.unsentBytes;
  }

  get holdsBytes(): boolean {
    // the kernel has copied what it accepted by the time that write() returns
    return this.#writer.unsentBytes > 0;
  }

  end(): void {
    this.#writer.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

/** Sends what was written, ignores what still arrives, and destroys the socket after `LINGER` ms. */
function discard(socket: Socket, writer: PiecewiseWriter, scheduler: SchedulerLike): void {
  if (socket.destroyed) return;
  const timeout = scheduler.schedule(() => socket.destroy(), LINGER);
  socket.once('close', () => timeout.unsubscribe());
  socket.resume();
  if (!socket.writableEnded) writer.end();
}

/** Returns the error of a link that broke while it was open. */
export const linkBroken = (cause: Error): MqttError =>
  new MqttError('CONNECTION_CLOSED', `the connection broke: ${wordsOf(cause)}`, { cause, retryable: true });

const wrongProtocol = (foreign: string): MqttError =>
  new MqttError('CONNECTION_FAILED', `that port does not speak MQTT; ${foreign}`, { phase: 'mqtt', retryable: true });

/** Returns the addresses of both ends. A unix socket has none. */
export function addresses({ localAddress, localPort, remoteAddress, remotePort }: Socket): Partial<Link> {
  return {
    ...(localAddress && { localAddress: hostAndPort(localAddress, localPort) }),
    ...(remoteAddress && { remoteAddress: hostAndPort(remoteAddress, remotePort) }),
  };
}

const hostAndPort = (host: string, port = 0): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
