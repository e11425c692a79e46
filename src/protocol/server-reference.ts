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
