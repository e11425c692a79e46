import { MqttError } from '../../../errors.js';
import type { AttemptOverrides, MqttOptions } from '../../../options/options.js';
import { type ServerAddress, parseServerUrl } from '../../../protocol/server-url.js';
import { type Server, parseServer } from '../../options/server.js';

/** How many addresses of a Server Reference are tried, each once. A broker could name any number. */
const MAX_ADDRESSES = 8;

const NONE: readonly Server[] = [];

/**
 * The configured servers in their order, the current one, and the temporary servers that come before it. Lives with the client.
 *
 * An address that a broker names never replaces a configured one for good: the configured address is still tried.
 */
export class ServerList {
  readonly #servers: readonly [Server, ...Server[]];
  readonly #redirects: NonNullable<MqttOptions['redirects']>;
  #index = 0;
  /**
   * By index, the address to which a server has moved, which has had a stable connection. While neither can be reached, it alternates
   * with the configured address. Undefined while none has moved.
   */
  #moved: Map<number, { readonly server: Server; isNext: boolean }> | undefined;
  /** The address to which the current server says that it has moved, until a connection there was stable. */
  #pendingMove: { readonly index: number; readonly server: Server } | undefined;
  /** The servers that a redirect or the reconnect strategy names, the current one first. While it is empty, the list counts. */
  #temporary: readonly Server[] = NONE;
  #lastUsed: Server;

  constructor(servers: readonly [Server, ...Server[]], redirects: NonNullable<MqttOptions['redirects']> = 'follow') {
    this.#servers = servers;
    this.#redirects = redirects;
    this.#lastUsed = servers[0];
  }

  get names(): readonly string[] {
    return this.#servers.map(({ name }, index) => this.#moved?.get(index)?.server.name ?? name);
  }

  /** The index of the current server in the list. */
  get index(): number {
    return this.#index;
  }

  get current(): Server {
    const moved = this.#moved?.get(this.#index);
    return this.#temporary[0] ?? (moved?.isNext ? moved.server : this.#configured);
  }

  get #configured(): Server {
    return this.#servers[this.#index]!;
  }

  /** The server of the last attempt. */
  get lastUsed(): Server {
    return this.#lastUsed;
  }

  /** Returns the server of an attempt. `url` is the answer of `perAttempt`; a temporary server takes precedence over it. */
  use(url: string | undefined): Server {
    const { current } = this;
    this.#lastUsed =
      url === undefined || this.#temporary.length > 0 ? current : parseServer(url, current.options, true);
    return this.#lastUsed;
  }

  /**
   * Moves to the server that the reconnect strategy asks for. After a temporary server, `'next'` is the next temporary one, or the current
   * one of the list.
   */
  applyOverrides({ url, server = 'next' }: AttemptOverrides): void {
    if (url !== undefined) this.#temporary = [parseServer(url, {}, true)];
    else if (typeof server === 'number') this.#selectServer(server);
    else if (server === 'next' && this.#temporary.length > 0) this.#temporary = this.#temporary.slice(1);
    else if (server === 'next') this.#selectServer((this.#index + 1) % this.#servers.length);
  }

  /**
   * Makes the addresses that the server of the last attempt named the temporary servers. Returns false if none of them may be followed, or
   * they are only the server itself. With `isPermanent`, the server has moved to the first of them.
   */
  redirect(addresses: readonly ServerAddress[], isPermanent: boolean): boolean {
    const from = this.#lastUsed;
    const byName = new Map<string, Server>();
    for (const address of addresses) {
      const server = relocate(from, this.#configured, address);
      if (server !== undefined && server.name !== from.name && this.#mayFollow(server)) byName.set(server.name, server);
      if (byName.size === MAX_ADDRESSES) break;
    }
    const targets = [...byName.values()];
    const [first] = targets;
    if (first === undefined) return false;
    this.#temporary = targets;
    const isOfList = from === this.#configured || from === this.#moved?.get(this.#index)?.server;
    if (isPermanent && isOfList) this.#pendingMove = { index: this.#index, server: first };
    return true;
  }

  /** Records the end of the last attempt or connection. */
  recordEnd(wasConnected: boolean, wasStable: boolean): void {
    const used = this.#lastUsed;
    if (wasStable) {
      if (used === this.#pendingMove?.server) {
        this.#moved ??= new Map();
        this.#moved.set(this.#pendingMove.index, { server: used, isNext: true });
      } else if (used === this.#configured) this.#moved?.delete(this.#index);
      this.#pendingMove = undefined;
    }
    const moved = this.#moved?.get(this.#index);
    if (moved !== undefined && !wasConnected && this.#temporary.length === 0) moved.isNext = used !== moved.server;
  }

  /** Drops the temporary servers and returns to the current server of the list, at its configured address. */
  returnToList(): void {
    this.#temporary = NONE;
    const moved = this.#moved?.get(this.#index);
    if (moved !== undefined) moved.isNext = false;
  }

  #mayFollow({ url }: Server): boolean {
    if (this.#redirects === 'never') return false;
    return this.#redirects === 'follow' || isSameDomain(url.hostname, this.#configured.url.hostname);
  }

  #selectServer(index: number): void {
    if (this.#servers[index] === undefined) {
      const message = `the reconnect strategy asked for server ${index}; there are ${this.#servers.length}, counted from 0`;
      throw new MqttError('INVALID_ARGUMENT', message, { subject: 'server' });
    }
    this.#index = index;
    this.#temporary = NONE;
  }
}

/** Whether both hosts are in one domain of at least two labels. IP addresses are in none. */
function isSameDomain(host: string, configured: string): boolean {
  if (host === configured || host.endsWith(`.${configured}`)) return true;
  const [, domain = ''] = /^[^.]+\.(.+)$/.exec(configured) ?? [];
  const isName = /[a-z]/i.test(domain.slice(domain.lastIndexOf('.') + 1));
  return isName && domain.includes('.') && (host === domain || host.endsWith(`.${domain}`));
}

/**
 * Returns the server with its options at another address. It keeps scheme and path, so that TLS stays TLS.
 *
 * @param configured - the server that the user named. The headers of its WebSocket are only for its host.
 */
function relocate(server: Server, configured: Server, { host, port }: ServerAddress): Server | undefined {
  const { protocol, pathname, hostname } = server.url;
  if (hostname === '') return undefined; // a Unix socket, for example, has no host
  const { zone: _zone, ...rest } = server;
  const parsed = parseServerUrl(`${protocol}//${host}${port === undefined ? '' : `:${port}`}${pathname}`);
  if (parsed === undefined) return undefined;
  const { url } = parsed;
  return { ...rest, url, name: url.href, isForeign: url.hostname !== configured.url.hostname };
}
