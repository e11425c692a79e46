import { X509Certificate } from 'node:crypto';
import { type Socket, isIP } from 'node:net';
import {
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
  checkServerIdentity,
  connect,
  createSecureContext,
} from 'node:tls';
import type { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { TlsOptions } from '../../options/options.js';
import { isBytes } from '../../protocol/bytes.js';
import { type Address, opened } from './dial.js';
import type { TransportTarget } from '../link.js';
import { tlsFailure } from './failures.js';

/** Suites with a key shared beforehand, those with forward secrecy first. OpenSSL would count some without encryption among them. */
const PSK_CIPHERS = 'kECDHEPSK:kDHEPSK:kPSK:!eNULL';

/** Reads certificates and keys. Throws INVALID_ARGUMENT when they are no good, before anything is opened. */
export function secureContext({ ca, cert, key, pfx, passphrase, psk, ...rest }: TlsOptions = {}): SecureContext {
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

/** TLS over a connected socket, with the certificate checked against `tls.servername` or the host. */
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
    // an address is no name to ask for (RFC 6066 section 3)
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
    // a server that knows the key has no certificate; one that shows a certificate is checked
    checkServerIdentity: (host, certificate) =>
      Object.keys(certificate).length === 0 ? undefined : checkServerIdentity(host, certificate),
  };
}

/** createSecureContext() would ignore an authority that cannot be read. */
function assertCertificates(ca: TlsOptions['ca'] = []): void {
  for (const pem of typeof ca === 'string' || isBytes(ca) ? [ca] : ca) {
    try {
      new X509Certificate(pem);
    } catch (cause) {
      throw badOption(cause as NodeJS.ErrnoException, 'tls.ca');
    }
  }
}

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

/**
 * About one wrong passphrase in 200 leaves a valid padding by chance: what it unlocks then is no key, and OpenSSL
 * calls that unsupported.
 */
const isLocked = (key: string | Uint8Array): boolean => Buffer.from(key as Uint8Array).includes('ENCRYPTED');

/** OpenSSL's own errors tell nothing of keys; others may quote what they were given, and are not kept. */
function badOption(cause: NodeJS.ErrnoException, where = 'tls', key?: TlsOptions['key']): MqttError {
  if (MqttError.is(cause)) return cause;
  const message =
    key && isLocked(key) ? cause.message.replace('DECODER routines::unsupported', 'bad decrypt') : cause.message;
  const text = `${cause.code ?? ''} ${message}`;
  const ofOpenSsl = /ERR_(OSSL|SSL)|routines/.test(text);
  const [, subject = where, words = 'holds a certificate or key that cannot be read'] =
    mistakes.find(([pattern]) => pattern.test(text)) ?? [];
  return new MqttError('INVALID_ARGUMENT', `option '${subject}' ${words}${cause.code ? ` (${cause.code})` : ''}`, {
    phase: 'tls',
    subject,
    ...(ofOpenSsl ? { cause } : {}),
  });
}
