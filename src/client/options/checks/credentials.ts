import { mayHoldUserInfo } from '../../../quoted.js';

/** What a message says to those whose password ends the host of their URL too early. */
export const ENCODE_HINT = 'in a user name or password, write / as %2F, ? as %3F, # as %23 and @ as %40';

/**
 * Whether an @ comes after the host. What was taken for host and port is then most likely the beginning of user name and password, of
 * which a raw `/`, `?` or `#` is the next character.
 */
export function hasMisplacedAt({ pathname, search, hash }: URL, text: string): boolean {
  const rest = pathname + search + hash;
  return rest.includes('@') || (/[\uff20\ufe6b]/.test(text) && mayHoldUserInfo(rest));
}

/** The path of a Unix socket, in which an @ is usual (`/run/broker@1.sock`), and a password is not in sight. */
function isSocketPath(protocol: string, pathname: string): boolean {
  return protocol.endsWith('unix:') && !pathname.includes(':');
}

/** A URL as text for messages and states: without credentials, and without its query, which is a credential where it is signed. */
export function shownUrl({ protocol, host, pathname, search, hash, href }: URL): string {
  const isMasked = mayHoldUserInfo(pathname + search + hash) && !isSocketPath(protocol, pathname);
  if (href.startsWith(`${protocol}//`))
    return `${protocol}//${mayHoldUserInfo(host) ? '***' : host}${isMasked ? '/***' : pathname}`;
  // without `//` there is no user info for the URL parser, and whatever was meant as such is in the path
  return `${protocol}${isMasked ? '***' : pathname}`;
}
