import { type Socket, isIP, isIPv4 } from 'node:net';
import { type Observable, switchMap } from 'rxjs';
import { parseServerUrl } from '../../protocol/server-url.js';
import { type Address, addressOf, dialDirectly } from './dial.js';
import { type Credentials, type Dialogue, converse, Refusal, type Turn } from './proxy-dialogue.js';
import type { TransportTarget } from '../link.js';

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

const END = '\r\n\r\n';

const hints: Readonly<Record<number, readonly [words: string, retryable: boolean]>> = {
  403: ['it does not allow that host or port', true],
  405: ['it does not support CONNECT, which MQTT needs', true],
  407: ['it wants other credentials, or any: http://user:password@host:port', false],
  502: ['it does not reach the broker', true],
  503: ['it does not reach the broker', true],
  504: ['the broker did not answer it', true],
};

/** HTTP CONNECT (RFC 9110 section 9.3.6), with Basic authentication where there are credentials. */
export function* httpConnect({ host, port }: Address, { username, password }: Credentials): Dialogue {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(username === '' && password === '' ? [] : [`Proxy-Authorization: Basic ${basic}`]),
  ];
  const head = yield {
    say: Buffer.from(lines.join('\r\n') + END),
    answer: received => {
      if (!'HTTP/'.startsWith(received.toString('latin1', 0, 5))) throw new Refusal('it does not speak HTTP');
      const end = received.indexOf(END);
      return end < 0 ? undefined : end + END.length;
    },
  };
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1'))?.[1]);
  if (status >= 200 && status < 300) return;
  const [words, retryable] = hints[status] ?? ['it refuses', true];
  throw new Refusal(`${words} (HTTP ${status || 'without a status'})`, retryable);
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const PASSWORD = 2;
const CONNECT = 1;
const [IPV4, NAME, IPV6] = [1, 3, 4];

/** By the codes of RFC 1928 section 6. */
const replies: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow that',
  3: 'it does not reach the network of the broker',
  4: 'it does not reach the broker',
  5: 'the broker refused it: nothing listens on that port',
  6: 'the broker did not answer it',
  7: 'it does not support CONNECT',
  8: 'it does not know addresses of this kind',
};

/** SOCKS 5 (RFC 1928), with user name and password (RFC 1929) where there are any. */
export function* socks5({ host, port }: Address, { username, password }: Credentials): Dialogue {
  const methods = username === '' && password === '' ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, PASSWORD];
  const [version, method] = yield say([VERSION, methods.length, ...methods], 2);
  if (version !== VERSION) throw new Refusal('it does not speak SOCKS 5');
  if (method === PASSWORD) {
    const [, status] = yield say([1, ...counted(username), ...counted(password)], 2);
    if (status !== 0) throw new Refusal('it does not accept these credentials', false);
  } else if (method !== NO_AUTHENTICATION) {
    throw new Refusal('it wants credentials: socks5://user:password@host:port', false);
  }

  const [, reply, , kind, first = 0] = yield say(
    [VERSION, CONNECT, 0, ...destination(host), port >> 8, port & 0xff],
    5,
  );
  if (reply !== 0) throw new Refusal(`${replies[reply!] ?? 'it refuses'} (SOCKS reply ${reply})`);
  // the address it connects from, of which one byte has been read, and the port
  const rest = kind === IPV4 ? 3 : kind === IPV6 ? 15 : first;
  yield say([], rest + 2);
}

function destination(host: string): number[] {
  if (isIPv4(host)) return [IPV4, ...host.split('.').map(Number)];
  return isIP(host) ? [IPV6, ...ipv6Bytes(host)] : [NAME, ...counted(host)];
}

/** Of what URL makes of an address: groups of hex digits, `::` at most once, no dotted part. */
function ipv6Bytes(host: string): number[] {
  const [head = '', tail] = host.split('::');
  const groups = (text = '') => (text === '' ? [] : text.split(':').map(group => parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap(group => [group >> 8, group & 0xff]);
}

function counted(text: string): number[] {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new Refusal('SOCKS takes names, users and passwords of at most 255 bytes', false);
  return [bytes.length, ...bytes];
}

const say = (bytes: readonly number[], answer: number): Turn => ({
  say: Uint8Array.from(bytes),
  answer: received => (received.length >= answer ? answer : undefined),
});
