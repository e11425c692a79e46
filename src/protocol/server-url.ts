import { parseUrl } from '../platform.js';

/** An address of a server, or of a proxy, taken apart. */
export interface ServerUrl {
  /** Its host is ASCII, whatever the scheme: names of other alphabets are in Punycode. */
  readonly url: URL;
  /** The interface of a link-local IPv6 address (RFC 4007), which a URL cannot hold: `eth0`. */
  readonly zone?: string;
  /** Whether the text names a path; of `ws://host` and `ws://host/` a URL makes the same. */
  readonly hasPath: boolean;
}

/** Up to an IPv6 address in square brackets, and its zone as `%25eth0` (RFC 6874) or `%eth0`. */
const ZONED = /^(\s*[a-z][a-z\d+.-]*:\/\/(?:[^/?#]*@)?\[[\da-f:.]+)%(?:25(?=[^\]]))?([\w.~-]+)(?=\])/i;
const WITH_PATH = /^[^:]*:[/\\]*[^/\\?#]+[/\\]/;

/** Undefined where `text` is no URL. */
export function parseServerUrl(text: string): ServerUrl | undefined {
  const [zoned = '', head = '', zone] = ZONED.exec(text) ?? [];
  const url = parseUrl(head + text.slice(zoned.length));
  if (url === undefined) return undefined;
  inPunycode(url);
  return { url, hasPath: WITH_PATH.test(text), ...(zone !== undefined && { zone }) };
}

/** The text of a URL, or of host and port, with the zone put into its address. */
export function withZone(text: string, zone: string | undefined): string {
  return zone === undefined ? text : text.replace(']', `%25${zone}]`);
}

/** URLs percent-encode the host of a scheme that the URL standard does not know; of those that it knows they make Punycode. */
function inPunycode(url: URL): void {
  if (!url.hostname.includes('%')) return;
  const known = parseUrl(`ws://${url.hostname}`);
  if (known !== undefined) url.hostname = known.hostname;
}

/** Where a broker says to go instead. */
export interface ServerAddress {
  /** As in a URL: an IPv6 address in square brackets. */
  readonly host: string;
  /** Undefined: that of the scheme. */
  readonly port: number | undefined;
}

const NAME = /^([^\s:/?#@[\]\\]+)(?::(\d{1,5}))?$/;
const BRACKETED = /^(\[[\da-f]*:[\da-f:.]*\])(?::(\d{1,5}))?$/i;
const BARE_IPV6 = /^[\da-f]*:[\da-f.]*:[\da-f:.]*$/i;

/**
 * The addresses in a Server Reference (5.0 section 4.11): `host`, `host:port` and `[IPv6]:port`, separated by spaces. What is none
 * of these is left out, URLs too: they could lead from TLS to a plain connection.
 */
export function parseServerReference(reference: string): readonly ServerAddress[] {
  return reference.split(' ').flatMap(word => {
    if (BARE_IPV6.test(word)) return [{ host: `[${word}]`, port: undefined }];
    const [, host, digits] = NAME.exec(word) ?? BRACKETED.exec(word) ?? [];
    const port = digits === undefined ? undefined : Number(digits);
    return host === undefined || port === 0 || (port ?? 0) > 0xffff ? [] : [{ host, port }];
  });
}
