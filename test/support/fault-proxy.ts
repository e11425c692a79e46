import { connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { closeServer, listen, loopback } from './ports.js';

export type Direction = 'toBroker' | 'toClient';

/** What happens to one connection, or to the one who asks for it. Bytes are counted from the start of the connection. */
export type Fault =
  /**
   * Both ends are told, by FIN or by RST, when `after` bytes have passed; the last `lost` of them do not arrive. Who is `unaware` is not
   * told: to that end the connection goes on, in silence.
   */
  | {
      readonly kind: 'cut';
      readonly direction: Direction;
      readonly after: number;
      readonly lost: number;
      readonly by: 'fin' | 'rst';
      readonly unaware: 'nobody' | 'broker' | 'client';
    }
  /** Nobody is told: from then on nothing arrives any more, not even the end, in one direction or both. */
  | { readonly kind: 'blackHole'; readonly direction: Direction; readonly after: number; readonly both: boolean }
  /** So many connections are reset as soon as they are there. */
  | { readonly kind: 'refuse'; readonly times: number }
  /** Nobody listens for so long; the connection that came is reset. */
  | { readonly kind: 'away'; readonly ms: number };

/** How bytes travel: as they come, each one alone, or each piece some ms late. */
export type Pace = 'asTheyCome' | 'byteByByte' | { readonly ms: number };

/** One entry is one connection, or the refusals before the next one. */
export interface Fate {
  readonly fault: Fault;
  readonly pace: Pace;
}

export interface FaultProxy {
  readonly url: string;
  readonly port: number;
  /** The fates that have not yet been met. When there are none left, it is a good wire. */
  readonly faultsLeft: number;
  /** The faults that have struck: bytes were lost, or the connection was. */
  readonly struck: number;
  /** The sockets that it holds itself, on both sides. */
  readonly sockets: number;
  close(): Promise<void>;
}

/**
 * A wire to a broker with a schedule of faults: each connection meets the next fate. A fate whose connection ended before its
 * fault struck, because another end came first, is the fate of the next connection.
 */
export async function startFaultProxy(brokerPort: number, fates: readonly Fate[]): Promise<FaultProxy> {
  const proxy = new Faults(brokerPort, fates);
  await proxy.start();
  return proxy;
}

class Faults implements FaultProxy {
  readonly #brokerPort: number;
  readonly #server: Server;
  readonly #closing = new AbortController();
  readonly #wires = new Set<Wire>();
  #fates: readonly Fate[];
  #refusals = 0;
  #away: Promise<void> = Promise.resolve();
  struck = 0;
  port = 0;

  constructor(brokerPort: number, fates: readonly Fate[]) {
    this.#brokerPort = brokerPort;
    this.#fates = fates;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, client => this.#accept(client));
  }

  async start(): Promise<void> {
    this.port = await listen(this.#server, this.port);
  }

  get url(): string {
    return `mqtt://${loopback}:${this.port}`;
  }

  get faultsLeft(): number {
    return this.#fates.length + this.#refusals + [...this.#wires].filter(wire => wire.threatened).length;
  }

  get sockets(): number {
    return [...this.#wires].reduce((sum, wire) => sum + wire.sockets, 0);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#away;
    const closed = closeServer(this.#server);
    for (const wire of this.#wires) wire.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    client.on('error', noMatter);
    if (this.#refusals > 0) {
      this.#refusals--;
      reset(client);
      return;
    }
    const [fate, ...later] = this.#fates;
    this.#fates = later;
    const fault = fate?.fault;
    if (fault?.kind === 'refuse') {
      this.struck++;
      this.#refusals = fault.times - 1;
      reset(client);
    } else if (fault?.kind === 'away') {
      this.struck++;
      reset(client);
      this.#away = this.#goAway(fault.ms).catch(noMatter);
    } else {
      const struck = () => this.struck++;
      const gone = () => {
        this.#wires.delete(wire);
        if (fate !== undefined && wire.threatened) this.#fates = [fate, ...this.#fates];
      };
      const wire = new Wire(client, this.#brokerPort, fate?.pace ?? 'asTheyCome', fault, { struck, gone });
      this.#wires.add(wire);
    }
  }

  async #goAway(ms: number): Promise<void> {
    this.#server.close(); // those there are go on
    await delay(ms, undefined, { signal: this.#closing.signal });
    await this.start();
  }
}

type Strike = Extract<Fault, { after: number }>;

interface WireEvents {
  struck(): void;
  gone(): void;
}

/** One connection through the proxy. */
class Wire {
  readonly #client: Socket;
  readonly #broker: Socket;
  readonly #pace: Pace;
  readonly #fault: Strike | undefined;
  readonly #events: WireEvents;
  readonly #passed = { toBroker: 0, toClient: 0 };
  /** Bytes have been lost, or more than that has happened. */
  #felt = false;
  #struck = false;

  constructor(client: Socket, brokerPort: number, pace: Pace, fault: Strike | undefined, events: WireEvents) {
    this.#client = client;
    this.#broker = connect({ port: brokerPort, host: loopback, noDelay: true, allowHalfOpen: true });
    this.#pace = pace;
    this.#fault = fault;
    this.#events = events;
    this.#forward(client, this.#broker, 'toBroker');
    this.#forward(this.#broker, client, 'toClient');
    let open = 2;
    for (const socket of [client, this.#broker]) {
      socket.on('error', noMatter);
      socket.on('close', () => {
        if (--open === 0) events.gone();
      });
    }
    if (fault?.after === 0) this.#strike(fault);
  }

  /** The fault is still to come. */
  get threatened(): boolean {
    return this.#fault !== undefined && !this.#felt;
  }

  get sockets(): number {
    return [this.#client, this.#broker].filter(socket => !socket.destroyed).length;
  }

  get #clientUnaware(): boolean {
    return this.#fault?.kind === 'blackHole' || this.#fault?.unaware === 'client';
  }

  destroy(): void {
    this.#client.destroy();
    this.#broker.destroy();
  }

  #forward(from: Socket, to: Socket, direction: Direction): void {
    // one piece after the other, at whatever pace
    let last: Promise<unknown> = Promise.resolve();
    const next = (step: () => unknown) => (last = last.then(step));
    from.on('data', (chunk: Buffer) => next(() => this.#travel(chunk, to, direction)));
    from.on('end', () =>
      next(() => {
        if (this.#arrives(direction)) to.end();
        else if (from === this.#broker || !this.#clientUnaware) from.end(); // into a black hole comes no answer
      }),
    );
    from.on('close', () => next(() => this.#arrives(direction) && to.destroySoon()));
  }

  async #travel(chunk: Buffer, to: Socket, direction: Direction): Promise<void> {
    if (this.#pace === 'asTheyCome') return this.#pass(chunk, to, direction);
    if (this.#pace !== 'byteByByte') {
      await delay(this.#pace.ms);
      return this.#pass(chunk, to, direction);
    }
    for (let i = 0; i < chunk.length && !to.destroyed; i++) {
      this.#pass(chunk.subarray(i, i + 1), to, direction);
      await turn();
    }
  }

  #pass(chunk: Buffer, to: Socket, direction: Direction): void {
    const fault = this.#fault;
    if (fault === undefined || this.#struck || fault.direction !== direction) {
      if (this.#arrives(direction)) write(to, chunk);
      return;
    }
    const start = this.#passed[direction];
    this.#passed[direction] += chunk.length;
    const arriving = fault.after - (fault.kind === 'cut' ? fault.lost : 0);
    write(to, chunk.subarray(0, Math.max(0, arriving - start)));
    // who waits for the answer to lost bytes may send no more, and end the connection itself
    if (this.#passed[direction] > arriving) this.#feel();
    if (this.#passed[direction] >= fault.after) this.#strike(fault);
  }

  #strike(fault: Strike): void {
    this.#feel();
    this.#struck = true;
    if (fault.kind === 'blackHole') return;
    if (fault.unaware !== 'client') end(this.#client, fault.by);
    if (fault.unaware !== 'broker') end(this.#broker, fault.by);
  }

  #feel(): void {
    if (this.#felt) return;
    this.#felt = true;
    this.#events.struck();
  }

  /** Whether what is on its way still gets there. */
  #arrives(direction: Direction): boolean {
    if (!this.#struck) return true;
    // of a connection that was cut, only an end that both sides know of is passed on
    return this.#fault?.kind === 'blackHole' && !this.#fault.both && this.#fault.direction !== direction;
  }
}

function write(to: Socket, chunk: Buffer): void {
  if (chunk.length > 0 && to.writable) to.write(chunk);
}

/** After what was written. */
function end(socket: Socket, by: 'fin' | 'rst'): void {
  if (by === 'fin') return void socket.end();
  socket.write('', () => reset(socket));
}

/** What resetAndDestroy() does, but at once: that sends a FIN before its RST. */
function reset(socket: Socket): void {
  Object.assign(socket, { resetAndClosing: true }).destroy();
}

const noMatter = (): void => undefined;
