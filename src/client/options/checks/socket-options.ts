import { kindOf, mayHoldUserInfo } from '../../../quoted.js';
import type { TcpKeepAlive, TcpOptions, TlsOptions, TlsVersion } from '../../../options/options.js';
import { isBytes } from '../../../protocol/bytes.js';
import { parseServerUrl } from '../../../protocol/server-url.js';
import { ENCODE_HINT, hasMisplacedAt } from './credentials.js';
import { describe } from './describe.js';
import { list, boolean, integer, oneOf, string } from './scalars.js';
import { type Check, expected, inside, refusal } from './problem.js';
import { type Schema, record } from './record.js';

// Imported as `#socket-options`, which is socket-options-browser.ts outside Node, where the platform opens the sockets.

/** s. The longest interval that the options of TCP can hold. */
const LONGEST_KEEPALIVE = 32_767;
const MOST_PROBES = 127;
/** The length of a protocol name is one byte (RFC 7301). */
const LONGEST_ALPN = 255;
const LONGEST_PSK_IDENTITY = 128;
const LONGEST_PSK = 256;

const seconds = integer(1, LONGEST_KEEPALIVE);
const wholeSeconds: Check = value =>
  seconds((value as number) / 1000) === undefined && typeof value === 'number'
    ? undefined
    : expected('a number of ms that is whole seconds, from 1,000 to 32,767,000', describe(value));

const ipAddress: Check = value =>
  typeof value === 'string' && /^(\d+\.\d+\.\d+\.\d+|(?=.*:)[\da-f:.]+(%\w+)?)$/i.test(value)
    ? undefined
    : expected('an IP address of this machine', typeof value === 'string' ? 'another string' : kindOf(value));

export const tcp = record({
  noDelay: boolean,
  localAddress: ipAddress,
  keepAlive: record({
    idle: wholeSeconds,
    interval: wholeSeconds,
    count: integer(1, MOST_PROBES),
  } satisfies Schema<TcpKeepAlive>),
} satisfies Schema<TcpOptions>);

/** Checks a string of at least one character. Messages do not show it. */
const nonEmptyString: Check = value => {
  if (typeof value !== 'string') return expected('a string', kindOf(value));
  return value === '' ? expected('a string', 'an empty one') : undefined;
};

const pem: Check = value => {
  if (isBytes(value)) return undefined;
  if (typeof value !== 'string') return expected('PEM text or a Uint8Array', kindOf(value));
  if (value.includes('-----BEGIN ')) return undefined;
  return expected("PEM text, with its line '-----BEGIN ...'", 'other text; where it is a file name, read the file');
};

const pems = list(pem, 'PEM text, a Uint8Array or an array of them', 1);
const ca: Check = value => (Array.isArray(value) ? pems(value) : pem(value));

const alpnName: Check = value =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_ALPN
    ? undefined
    : expected('a string of 1 to 255 characters', describe(value));

const pskKey: Check = value => {
  const fits = (bytes: number) =>
    bytes > 0 && bytes <= LONGEST_PSK ? undefined : expected('1 to 256 bytes', 'another length');
  if (isBytes(value)) return fits(value.byteLength);
  if (typeof value !== 'string') return expected('a Uint8Array or a string of hex digits', kindOf(value));
  if (!/^([\da-f]{2})*$/i.test(value)) return expected('hex digits, two for each byte', 'other text');
  return fits(value.length / 2);
};

const pskIdentity: Check = value =>
  nonEmptyString(value) ??
  ((value as string).length > LONGEST_PSK_IDENTITY ? expected('at most 128 characters', 'more') : undefined);

/** The versions, from the oldest. */
const versions: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const version = oneOf(...versions);

const tlsRecord = record({
  ca,
  cert: pem,
  key: pem,
  pfx: value => (isBytes(value) ? undefined : expected('a Uint8Array, the bytes of a PKCS #12 file', kindOf(value))),
  passphrase: string,
  servername: nonEmptyString,
  alpn: list(alpnName, 'an array of protocol names', 1),
  ciphers: nonEmptyString,
  minVersion: version,
  maxVersion: version,
  rejectUnauthorized: boolean,
  psk: record({ identity: pskIdentity, key: pskKey }, ['identity', 'key']),
} satisfies Schema<TlsOptions>);

export const tls: Check = value => tlsRecord(value) ?? tlsContradiction(value as TlsOptions);

function tlsContradiction({ cert, key, pfx, minVersion, maxVersion }: TlsOptions) {
  if (pfx !== undefined && (cert !== undefined || key !== undefined))
    return inside(
      'pfx',
      refusal("contains certificate and key: leave 'tls.cert' and 'tls.key' out, or set only those two"),
    );
  if (cert !== undefined && key === undefined) return inside('cert', refusal("needs 'tls.key', its private key"));
  if (key !== undefined && cert === undefined) return inside('key', refusal("needs 'tls.cert', its certificate"));
  if (minVersion && maxVersion && versions.indexOf(minVersion) > versions.indexOf(maxVersion))
    return inside('minVersion', refusal("is above 'tls.maxVersion'"));
  return undefined;
}

const schemes: readonly string[] = ['http:', 'socks5:', 'socks5h:'];

/** Checks the URL of a proxy. Messages do not show it, because it may contain a password. */
export const proxy: Check = value => {
  const wanted = 'a URL like http://host:port or socks5://host:port';
  if (typeof value !== 'string') return expected(wanted, kindOf(value));
  const { url } = parseServerUrl(value) ?? {};
  if (url === undefined || (url.hostname !== '' && hasMisplacedAt(url, value)))
    return expected(wanted, `other text${mayHoldUserInfo(value) ? `; ${ENCODE_HINT}` : ''}`);
  const { protocol, hostname, username, password } = url;
  if (!schemes.includes(protocol)) return expected(wanted, 'another scheme; TLS to the proxy itself is not built in');
  if (hostname === '') return expected(wanted, 'one without a host');
  if (!isPercentEncoded(username) || !isPercentEncoded(password))
    return expected(wanted, 'credentials that are not percent-encoded; encode % as %25');
  return undefined;
};

function isPercentEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
