import { X509Certificate } from 'node:crypto';
import { type Socket, isIP } from 'node:net';
import {
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
  checkServerIdentity,
  connect,
  createSecureContext,
  getCiphers,
} from 'node:tls';
import type { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { TlsOptions } from '../../options/options.js';
import { isBytes } from '../../protocol/bytes.js';
import { type Address, opened } from './dial.js';
import type { TransportTarget } from '../link.js';
import { tlsFailure } from './failures.js';

/** The cipher suites with a pre-shared key, those with forward secrecy first. `!eNULL` excludes those without encryption. */
const PSK_CIPHERS = 'kECDHEPSK:kDHEPSK:kPSK:!eNULL';

/**
 * Reads certificates and keys, before a socket is opened. Throws INVALID_ARGUMENT if they are invalid, and NOT_SUPPORTED for a key that this
 * runtime cannot use.
 */
export function secureContext({ ca, cert, key, pfx, passphrase, psk, ...rest }: TlsOptions = {}): SecureContext {
  if (psk !== undefined) assertPsk();
  const ciphers = rest.ciphers ?? (psk && PSK_CIPHERS);
  try {
    assertCertificates(ca);
    return createSecureContext({
      ...(ca && { ca: ca as NonNullable<ConnectionOptions['ca']> }),
      ...(cert && { cert: cert as Buffer }),
      ...(key && { key: key as Buffer }),
      ...(pfx && { pfx: pfx as Buffer }),
      ...(passphrase !== undefined && { passphrase }),
      ...(ciphers && { ciphers }),
      ...(rest.minVersion && { minVersion: rest.minVersion }),
      ...(rest.maxVersion && { maxVersion: rest.maxVersion }),
    });
  } catch (cause) {
    throw badOption(cause as NodeJS.ErrnoException, 'tls', key);
  }
}

/** Opens TLS on a connected socket. The server's certificate must be for `tls.servername`, or else for the host. */
export function secure(
  socket: Socket,
  secureContext: SecureContext,
  { options: { tls = {} }, onPhase }: TransportTarget,
  { host, name }: Address,
): Observable<TLSSocket> {
  onPhase?.('tls');
  const expected = tls.servername ?? host;
  const options: ConnectionOptions = {
    socket,
    secureContext,
    host: expected,
    // server_name must not be an IP address (RFC 6066 section 3)
    ...(isIP(expected) ? {} : { servername: expected }),
    ...(tls.alpn && { ALPNProtocols: [...tls.alpn] }),
    ...(tls.rejectUnauthorized === false && { rejectUnauthorized: false }),
    ...(tls.psk && pskOptions(tls.psk)),
  };
  return opened(
    () => connect(options),
    'secureConnect',
    cause => {
      const given = { hasAuthority: tls.ca !== undefined, showsCertificate: Boolean(tls.cert ?? tls.pfx) };
      return tlsFailure(cause, { name, expected, ...given });
    },
  );
}

function pskOptions({ identity, key }: NonNullable<TlsOptions['psk']>): ConnectionOptions {
  const psk = typeof key === 'string' ? Buffer.from(key, 'hex') : key;
  return {
    pskCallback: () => ({ identity, psk }),
    // a server with a pre-shared key needs no certificate; if it has one, it is checked
    checkServerIdentity: (host, certificate) =>
      Object.keys(certificate).length === 0 ? undefined : checkServerIdentity(host, certificate),
  };
}

/** Throws on runtimes without pre-shared keys: Deno has no cipher suite for them, and Bun ignores `pskCallback`. */
function assertPsk(): void {
  if (process.versions.bun === undefined && getCiphers().some(name => name.includes('psk'))) return;
  const runtime = (['bun', 'deno'] as const).find(name => process.versions[name] !== undefined) ?? 'this runtime';
  throw new MqttError(
    'NOT_SUPPORTED',
    `option 'tls.psk' needs TLS with pre-shared keys, which ${runtime} does not have: use certificates, or Node`,
    { phase: 'tls', subject: 'tls.psk' },
  );
}

/** Throws for an authority that cannot be read: createSecureContext() would ignore it. */
function assertCertificates(ca: TlsOptions['ca'] = []): void {
  for (const pem of typeof ca === 'string' || isBytes(ca) ? [ca] : ca) {
    try {
      new X509Certificate(pem);
    } catch (cause) {
      throw badOption(cause as NodeJS.ErrnoException, 'tls.ca');
    }
  }
}

/** What is wrong with an option, by a pattern for the error of Node or OpenSSL. */
const mistakes: readonly (readonly [pattern: RegExp, subject: string, words: string])[] = [
  [/KEY_VALUES_MISMATCH/i, 'tls.key', "is not the private key of 'tls.cert'"],
  [/NO_CIPHER_MATCH/i, 'tls.ciphers', 'names no known cipher suite'],
  [/mac verify failure/i, 'tls.passphrase', "does not open 'tls.pfx', or is missing"],
  [
    /bad decrypt|INTERRUPTED_OR_CANCELLED|bad password|empty passphrase/i,
    'tls.passphrase',
    "does not open 'tls.key', or is missing",
  ],
];

/** Whether the key is encrypted with a passphrase. */
const isEncrypted = (key: string | Uint8Array): boolean => Buffer.from(key as Uint8Array).includes('ENCRYPTED');

/** The `cause` is kept only for errors of OpenSSL, which quote no keys; other errors may quote their input. */
function badOption(cause: NodeJS.ErrnoException, where = 'tls', key?: TlsOptions['key']): MqttError {
  if (MqttError.is(cause)) return cause;
  // one wrong passphrase in about 200 yields a valid padding by chance, and OpenSSL then calls the decrypted bytes unsupported
  const message =
    key && isEncrypted(key) ? cause.message.replace('DECODER routines::unsupported', 'bad decrypt') : cause.message;
  const text = `${cause.code ?? ''} ${message}`;
  const isFromOpenSsl = /ERR_(OSSL|SSL)|routines/.test(text);
  const [, subject = where, words = 'holds a certificate or key that cannot be read'] =
    mistakes.find(([pattern]) => pattern.test(text)) ?? [];
  return new MqttError('INVALID_ARGUMENT', `option '${subject}' ${words}${cause.code ? ` (${cause.code})` : ''}`, {
    phase: 'tls',
    subject,
    ...(isFromOpenSsl ? { cause } : {}),
  });
}
