import { mayHoldUserInfo } from '../../../quoted.js';

/** The advice of a message about a URL whose password contains a character that ends the user info. */
export const ENCODE_HINT = 'in a user name or password, write / as %2F, ? as %3F, # as %23 and @ as %40';

/**
 * Returns whether an @ comes after the host. Then the host and port are most likely the beginning of a user name and password that
 * contains a `/`, `?` or `#` without percent-encoding.
 */
export function hasMisplacedAt({ pathname, search, hash }: URL, text: string): boolean {
  const rest = pathname + search + hash;
  return rest.includes('@') || (/[\uff20\ufe6b]/.test(text) && mayHoldUserInfo(rest));
}

/** Returns whether this is the path of a Unix domain socket, in which an @ is usual (`/run/broker@1.sock`) and not a sign of a password. */
function isSocketPath(protocol: string, pathname: string): boolean {
  return protocol.endsWith('unix:') && !pathname.includes(':');
}

/** Returns a URL as text for messages and states: without credentials, and without its query, which may hold a signature. */
export function shownUrl({ protocol, host, pathname, search, hash, href }: URL): string {
  const isMasked = mayHoldUserInfo(pathname + search + hash) && !isSocketPath(protocol, pathname);
  if (href.startsWith(`${protocol}//`))
    return `${protocol}//${mayHoldUserInfo(host) ? '***' : host}${isMasked ? '/***' : pathname}`;
  // Without `//` the URL parser finds no user info, so intended credentials are part of the path.
  return `${protocol}${isMasked ? '***' : pathname}`;
}
