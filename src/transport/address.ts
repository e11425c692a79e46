/** Where a socket goes. */
export interface Address {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Both, for messages. */
  readonly name: string;
}

/** Without credentials, path and query. */
export function addressOf(url: URL, defaultPort: number): Address {
  const port = url.port === '' ? defaultPort : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, name: `${url.hostname}:${port}` };
}
