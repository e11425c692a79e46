import type { Server, Socket } from 'node:net';
import { closeServer, listen } from './ports.js';

/** A server that can lose its clients, and go away and come back on the same port. */
export class CuttableServer {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async over(server: Server): Promise<CuttableServer> {
    const cuttable = new CuttableServer(server, await listen(server));
    server.on('connection', (socket: Socket) => cuttable.add(socket));
    return cuttable;
  }

  connections(): number {
    return this.sockets.size;
  }

  /** Resets every connection (RST). */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Refuses connections from now on, and cuts those there are. */
  async stop(): Promise<void> {
    const closed = closeServer(this.server);
    this.cut();
    await closed;
  }

  async start(): Promise<void> {
    if (!this.server.listening) await listen(this.server, this.port);
  }

  private add(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined); // a reset by the client is no matter of a test
    socket.on('close', () => this.sockets.delete(socket));
  }
}
