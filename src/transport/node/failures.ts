import { type ConnectionPhase, MqttError } from '../../errors.js';
import { piece, wordsOf } from '../../quoted.js';

/** Returns the error of a socket that could not be opened, with the phase in which it failed. */
export function connectFailure(cause: NodeJS.ErrnoException, name: string): MqttError {
  // if several addresses were tried, one failure stands for all: if there is one, a failure beyond this machine, which may have no IPv6
  const errors = cause instanceof AggregateError ? (cause.errors as NodeJS.ErrnoException[]) : [cause];
  const { code = '' } = errors.find(error => !localFailures.has(error.code)) ?? errors[0] ?? cause;
  // an AggregateError of Node has a code, too
  if (code !== '') cause.code = code;
  const phase: ConnectionPhase = cause.syscall === 'getaddrinfo' ? 'dns' : 'tcp';
  const hint = connectHints[code] ?? wordsOf(cause);
  return new MqttError('CONNECTION_FAILED', `cannot connect to ${name}: ${hint}${code && ` (${code})`}`, {
    phase,
    cause,
    retryable: true,
  });
}

export interface TlsAttempt {
  /** Host and port. */
  readonly name: string;
  /** The name that the certificate should be for. */
  readonly expected: string;
  /** Whether there is a `tls.ca`. */
  readonly hasAuthority: boolean;
  /** Whether the client has a certificate of its own. */
  readonly showsCertificate: boolean;
}

/** Returns the error of a TLS handshake that failed. */
export function tlsFailure(
  cause: NodeJS.ErrnoException,
  { name, expected, hasAuthority, showsCertificate }: TlsAttempt,
): MqttError {
  const hint =
    wrongNameHint(cause, expected) ??
    hangUpHint(cause, showsCertificate) ??
    findHint([...(hasAuthority ? withCa : withoutCa), ...handshakeHints, ...alertHints], cause) ??
    opensslReason(cause.message);
  return tlsError(`no TLS with ${name}: ${hint}`, cause);
}

/**
 * Returns the error of a TLS connection that the server refused after the handshake; undefined for any other cause. With TLS 1.3 the
 * client completes the handshake before the server checks the client's certificate, so a refusal breaks the open link.
 */
export function lateRefusal(cause: NodeJS.ErrnoException): MqttError | undefined {
  const hint = findHint(alertHints, cause);
  return hint === undefined ? undefined : tlsError(`TLS was refused: ${hint}`, cause);
}

/** Returns the error of a server that responded to the upgrade with another HTTP status. The `cause` has it as `status`. */
export function refusedUpgrade(status: number, { host, pathname }: URL): MqttError {
  const isRedirect = status >= 300 && status < 400;
  const hint =
    statusHints[status] ??
    (isRedirect
      ? 'the server redirects elsewhere; give the URL that it redirects to'
      : 'that is an HTTP server which does not upgrade to WebSocket');
  const cause = Object.assign(new Error(`HTTP ${status}`), { status });
  return upgradeError(`no WebSocket at ${host}${pathname}: ${hint} (HTTP ${status})`, cause);
}

/** Returns the error of an upgrade to WebSocket that failed without an HTTP status. */
export function upgradeFailure(cause: NodeJS.ErrnoException, { host, pathname }: URL): MqttError {
  const hint = findHint(upgradeHints, cause) ?? wordsOf(cause);
  return lateRefusal(cause) ?? upgradeError(`no WebSocket at ${host}${pathname}: ${hint}`, cause);
}

/** A pattern for the code or message of an error, and what to tell the user. */
type Hint = readonly [pattern: RegExp, words: string];

/** Why a socket could not be opened, by the code of the system. */
const connectHints: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it hung up at once',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EADDRNOTAVAIL: "'tcp.localAddress', or the host, is not an address of this machine, or it has no free port",
  EMFILE: 'this process has too many open files and sockets',
  EINVAL: "'tcp.localAddress', or the zone of the IPv6 address, does not lead there",
  ENOENT: 'there is no such socket',
  ENOTSOCK: 'it is not a socket',
  EACCES: 'this user is not allowed to',
  EPERM: 'this user is not allowed to',
};

/** Codes of an address to which this machine has no way. */
const localFailures: ReadonlySet<string | undefined> = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL']);

const UNKNOWN_AUTHORITY = /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER/;

/** Why a server's certificate is not trusted without `tls.ca`. */
const withoutCa: readonly Hint[] = [
  [/DEPTH_ZERO_SELF_SIGNED_CERT/, "its certificate is self-signed; to trust it, give that certificate as 'tls.ca'"],
  [
    UNKNOWN_AUTHORITY,
    "its certificate is from an unknown authority; give the authority's certificate as 'tls.ca' (or the server omits an intermediate certificate)",
  ],
  [
    /CERT_SIGNATURE_FAILURE/,
    "its certificate is signed by an authority of a known name, but with another key; give that authority's certificate as 'tls.ca'",
  ],
];

/** Why a server's certificate is not trusted with the given `tls.ca`. */
const withCa: readonly Hint[] = [
  [
    /DEPTH_ZERO_SELF_SIGNED_CERT/,
    "its certificate is self-signed, and is not the certificate in 'tls.ca'; to trust it, give that certificate as 'tls.ca'",
  ],
  [
    UNKNOWN_AUTHORITY,
    "its certificate is not signed by the authority in 'tls.ca'; give the certificate of the authority that signed it (or the server " +
      'omits an intermediate certificate)',
  ],
  [
    /CERT_SIGNATURE_FAILURE/,
    "its certificate is signed by an authority with the name of the one in 'tls.ca', but with another key; give the present " +
      "certificate of that authority as 'tls.ca'",
  ],
];

/** Other reasons for which the client ends the handshake. */
const handshakeHints: readonly Hint[] = [
  [/CERT_HAS_EXPIRED/, 'its certificate has expired; it must be renewed, unless the clock of this machine is wrong'],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet; the clock of this machine may be wrong'],
  [
    /wrong.version.number|packet.length.too.long|record.layer.failure|http.request/i,
    'that port does not speak TLS; 1883 and ws are without, 8883 and wss usually with it',
  ],
  [
    /no.protocols.available|unsupported.protocol/i,
    "no version of TLS that both sides allow; see 'tls.minVersion' and 'tls.maxVersion'",
  ],
];

/** The alerts by which a server ends the handshake. */
const alertHints: readonly Hint[] = [
  [
    /alert.certificate.required/i,
    "the server asks for a client certificate (mutual TLS); give 'tls.cert' and 'tls.key'",
  ],
  [/alert.unknown.ca/i, "the server does not know the authority of the client certificate ('tls.cert')"],
  [
    /alert.(bad.certificate|certificate.unknown|unsupported.certificate|access.denied)/i,
    "the server does not accept the client certificate ('tls.cert')",
  ],
  [/alert.certificate.(expired|revoked)/i, "the client certificate ('tls.cert') has expired or is revoked"],
  [
    /alert.(unknown.psk|decrypt.error|illegal.parameter|bad.record.mac)/i,
    "the server does not know 'tls.psk.identity', or has another key for it",
  ],
  [
    /alert.protocol.version/i,
    "the server allows other versions of TLS only; see 'tls.minVersion' and 'tls.maxVersion'",
  ],
  [/alert.no.application.protocol/i, "the server speaks none of the protocols in 'tls.alpn'"],
  [/alert.unrecognized.name/i, "the server has no certificate for this name; see 'tls.servername'"],
  [
    /alert.handshake.failure/i,
    "the server found nothing to agree on; it may ask for a client certificate ('tls.cert'), another 'tls.psk', or other 'tls.ciphers'",
  ],
];

/** Why a server did not upgrade, by the status of its response. */
const statusHints: Readonly<Record<number, string>> = {
  400: 'the server does not accept the request; check the path, and whether the port is for ws:// or for wss://',
  401: "the server wants other credentials; see 'websocket.headers'",
  403: "the server does not allow it; see 'websocket.headers'",
  404: 'there is nothing at that path; most brokers have /mqtt, RabbitMQ has /ws',
  407: "a proxy on the way wants credentials; see 'proxy'",
  426: 'the server wants another version of HTTP or WebSocket',
  429: 'the server has got too many requests',
  500: 'the server has failed',
  502: 'the broker behind that server does not answer',
  503: 'the server is busy, or the broker behind it does not answer',
  504: 'the broker behind that server does not answer',
};

/** Why an upgrade failed before a response. */
const upgradeHints: readonly Hint[] = [
  [
    /subprotocol/i,
    "the server does not speak the sub-protocol; see 'websocket.protocols', and whether that path leads to MQTT",
  ],
  [/HPE_|Parse Error/, 'that port does not speak HTTP; 1883 and 8883 are for mqtt:// and mqtts://, or it wants wss://'],
  [
    /ECONNRESET|hang up|EPIPE/,
    'the server hung up; 1883 and 8883 are not WebSocket ports, and a port for wss:// does not take ws://',
  ],
];

function findHint(hints: readonly Hint[], { code = '', message }: NodeJS.ErrnoException): string | undefined {
  const text = `${code} ${message}`;
  return hints.find(([pattern]) => pattern.test(text))?.[1];
}

function wrongNameHint(cause: NodeJS.ErrnoException & { cert?: { subjectaltname?: string } }, expected: string) {
  if (cause.code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined;
  // the names come from the server and may hold anything
  const names = piece(cause.cert?.subjectaltname ?? '');
  return `its certificate is for ${names || 'no host'}, not for ${expected}; 'tls.servername' sets the name to check`;
}

function hangUpHint({ code = '' }: NodeJS.ErrnoException, showsCertificate: boolean): string | undefined {
  if (code !== 'ECONNRESET' && code !== 'EPIPE' && code !== '') return undefined;
  const certificate = showsCertificate ? "perhaps it does not accept the client certificate ('tls.cert'), or " : '';
  return `it hung up during the handshake; ${certificate}does that port speak TLS? 1883 is without, 8883 usually with it`;
}

/** Returns the reason in a message of OpenSSL, which has the form `...:SSL routines:function:reason:file:line:`. */
const opensslReason = (message: string): string => piece(/routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message);

const tlsError = (message: string, cause: NodeJS.ErrnoException) =>
  new MqttError('CONNECTION_FAILED', `${message}${cause.code ? ` (${cause.code})` : ''}`, {
    phase: 'tls',
    cause,
    // a certificate can be renewed, and a clock be set, without a change of this client
    retryable: true,
  });

const upgradeError = (message: string, cause: Error) =>
  new MqttError('CONNECTION_FAILED', message, { phase: 'websocket', cause, retryable: true });
