import { defaultTransports } from '#default-transport';
import { MqttError } from '../../errors.js';
import type { MqttOptions, ServerOptions } from '../../options/options.js';
import { parseServerUrl, withZone } from '../../protocol/server-url.js';
import { kindOf, mayHoldUserInfo, showKey } from '../../quoted.js';
import { isPlainObject } from './checks/record.js';
import { ENCODE_HINT, hasMisplacedAt, shownUrl } from './checks/credentials.js';
import { validateServerOptions } from './validate-options.js';

/** The address of a server, without its credentials. */
export interface Server {
  readonly url: URL;
  /** The interface of a link-local IPv6 address, which a URL cannot hold. */
  readonly zone?: string;
  /** The address as text, for states and messages. */
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
  readonly options: MqttOptions;
  /** A Server Reference of a broker names this host, not the user. */
  readonly isForeign?: boolean;
}

/** The schemes for which this library has a transport on some platform. */
const KNOWN = ['mqtt:', 'tcp:', 'mqtts:', 'ssl:', 'tls:', 'ws:', 'wss:', 'unix:', 'mqtt+unix:'];
const WEB_SOCKET = ['ws:', 'wss:'];
/** The path under which most brokers accept WebSockets. */
const DEFAULT_PATH = '/mqtt';
/** The schemes that name a file, not a host. */
const SOCKET_FILE = ['unix:', 'mqtt+unix:'];

const NO_OPTIONS: MqttOptions = {};

/** Parses the first argument of `mqtt()`. With `hasTransport`, any scheme is allowed. */
export function parseServers(
  servers: string | readonly (string | ServerOptions)[],
  hasTransport: boolean,
): readonly [Server, ...Server[]] {
  const list: unknown = typeof servers === 'string' ? [servers] : servers;
  if (!Array.isArray(list)) throw invalid(`it must be a URL or a list of URLs; got ${kindOf(servers)}`);
  const [first, ...rest] = list.map((server: unknown) => {
    if (!isPlainObject(server)) return parseServer(server, NO_OPTIONS, hasTransport);
    const { url, options = {}, ...unknown } = server;
    const [key] = Object.keys(unknown);
    if (key !== undefined) throw invalid(`unknown key '${showKey(key)}'; a server is { url, options }`);
    return parseServer(url, validateServerOptions(options), hasTransport);
  });
  if (first === undefined) throw invalid('the list is empty; it must contain at least one URL');
  return [first, ...rest];
}

export function parseServer(text: unknown, options: MqttOptions, hasTransport: boolean): Server {
  if (typeof text !== 'string') throw invalid(`a URL must be a string; got ${kindOf(text)}`);
  const parsed = parseServerUrl(text);
  if (parsed === undefined) throw unparsable(text);
  const { url, zone, hasPath } = parsed;
  // each property of a URL is cut out of its text when it is read
  const { protocol, hostname } = url;
  const isKnown = protocol in defaultTransports;
  if (!hasTransport && options.transport === undefined && !isKnown)
    throw text.includes('//') ? noTransport(protocol) : unparsable(text);
  if (WEB_SOCKET.includes(protocol) && !hasPath) url.pathname = DEFAULT_PATH;
  const shown = withZone(shownUrl(url), zone);
  // where both are equal, one string is kept
  const name = shown === url.href ? url.href : shown;
  if (SOCKET_FILE.includes(protocol)) {
    const { pathname } = url;
    if (hostname !== '' || !/^\/./.test(pathname))
      throw invalid(`'${protocol}//' names no socket; it must look like 'unix:///path/to.sock', with three slashes`);
    if (mayHoldUserInfo(pathname) && pathname.includes(':'))
      throw invalid(`the path of '${protocol}//' contains both a colon and an @, like a user name with its password`);
    decode(pathname, name, 'path');
  } else if (isKnown) {
    if (hostname === '') throw invalid(`'${protocol}//' names no host; it must look like '${protocol}//host:1883'`);
    if (hostname.includes('%')) throw invalid(`the host of '${protocol}//' is not a valid name`);
  }
  if (hostname !== '' && hasMisplacedAt(url, text))
    throw invalid(`an @ comes after the host of '${protocol}//'; ${ENCODE_HINT}, and the @ of a path or query too`);
  if (url.port === '0') throw invalid(`'${name}' has port 0; a port is a number from 1 to 65535`);
  const username = decode(url.username, name);
  const password = decode(url.password, name);
  // setting them has the URL parsed again
  if (username !== '' || password !== '') url.username = url.password = '';
  return {
    url,
    ...(zone === undefined ? {} : { zone }),
    name,
    options,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  };
}

/** Returns the error for a scheme without a transport on this platform. */
export function noTransport(scheme: string): MqttError {
  const known = Object.keys(defaultTransports).join(', ');
  return KNOWN.includes(scheme)
    ? new MqttError(
        'NOT_SUPPORTED',
        `'${scheme}//' cannot be opened on this platform, which has ${known}; for another scheme, set option 'transport'`,
        {
          subject: 'url',
        },
      )
    : invalid(`unknown scheme '${scheme}', known are ${known}; for another scheme, set option 'transport'`);
}

/** Returns the error for text that is not a URL. It shows only the scheme, because a password may be anywhere else. */
function unparsable(text: string): MqttError {
  const [, scheme] = /^\s*([a-z][a-z\d+.-]{0,29}:)\/\//i.exec(text) ?? [];
  const hint = mayHoldUserInfo(text) ? `; ${ENCODE_HINT}` : '';
  if (scheme !== undefined)
    return invalid(
      `what follows '${scheme}//' is not an address; a URL looks like 'mqtt://host:1883', with a port from 1 to 65535${hint}`,
    );
  const isAddress = /^(?:[\w.-]{1,253}|\[[\da-f:.]+\]):[1-9]\d{0,4}$/i.test(text);
  if (isAddress) return invalid(`'${text}' has no scheme; did you mean 'mqtt://${text}'?`);
  return invalid(`a URL begins with its scheme and two slashes, like 'mqtt://host:1883'${hint}`);
}

function decode(part: string, shown: string, what = 'credentials'): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid(`the ${what} in '${shown}' must be percent-encoded, with % as %25`);
  }
}

const invalid = (what: string) => new MqttError('INVALID_ARGUMENT', `bad server: ${what}`, { subject: 'url' });
