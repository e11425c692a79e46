import { connect, createServer, type Socket } from 'node:net';
import { CuttableServer } from './cuttable-server.js';
import { loopback } from './ports.js';

/** A wire to a broker that carries so many bytes a second in each direction, and no more. */
export interface SlowProxy {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** ms between two portions. */
const PORTION = 10;

export async function startSlowProxy(brokerPort: number, bytesPerSecond: number): Promise<SlowProxy> {
  let connections = 0;
  const portion = Math.ceil((bytesPerSecond * PORTION) / 1000);
  const server = createServer({ noDelay: true }, client => {
    connections++;
    const broker = connect({ port: brokerPort, host: loopback, noDelay: true });
    forward(client, broker, portion);
    forward(broker, client, portion);
  });
  const tcp = await CuttableServer.over(server);
  return {
    port: tcp.port,
    get connections() {
      return connections;
    },
    close: () => tcp.stop(),
  };
}

function forward(from: Socket, to: Socket, portion: number): void {
  const timer = setInterval(() => {
    const chunk = from.read(Math.min(portion, from.readableLength)) as Buffer | null;
    if (chunk !== null && to.writable) to.write(chunk);
  }, PORTION);
  from.on('readable', () => undefined); // reads ahead into its buffer, as far as that goes
  from.on('error', () => undefined); // a cut is no matter of the proxy
  from.on('end', () => to.end());
  from.on('close', () => {
    clearInterval(timer);
    to.destroySoon();
  });
}
