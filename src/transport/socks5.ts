import { isIP, isIPv4 } from 'node:net';
import type { Address } from './address.js';
import { type Credentials, type Dialogue, Refusal, type Turn } from './dialogue.js';

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
