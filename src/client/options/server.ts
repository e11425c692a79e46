import { defaultTransports } from '#default-transport';
import { MqttError } from '../../errors.js';
import type { MqttOptions, ServerOptions } from '../../options/options.js';
import { parseServerUrl, withZone } from '../../protocol/server-url.js';
import { mayHoldUserInfo, showKey } from '../../quoted.js';
import { isPlainObject } from './checks/record.js';
import { ENCODE_HINT, hasMisplacedAt, shownUrl } from './checks/credentials.js';
import { validateServerOptions } from './validate-options.js';

/** A broker's address, its credentials taken out. */
export interface Server {
  readonly url: URL;
  /** The interface of a link-local IPv6 address, which a URL cannot hold. */
  readonly zone?: string;
  /** The same as text: for states and messages. */
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
  readonly options: MqttOptions;
  /** A broker named this host, not the user. */
  readonly isForeign?: boolean;
}

/** Schemes that some platform has a transport for. */
const KNOWN = ['mqtt:', 'tcp:', 'mqtts:', 'ssl:', 'tls:', 'ws:', 'wss:', 'unix:', 'mqtt+unix:'];
const WEB_SOCKET = ['ws:', 'wss:'];
/** Where most brokers listen for WebSockets. */
const DEFAULT_PATH = '/mqtt';
/** Those that name a file, not a host. */
const PATHS = ['unix:', 'mqtt+unix:'];

export function parseServers(
  servers: string | readonly (string | ServerOptions)[],
  hasTransport: boolean,
): readonly [Server, ...Server[]] {
  const list: unknown = typeof servers === 'string' ? [servers] : servers;
  if (!Array.isArray(list)) throw invalid(`a URL or a list of them is wanted, this is ${typeof servers}`);
  const [first, ...rest] = list.map((server: unknown) => {
    if (!isPlainObject(server)) return parseServer(server, {}, hasTransport);
    const { url, options = {}, ...unknown } = server;
    const [key] = Object.keys(unknown);
    if (key !== undefined) throw invalid(`a server is { url, options }, and has no '${showKey(key)}'`);
    return parseServer(url, validateServerOptions(options), hasTransport);
  });
  if (first === undefined) throw invalid('an empty list of servers; give at least one URL');
  return [first, ...rest];
}

export function parseServer(text: unknown, options: MqttOptions, hasTransport: boolean): Server {
  if (typeof text !== 'string') throw invalid(`a URL is a string, this is ${typeof text}`);
  const parsed = parseServerUrl(text);
  if (parsed === undefined) throw unparsable(text);
  const { url, zone, hasPath } = parsed;
  if (!hasTransport && options.transport === undefined && !(url.protocol in defaultTransports))
    throw text.includes('//') ? noTransport(url.protocol) : unparsable(text);
  if (WEB_SOCKET.includes(url.protocol) && !hasPath) url.pathname = DEFAULT_PATH;
  const name = withZone(shownUrl(url), zone);
  if (PATHS.includes(url.protocol)) {
    if (url.hostname !== '' || !/^\/./.test(url.pathname))
      throw invalid(`'${url.protocol}' names no socket; it looks like unix:///path/to.sock, with three slashes`);
    if (mayHoldUserInfo(url.pathname) && url.pathname.includes(':'))
      throw invalid(`the path of '${url.protocol}//' has both a colon and an @, like a user name with its password`);
    decode(url.pathname, name, 'path');
  } else if (url.protocol in defaultTransports) {
    if (url.hostname === '') throw invalid(`'${url.protocol}' names no host; it looks like ${url.protocol}//host:1883`);
    if (url.hostname.includes('%')) throw invalid(`'${url.protocol}//' has a host that no name can be`);
  }
  if (url.hostname !== '' && hasMisplacedAt(url, text))
    throw invalid(`an @ comes after the host of '${url.protocol}//'; ${ENCODE_HINT}, and the @ of a path or query too`);
  if (url.port === '0') throw invalid(`'${name}' has port 0; ports go from 1 to 65535`);
  const username = decode(url.username, name);
  const password = decode(url.password, name);
  url.username = url.password = '';
  return {
    url,
    ...(zone === undefined ? {} : { zone }),
    name,
    options,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  };
}

export function noTransport(scheme: string): MqttError {
  const known = Object.keys(defaultTransports).join(', ');
  return KNOWN.includes(scheme)
    ? new MqttError(
        'NOT_SUPPORTED',
        `${scheme}// cannot be opened on this platform (${known} can); or give the option transport`,
        {
          subject: 'url',
        },
      )
    : invalid(`unknown scheme ${scheme}; ${known} are built in, for any other give the option transport`);
}

/** Says nothing of the URL but its scheme: what cannot be taken apart may have its password anywhere. */
function unparsable(text: string): MqttError {
  const [, scheme] = /^\s*([a-z][a-z\d+.-]{0,29}:)\/\//i.exec(text) ?? [];
  const hint = mayHoldUserInfo(text) ? `; ${ENCODE_HINT}` : '';
  if (scheme !== undefined)
    return invalid(
      `what follows '${scheme}//' is no address; it looks like mqtt://host:1883, the port from 1 to 65535${hint}`,
    );
  const isAddress = /^(?:[\w.-]{1,253}|\[[\da-f:.]+\]):[1-9]\d{0,4}$/i.test(text);
  if (isAddress) return invalid(`'${text}' has no scheme; did you mean 'mqtt://${text}'?`);
  return invalid(`a URL begins with its scheme and two slashes; it looks like mqtt://host:1883${hint}`);
}

function decode(part: string, shown: string, what = 'credentials'): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid(`the ${what} in '${shown}': not percent-encoded; encode % as %25`);
  }
}

const invalid = (what: string) => new MqttError('INVALID_ARGUMENT', `bad server: ${what}`, { subject: 'url' });
