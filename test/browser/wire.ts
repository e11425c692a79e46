import { type Socket, connect, createServer } from 'node:net';
import { CuttableServer } from '../support/cuttable-server.js';
import { loopback } from '../support/ports.js';

/** A way to a broker that can go dead: nothing passes, and nobody is told. */
export interface Wire {
  readonly port: number;
  /** What is connected stays dead, and so does what connects while it is. */
  dead(): void;
  /** For those that connect from now on. */
  alive(): void;
  /** Resets what is connected. */
  cut(): void;
  close(): Promise<void>;
}

export async function wireTo(port: number): Promise<Wire> {
  const near = new Set<Socket>();
  let isDead = false;
  const server = await CuttableServer.over(
    createServer(socket => {
      if (isDead) return void socket.pause();
      const broker = connect(port, loopback);
      near.add(socket);
      socket.pipe(broker);
      broker.pipe(socket);
      socket.on('close', () => {
        near.delete(socket);
        broker.destroy();
      });
      broker.on('error', () => socket.destroy());
    }),
  );
  return {
    port: server.port,
    dead() {
      isDead = true;
      for (const socket of near) {
        socket.unpipe();
        socket.pause();
      }
    },
    alive: () => void (isDead = false),
    cut: () => server.cut(),
    close: () => server.stop(),
  };
}
