import { type Socket, connect, createServer } from 'node:net';
import { BehaviorSubject, type Observable } from 'rxjs';
import { CuttableServer } from '../support/cuttable-server.js';
import { loopback } from '../support/ports.js';

/** A way to a broker that can go dead: nothing passes, and nobody is told. */
export interface Wire {
  readonly port: number;
  /** How many connections are open, and how many have been. */
  readonly connections$: Observable<{ readonly open: number; readonly total: number }>;
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
  const connections$ = new BehaviorSubject({ open: 0, total: 0 });
  const count = (change: 0 | 1) => connections$.next({ open: near.size, total: connections$.value.total + change });
  let isDead = false;
  const server = await CuttableServer.over(
    createServer(socket => {
      if (isDead) return void socket.pause();
      const broker = connect(port, loopback);
      near.add(socket);
      count(1);
      socket.pipe(broker);
      broker.pipe(socket);
      socket.on('close', () => {
        near.delete(socket);
        count(0);
        broker.destroy();
      });
      broker.on('error', () => socket.destroy());
      // a socket that is not read does not notice that its other side has closed it
      broker.on('close', () => {
        if (!isDead) socket.resume();
      });
    }),
  );
  return {
    port: server.port,
    connections$,
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
