import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Decides which requests are answered: those of the page that this process has named. Other users of the machine do not know the token, and
 * other pages of the browser neither know it nor have the right origin. A name that leads to the loopback by DNS rebinding is not the right host.
 */
export class PageAccess {
  /** The first segment of the path of all URLs. */
  readonly token = randomBytes(24).toString('base64url');
  #hosts: readonly string[] = [];

  /** Accepts requests to this port of the loopback from now on, and returns the URL of the page. */
  open(port: number): string {
    this.#hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
    return `http://127.0.0.1:${port}/${this.token}/`;
  }

  /** Returns the path below the token, or undefined for a request that is refused. */
  path(request: IncomingMessage): string | undefined {
    const { host = '', 'sec-fetch-site': site = 'none' } = request.headers;
    if (!this.#hosts.includes(host) || (site !== 'none' && site !== 'same-origin')) return undefined;
    const [, token = '', ...rest] = (request.url ?? '').split(/[?#]/)[0]!.split('/');
    return isEqual(token, this.token) ? rest.join('/') : undefined;
  }

  /** Returns whether a WebSocket is opened by the page itself. A browser always says which page opens it. */
  isOwnPage({ headers: { host, origin } }: IncomingMessage): boolean {
    return origin === `http://${host}`;
  }
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
