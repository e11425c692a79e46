import { createServer } from 'node:net';
import { Aedes, type AedesOptions } from 'aedes';
import { CuttableServer } from './cuttable-server.js';
import { loopback } from './ports.js';

/** The broker of most tests: aedes in this process, over TCP. It speaks 3.1 and 3.1.1. */
export interface AedesServer {
  readonly url: string;
  readonly port: number;
  readonly broker: Aedes;
  /** TCP connections now. */
  connections(): number;
  /** Resets every connection (RST); the next one is taken. */
  cut(): void;
  /** Refuses connections, and cuts those there are; the broker keeps its sessions. */
  stop(): Promise<void>;
  /** Takes connections again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startAedes(options: AedesOptions = {}): Promise<AedesServer> {
  const broker = await Aedes.createBroker(options);
  const tcp = await CuttableServer.over(createServer(socket => void broker.handle(socket)));
  return {
    url: `mqtt://${loopback}:${tcp.port}`,
    port: tcp.port,
    broker,
    connections: () => tcp.connections(),
    cut: () => tcp.cut(),
    stop: () => tcp.stop(),
    start: () => tcp.start(),
    async close() {
      await tcp.stop();
      await new Promise<void>(resolve => broker.close(resolve));
    },
  };
}
