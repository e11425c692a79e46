import type { Socket } from 'node:net';
import { Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { MqttError } from '../../errors.js';
import { LINGER } from '../bounds.js';
import type { Link, TransportTarget } from '../link.js';
import { PiecewiseWriter } from './piecewise-writer.js';
import { wrongProtocol } from './wrong-protocol.js';
import { wordsOf } from '../../quoted.js';

/** An error that breaks a link, in a more telling form where there is one. */
type Telling = (cause: NodeJS.ErrnoException) => MqttError | undefined;

/** Makes the socket that comes a link, and closes it, in bounded time, with the subscription. */
export function asLink({ scheduler }: TransportTarget, telling?: Telling): OperatorFunction<Socket, Link> {
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
            subscriber.next(socketLink(socket, writer, telling));
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });
}

function socketLink(socket: Socket, writer: PiecewiseWriter, telling: Telling = () => undefined): Link {
  let fresh = true;
  return {
    data$: new Observable(subscriber => {
      const data = (chunk: Uint8Array) => {
        const wrong = fresh ? wrongProtocol(chunk) : undefined;
        fresh = false;
        if (wrong === undefined) subscriber.next(chunk);
        else subscriber.error(wrong);
      };
      const error = (cause: Error) => subscriber.error(telling(cause) ?? lost(cause));
      const end = () => subscriber.complete();
      socket.on('data', data).on('error', error).on('end', end).on('close', end);
      return () => socket.off('data', data).off('error', error).off('end', end).off('close', end);
    }),
    write: chunk => writer.write(chunk),
    drain$: writer.drain$,
    get unsentBytes() {
      return writer.unsentBytes;
    },
    // what the kernel took at once is gone when write() returns
    get holdsBytes() {
      return writer.unsentBytes > 0;
    },
    end: () => writer.end(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    ...addresses(socket),
  };
}

/** What was written is sent, what still comes is thrown away. */
function discard(socket: Socket, writer: PiecewiseWriter, scheduler: SchedulerLike): void {
  if (socket.destroyed) return;
  const bound = scheduler.schedule(() => socket.destroy(), LINGER);
  socket.once('close', () => bound.unsubscribe());
  socket.resume();
  if (!socket.writableEnded) writer.end();
}

export const lost = (cause: Error): MqttError =>
  new MqttError('CONNECTION_CLOSED', `the connection broke: ${wordsOf(cause)}`, { cause, retryable: true });

/** Of a unix socket there are none. */
export function addresses({ localAddress, localPort, remoteAddress, remotePort }: Socket): Partial<Link> {
  return {
    ...(localAddress && { localAddress: address(localAddress, localPort) }),
    ...(remoteAddress && { remoteAddress: address(remoteAddress, remotePort) }),
  };
}

const address = (host: string, port = 0): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
