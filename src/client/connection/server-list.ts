import { MqttError } from '../../errors.js';
import type { AttemptOverrides } from '../../options.js';
import type { ServerAddress } from '../../protocol/server-reference.js';
import { type Server, parseServer } from './server.js';

/** The servers in their order, the one whose turn it is, and where the way leads instead. Lives with the client. */
export class ServerList {
  readonly #servers: [Server, ...Server[]];
  #turn = 0;
  /** Where a redirect or the reconnect strategy leads, the present one first; empty: to the list. */
  #detour: readonly Server[] = [];
  /** The server of the last attempt. */
  #used: Server;

  constructor(servers: readonly [Server, ...Server[]]) {
    this.#servers = [...servers];
    this.#used = servers[0];
  }

  get names(): readonly string[] {
    return this.#servers.map(({ name }) => name);
  }

  /** Index of the one whose turn it is. */
  get turn(): number {
    return this.#turn;
  }

  get current(): Server {
    return this.#detour[0] ?? this.#servers[this.#turn]!;
  }

  /** The server of the last attempt. */
  get used(): Server {
    return this.#used;
  }

  /** The server of an attempt. `url` is what `perAttempt` answered; a detour goes before it. */
  use(url: string | undefined): Server {
    const { current } = this;
    this.#used = url === undefined || this.#detour.length > 0 ? current : parseServer(url, current.options, true);
    return this.#used;
  }

  /** What the reconnect strategy wants. The next one after a detour is its next stage, or the server whose turn it was. */
  move({ url, server = 'next' }: AttemptOverrides): void {
    if (url !== undefined) this.#detour = [parseServer(url, {}, true)];
    else if (typeof server === 'number') this.#goTo(server);
    else if (server === 'next' && this.#detour.length > 0) this.#detour = this.#detour.slice(1);
    else if (server === 'next') this.#goTo((this.#turn + 1) % this.#servers.length);
  }

  /**
   * Leads to the addresses that the server of the last attempt named; false: they are none, or only itself. With `forGood` the first
   * of them takes its place in the list.
   */
  redirect(addresses: readonly ServerAddress[], forGood: boolean): boolean {
    const from = this.#used;
    const detour = addresses
      .flatMap(address => relocated(from, address) ?? [])
      .filter(({ name }) => name !== from.name);
    const [first] = detour;
    if (first === undefined) return false;
    if (forGood && from === this.#servers[this.#turn]) this.#servers[this.#turn] = first;
    this.#detour = detour;
    return true;
  }

  #goTo(turn: number): void {
    if (this.#servers[turn] === undefined) {
      const words = `the reconnect strategy asked for server ${turn}; there are ${this.#servers.length}, counted from 0`;
      throw new MqttError('INVALID_ARGUMENT', words, { subject: 'server' });
    }
    this.#turn = turn;
    this.#detour = [];
  }
}

/** The same server, with all that belongs to it, at another address: with its scheme and path, so that TLS stays TLS. */
function relocated(server: Server, { host, port }: ServerAddress): Server | undefined {
  const { protocol, pathname, hostname } = server.url;
  if (hostname === '') return undefined; // not a thing of the network, such as a Unix socket
  try {
    const url = new URL(`${protocol}//${host}${port === undefined ? '' : `:${port}`}${pathname}`);
    return { ...server, url, name: url.href };
  } catch {
    return undefined;
  }
}
