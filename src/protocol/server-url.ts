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
