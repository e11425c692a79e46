import type { Socket } from 'node:net';
import { type Observable, switchMap } from 'rxjs';
import { parseServerUrl } from '../protocol/server-url.js';
import { type Address, addressOf } from './address.js';
import { type Credentials, type Dialogue, converse } from './dialogue.js';
import { dialDirectly } from './direct.js';
import { httpConnect } from './http-connect.js';
import type { TransportTarget } from './link.js';
import { socks5 } from './socks5.js';

type Protocol = (to: Address, credentials: Credentials) => Dialogue;

/** SOCKS 5 with the name resolved by the proxy is what curl calls socks5h; here it is both. */
const protocols: Readonly<Record<string, readonly [defaultPort: number, protocol: Protocol]>> = {
  'http:': [80, httpConnect],
  'socks5:': [1080, socks5],
  'socks5h:': [1080, socks5],
};

/** A connection to `address` through a proxy, which also resolves its name. */
export function dialThrough(proxy: string, target: TransportTarget, address: Address): Observable<Socket> {
  const via = parseServerUrl(proxy)!;
  const { url } = via;
  const [defaultPort, protocol] = protocols[url.protocol]!;
  const credentials = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  const proxyAddress = addressOf(via, defaultPort);
  const name = `the proxy ${proxyAddress.name}`;
  return dialDirectly(target, proxyAddress, name).pipe(
    switchMap(socket => converse(socket, protocol(address, credentials), `${address.name} through ${name}`)),
  );
}
