import { parseUrl } from '../platform.js';

/** The parsed address of a server or a proxy. */
export interface ServerUrl {
  /** The URL. Its host is ASCII for every scheme, as names in other alphabets are in Punycode. */
  readonly url: URL;
  /** The interface of a link-local IPv6 address (RFC 4007), which a URL cannot hold: `eth0`. */
  readonly zone?: string;
  /** Whether the text names a path. `URL` does not tell `ws://host` and `ws://host/` apart. */
  readonly hasPath: boolean;
}

/** Matches up to an IPv6 address in square brackets, and its zone as `%25eth0` (RFC 6874) or `%eth0`. */
const ZONED = /^(\s*[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?\[[\da-f:.]+)%(?:25(?=[^\]]))?([\w.~-]+)(?=\])/i;
const WITH_PATH = /^[^:]*:[/\\]*[^/\\?#]+[/\\]/;

/** Parses the address of a server. Returns undefined where `text` is no URL. */
export function parseServerUrl(text: string): ServerUrl | undefined {
  const [zoned = '', head = '', zone] = ZONED.exec(text) ?? [];
  const url = parseUrl(head + text.slice(zoned.length));
  if (url === undefined) return undefined;
  encodeHost(url);
  return { url, hasPath: WITH_PATH.test(text), ...(zone !== undefined && { zone }) };
}

/** Inserts the zone into the IPv6 address of a URL, or of host and port. */
export function withZone(text: string, zone: string | undefined): string {
  return zone === undefined ? text : text.replace(']', `%25${zone}]`);
}

/** Converts the host to Punycode. `URL` does this for the schemes that it knows, and percent-encodes the host for others. */
function encodeHost(url: URL): void {
  if (!url.hostname.includes('%')) return;
  const known = parseUrl(`ws://${url.hostname}`);
  if (known !== undefined) url.hostname = known.hostname;
}

/** The address of a server to which a broker redirects a client. */
export interface ServerAddress {
  /** The host as in a URL: an IPv6 address is in square brackets. */
  readonly host: string;
  /** Undefined for the default port of the scheme. */
  readonly port: number | undefined;
}

const NAME = /^([^\s:/?#@[\]\\]+)(?::(\d{1,5}))?$/;
const BRACKETED = /^(\[[\da-f]*:[\da-f:.]*\])(?::(\d{1,5}))?$/i;
const BARE_IPV6 = /^[\da-f]*:[\da-f.]*:[\da-f:.]*$/i;

/**
 * Parses a Server Reference (5.0 section 4.11): `host`, `host:port` and `[IPv6]:port`, separated by spaces. Ignores everything else, and
 * URLs in particular, as they could redirect a client from TLS to a plain connection.
 */
export function parseServerReference(reference: string): readonly ServerAddress[] {
  return reference.split(' ').flatMap(word => {
    if (BARE_IPV6.test(word)) return [{ host: `[${word}]`, port: undefined }];
    const [, host, digits] = NAME.exec(word) ?? BRACKETED.exec(word) ?? [];
    const port = digits === undefined ? undefined : Number(digits);
    return host === undefined || port === 0 || (port ?? 0) > 0xffff ? [] : [{ host, port }];
  });
}
