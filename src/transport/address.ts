import { type ServerUrl, withZone } from '../protocol/server-url.js';

/** Where a socket goes. */
export interface Address {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The interface that leads to a link-local IPv6 address. */
  readonly zone?: string;
  /** Both, for messages. */
  readonly name: string;
}

/** Without credentials, path and query. */
export function addressOf({ url, zone }: Pick<ServerUrl, 'url' | 'zone'>, defaultPort: number): Address {
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    ...(zone !== undefined && { zone }),
    name: withZone(`${url.hostname}:${port}`, zone),
  };
}
