import type { Socket } from 'node:net';
import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { MqttError } from '../../errors.js';
import { foreignProtocol } from '../../protocol/violations.js';
import { wordsOf } from '../../quoted.js';
import { LINGER } from '../bounds.js';
import type { Link, TransportTarget } from '../link.js';
import { PiecewiseWriter } from './piecewise-writer.js';

/** Returns a more specific error for what broke a link; undefined if it knows none. */
type Explain = (cause: NodeJS.ErrnoException) => MqttError | undefined;

/** Turns the socket that the source emits into a link. Unsubscribing closes the socket in bounded time. */
export function asLink({ scheduler }: TransportTarget, explain?: Explain): OperatorFunction<Socket, Link> {
  return socket$ =>
    new Observable(subscriber => {
      subscriber.add(
        socket$.subscribe({
          next: socket => {
            const writer = new PiecewiseWriter(socket, {
              get isOpen() {
                return socket.writable;
              },
              write: piece => void socket.write(piece),
              end: () => socket.end(),
            });
            subscriber.add(() => discard(socket, writer, scheduler));
            subscriber.next(socketLink(socket, writer, explain));
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });
}

function socketLink(socket: Socket, writer: PiecewiseWriter, explain: Explain = () => undefined): Link {
  let isFirstChunk = true;
  return {
    data$: new Observable(subscriber => {
      const onData = (chunk: Uint8Array) => {
        const foreign = isFirstChunk ? foreignProtocol(chunk[0], chunk[1]) : undefined;
        isFirstChunk = false;
        if (foreign === undefined) subscriber.next(chunk);
        else subscriber.error(wrongProtocol(foreign));
      };
      const onError = (cause: Error) => subscriber.error(explain(cause) ?? linkBroken(cause));
      const onEnd = () => subscriber.complete();
      socket.on('data', onData).on('error', onError).on('end', onEnd).on('close', onEnd);
      return () => socket.off('data', onData).off('error', onError).off('end', onEnd).off('close', onEnd);
    }),
    write: chunk => writer.write(chunk),
    drain$: writer.drain$,
    get unsentBytes() {
      return writer.unsentBytes;
    },
    // the kernel has copied what it accepted by the time that write() returns
    get holdsBytes() {
      return writer.unsentBytes > 0;
    },
    end: () => writer.end(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    ...addresses(socket),
  };
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
