import { type Socket, isIP, isIPv4 } from 'node:net';
import { type Observable, switchMap } from 'rxjs';
import { parseServerUrl } from '../../protocol/server-url.js';
import type { TransportTarget } from '../link.js';
import { type Address, addressOf, dialDirectly } from './dial.js';
import { type Credentials, type Dialogue, Refusal, type Turn, runDialogue } from './proxy-dialogue.js';

/** Opens a TCP connection through a proxy, which also resolves the host name. */
export function dialThrough(proxy: string, target: TransportTarget, address: Address): Observable<Socket> {
  const proxyUrl = parseServerUrl(proxy)!;
  const { url } = proxyUrl;
  const [defaultPort, protocol] = protocols[url.protocol]!;
  const credentials = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  const proxyAddress = addressOf(proxyUrl, defaultPort);
  const name = `the proxy ${proxyAddress.name}`;
  return dialDirectly(target, proxyAddress, name).pipe(
    switchMap(socket => runDialogue(socket, protocol(address, credentials), `${address.name} through ${name}`)),
  );
}

/** Speaks HTTP CONNECT (RFC 9110 section 9.3.6), with Basic authentication if there are credentials. */
function* httpConnect({ host, port }: Address, { username, password }: Credentials): Dialogue {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(username === '' && password === '' ? [] : [`Proxy-Authorization: Basic ${basic}`]),
  ];
  const head = yield {
    request: Buffer.from(lines.join('\r\n') + END),
    answer: received => {
      if (!'HTTP/'.startsWith(received.toString('latin1', 0, 5))) throw new Refusal('it does not speak HTTP');
      const end = received.indexOf(END);
      return end < 0 ? undefined : end + END.length;
    },
  };
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head.toString('latin1'))?.[1]);
  if (status >= 200 && status < 300) return;
  const [words, retryable] = httpRefusals[status] ?? ['it refuses', true];
  throw new Refusal(`${words} (HTTP ${status || 'without a status'})`, retryable);
}

/** Speaks SOCKS 5 (RFC 1928), with user name and password (RFC 1929) if there are any. */
function* socks5({ host, port }: Address, { username, password }: Credentials): Dialogue {
  const methods = username === '' && password === '' ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, PASSWORD];
  const [version, method] = yield send([VERSION, methods.length, ...methods], 2);
  if (version !== VERSION) throw new Refusal('it does not speak SOCKS 5');
  if (method === PASSWORD) {
    const [, status] = yield send([1, ...withLength(username), ...withLength(password)], 2);
    if (status !== 0) throw new Refusal('it does not accept these credentials', false);
  } else if (method !== NO_AUTHENTICATION) {
    throw new Refusal('it wants credentials: socks5://user:password@host:port', false);
  }

  const [, reply, , kind, first = 0] = yield send(
    [VERSION, CONNECT, 0, ...destination(host), port >> 8, port & 0xff],
    5,
  );
  if (reply !== 0) throw new Refusal(`${socksRefusals[reply!] ?? 'it refuses'} (SOCKS reply ${reply})`);
  // the rest of the reply: the address of the proxy, whose first byte was read, and its port
  const rest = kind === IPV4 ? 3 : kind === IPV6 ? 15 : first;
  yield send([], rest + 2);
}

type Protocol = (to: Address, credentials: Credentials) => Dialogue;

/** The proxy protocols by the scheme of the URL. curl calls SOCKS 5 socks5h if the proxy resolves the host name; here it always does. */
const protocols: Readonly<Record<string, readonly [defaultPort: number, protocol: Protocol]>> = {
  'http:': [80, httpConnect],
  'socks5:': [1080, socks5],
  'socks5h:': [1080, socks5],
};

const END = '\r\n\r\n';

/** Why an HTTP proxy refuses, by the status of its response. */
const httpRefusals: Readonly<Record<number, readonly [words: string, retryable: boolean]>> = {
  403: ['it does not allow that host or port', true],
  405: ['it does not support CONNECT, which MQTT needs', true],
  407: ['it wants other credentials, or any: http://user:password@host:port', false],
  502: ['it does not reach the broker', true],
  503: ['it does not reach the broker', true],
  504: ['the broker did not answer it', true],
};

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const PASSWORD = 2;
const CONNECT = 1;
const [IPV4, NAME, IPV6] = [1, 3, 4];

/** Why a SOCKS proxy refuses, by its reply code (RFC 1928 section 6). */
const socksRefusals: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow that',
  3: 'it does not reach the network of the broker',
  4: 'it does not reach the broker',
  5: 'the broker refused it: nothing listens on that port',
  6: 'the broker did not answer it',
  7: 'it does not support CONNECT',
  8: 'it does not know addresses of this kind',
};

function destination(host: string): number[] {
  if (isIPv4(host)) return [IPV4, ...host.split('.').map(Number)];
  return isIP(host) ? [IPV6, ...ipv6Bytes(host)] : [NAME, ...withLength(host)];
}

/** Returns the bytes of an IPv6 address in the form that URL gives it: groups of hex digits, `::` at most once, no dotted part. */
function ipv6Bytes(host: string): number[] {
  const [head = '', tail] = host.split('::');
  const groups = (text = '') => (text === '' ? [] : text.split(':').map(group => parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after].flatMap(group => [group >> 8, group & 0xff]);
}

/** Returns text with its length in front. */
function withLength(text: string): number[] {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw new Refusal('SOCKS takes names, users and passwords of at most 255 bytes', false);
  return [bytes.length, ...bytes];
}

/** Returns a request with an answer of fixed length. */
const send = (bytes: readonly number[], answerLength: number): Turn => ({
  request: Uint8Array.from(bytes),
  answer: received => (received.length >= answerLength ? answerLength : undefined),
});
