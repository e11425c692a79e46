import { type Socket, connect } from 'node:net';

/** An open connection with small packets sent at once. */
export function openSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

export const closeSocket = (socket: Socket): Promise<void> =>
  new Promise(resolve => {
    socket.once('close', () => resolve());
    socket.end();
  });
