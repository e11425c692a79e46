import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export const loopback = '127.0.0.1';

/** Listens on a port of loopback, 0 for any free one, and gives its number. */
export async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, loopback);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/**
 * A port that nobody listens on now. It is below those that systems give to outgoing connections: a connect to one of those may be given
 * the port that it connects to, and then reaches itself, so that a server seems to be there that has not started.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  for (;;) {
    try {
      const port = await listen(server, randomInt(10_000, 32_768));
      await closeServer(server);
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}

/** Errors when nobody listens on the port. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, loopback);
  await once(socket, 'connect');
  return socket;
}

export async function closeSocket(socket: Socket): Promise<void> {
  if (socket.closed) return;
  socket.destroy();
  await once(socket, 'close');
}
