import { connect, createServer, type Socket } from 'node:net';
import { CuttableServer } from '../support/cuttable-server.js';
import { loopback } from '../support/ports.js';

export type Direction = 'toBroker' | 'toClient';

export interface Cut {
  readonly direction: Direction;
  readonly bytes: number;
}

/** A wire to a broker that a test can cut, silence or clog. */
export interface Proxy {
  readonly url: string;
  readonly port: number;
  /** Resets every connection (RST), on both sides; the next one is taken. */
  cut(): void;
  /** Resets the connection on which so many bytes more have passed, perhaps in the middle of a packet; then the next, until no cut is left. */
  cutAfter(...cuts: readonly Cut[]): void;
  /** How many cuts there are still to come. */
  readonly cutsLeft: number;
  /** Throws away what the broker says, for as long as the present connections last. */
  mute(): void;
  /** Takes no byte from the present connections any more. */
  clog(): void;
  /** Refuses connections, and cuts those there are. */
  stop(): Promise<void>;
  /** Takes connections again, on the same port. */
  start(): Promise<void>;
}

export async function startProxy(brokerPort: number): Promise<Proxy> {
  const wires = new Set<Wire>();
  let cuts: readonly Cut[] = [];
  let passed = 0;

  /** How much of a chunk may pass. */
  const allowance = (direction: Direction, length: number): number => {
    const [cut, ...later] = cuts;
    if (direction !== cut?.direction) return length;
    const allowed = cut.bytes - passed;
    passed += length;
    if (length <= allowed) return length;
    cuts = later;
    passed = 0;
    return allowed;
  };

  const server = createServer({ noDelay: true }, client => {
    const wire = new Wire(client, connect({ port: brokerPort, host: loopback, noDelay: true }), allowance);
    wires.add(wire);
    client.on('close', () => wires.delete(wire));
  });
  const tcp = await CuttableServer.over(server);

  return {
    url: `mqtt://${loopback}:${tcp.port}`,
    port: tcp.port,
    cut: () => tcp.cut(),
    cutAfter: (...wanted) => {
      cuts = wanted;
      passed = 0;
    },
    get cutsLeft() {
      return cuts.length;
    },
    mute: () => wires.forEach(wire => (wire.muted = true)),
    clog: () => wires.forEach(wire => wire.client.pause()),
    stop: () => tcp.stop(),
    start: () => tcp.start(),
  };
}

/** One connection through the proxy. */
class Wire {
  muted = false;

  constructor(
    readonly client: Socket,
    private readonly broker: Socket,
    private readonly allowance: (direction: Direction, length: number) => number,
  ) {
    this.forward(client, broker, 'toBroker');
    this.forward(broker, client, 'toClient');
  }

  private forward(from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (chunk: Buffer) => {
      if (direction === 'toClient' && this.muted) return;
      const allowed = this.allowance(direction, chunk.length);
      if (to.writable) to.write(chunk.subarray(0, allowed));
      if (allowed === chunk.length) return;
      this.client.resetAndDestroy();
      this.broker.end(); // what was allowed to pass arrives
    });
    from.on('error', () => undefined); // a cut is no matter of the proxy
    from.on('end', () => to.end());
    from.on('close', () => to.destroySoon());
  }
}
