import { MqttError } from '../../errors.js';
import type { AttemptOverrides, MqttOptions } from '../../options/options.js';
import { type ServerAddress, parseServerUrl } from '../../protocol/server-url.js';
import { type Server, parseServer } from '../options/server.js';

/** A Server Reference is a peer's word: so many of its addresses are tried, each once. */
const MOST_ADDRESSES = 8;

/**
 * The servers in their order, the one whose turn it is, and where the way leads instead. Lives with the client.
 *
 * What a broker says of other addresses never replaces what the user configured: the configured address stays in the round.
 */
export class ServerList {
  readonly #servers: readonly [Server, ...Server[]];
  readonly #redirects: NonNullable<MqttOptions['redirects']>;
  #turn = 0;
  /**
   * By index, where a server has moved to: to an address that has held a connection. It takes turns with the configured address while
   * neither is reached.
   */
  readonly #moved = new Map<number, { readonly server: Server; isNext: boolean }>();
  /** The server in turn says that it has moved there, and no connection there has held yet. */
  #announced: { readonly turn: number; readonly server: Server } | undefined;
  /** Where a redirect or the reconnect strategy leads, the present one first; empty: to the list. */
  #detour: readonly Server[] = [];
  /** The server of the last attempt. */
  #used: Server;

  constructor(servers: readonly [Server, ...Server[]], redirects: NonNullable<MqttOptions['redirects']> = 'follow') {
    this.#servers = servers;
    this.#redirects = redirects;
    this.#used = servers[0];
  }

  get names(): readonly string[] {
    return this.#servers.map(({ name }, index) => this.#moved.get(index)?.server.name ?? name);
  }

  /** Index of the one whose turn it is. */
  get turn(): number {
    return this.#turn;
  }

  get current(): Server {
    const moved = this.#moved.get(this.#turn);
    return this.#detour[0] ?? (moved?.isNext ? moved.server : this.#configured);
  }

  get #configured(): Server {
    return this.#servers[this.#turn]!;
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
   * Leads to the addresses that the server of the last attempt named; false: they are none that may be followed, or only itself. With
   * `forGood` the server in turn says that it has moved to the first of them.
   */
  redirect(addresses: readonly ServerAddress[], forGood: boolean): boolean {
    const from = this.#used;
    const byName = new Map<string, Server>();
    for (const address of addresses) {
      const server = relocated(from, this.#configured, address);
      if (server !== undefined && server.name !== from.name && this.#mayFollow(server)) byName.set(server.name, server);
      if (byName.size === MOST_ADDRESSES) break;
    }
    const detour = [...byName.values()];
    const [first] = detour;
    if (first === undefined) return false;
    this.#detour = detour;
    const isInTurn = from === this.#configured || from === this.#moved.get(this.#turn)?.server;
    if (forGood && isInTurn) this.#announced = { turn: this.#turn, server: first };
    return true;
  }

  /** The last attempt or connection is over. `held`: it was connected for as long as counts as stable. */
  ended(wasConnected: boolean, held: boolean): void {
    const used = this.#used;
    if (held) {
      if (used === this.#announced?.server) this.#moved.set(this.#announced.turn, { server: used, isNext: true });
      else if (used === this.#configured) this.#moved.delete(this.#turn);
      this.#announced = undefined;
    }
    const moved = this.#moved.get(this.#turn);
    if (moved !== undefined && !wasConnected && this.#detour.length === 0) moved.isNext = used !== moved.server;
  }

  /** Back to the server in turn, as it was configured. */
  endDetour(): void {
    this.#detour = [];
    const moved = this.#moved.get(this.#turn);
    if (moved !== undefined) moved.isNext = false;
  }

  #mayFollow({ url }: Server): boolean {
    if (this.#redirects === 'never') return false;
    return this.#redirects === 'follow' || isSameDomain(url.hostname, this.#configured.url.hostname);
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

/** Whether both hosts are under one domain of at least two labels; addresses are under none. */
function isSameDomain(host: string, configured: string): boolean {
  if (host === configured || host.endsWith(`.${configured}`)) return true;
  const [, domain = ''] = /^[^.]+\.(.+)$/.exec(configured) ?? [];
  const isName = /[a-z]/i.test(domain.slice(domain.lastIndexOf('.') + 1));
  return isName && domain.includes('.') && (host === domain || host.endsWith(`.${domain}`));
}

/**
 * The same server, with all that belongs to it, at another address: with its scheme and path, so that TLS stays TLS.
 *
 * @param configured - the server that the user named: headers of its WebSocket are for its host.
 */
function relocated(server: Server, configured: Server, { host, port }: ServerAddress): Server | undefined {
  const { protocol, pathname, hostname } = server.url;
  if (hostname === '') return undefined; // not a thing of the network, such as a Unix socket
  const { zone: _zone, ...rest } = server;
  const parsed = parseServerUrl(`${protocol}//${host}${port === undefined ? '' : `:${port}`}${pathname}`);
  if (parsed === undefined) return undefined;
  const { url } = parsed;
  return { ...rest, url, name: url.href, isForeign: url.hostname !== configured.url.hostname };
}
