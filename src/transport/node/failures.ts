import { MqttError, type ConnectionPhase } from '../../errors.js';
import { piece, wordsOf } from '../../quoted.js';

type Hint = readonly [pattern: RegExp, words: string];

const UNKNOWN_AUTHORITY = /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF|UNABLE_TO_GET_ISSUER/;

/** Why nobody vouches for a server's certificate, where there is no `tls.ca`. Looked for in code and message. */
const withoutCa: readonly Hint[] = [
  [/DEPTH_ZERO_SELF_SIGNED_CERT/, 'its certificate is self-signed; to trust it, give that certificate as tls.ca'],
  [
    UNKNOWN_AUTHORITY,
    "its certificate is from an unknown authority; give the authority's certificate as tls.ca (or the server leaves out one in between)",
  ],
  [
    /CERT_SIGNATURE_FAILURE/,
    "its certificate is signed by an authority of a known name, but with another key; give that authority's certificate as tls.ca",
  ],
];

/** The same, where `tls.ca` is not the right one. */
const withCa: readonly Hint[] = [
  [
    /DEPTH_ZERO_SELF_SIGNED_CERT/,
    'its certificate is self-signed, and is not the certificate in tls.ca; to trust it, give that certificate as tls.ca',
  ],
  [
    UNKNOWN_AUTHORITY,
    'its certificate is not signed by the authority in tls.ca; give the certificate of the authority that signed it (or the server ' +
      'leaves out one in between)',
  ],
  [
    /CERT_SIGNATURE_FAILURE/,
    'its certificate is signed by an authority with the name of the one in tls.ca, but with another key; give the present ' +
      'certificate of that authority as tls.ca',
  ],
];

/** Why a server's certificate, or its way of talking, was not taken otherwise. */
const ours: readonly Hint[] = [
  [/CERT_HAS_EXPIRED/, 'its certificate has expired; it must be renewed, unless the clock of this machine is wrong'],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet; the clock of this machine may be wrong'],
  [
    /wrong.version.number|packet.length.too.long|record.layer.failure|http.request/i,
    'that port does not speak TLS; 1883 and ws are without, 8883 and wss usually with it',
  ],
  [
    /no.protocols.available|unsupported.protocol/i,
    'no version of TLS that both sides allow; see tls.minVersion and tls.maxVersion',
  ],
];

/** What a server says when it refuses us. */
const alerts: readonly Hint[] = [
  [/alert.certificate.required/i, 'the server asks for a client certificate (mutual TLS); give tls.cert and tls.key'],
  [/alert.unknown.ca/i, 'the server does not know the authority of our certificate (tls.cert)'],
  [
    /alert.(bad.certificate|certificate.unknown|unsupported.certificate|access.denied)/i,
    'the server does not take our certificate (tls.cert)',
  ],
  [/alert.certificate.(expired|revoked)/i, 'our certificate (tls.cert) has expired or is revoked'],
  [
    /alert.(unknown.psk|decrypt.error|illegal.parameter|bad.record.mac)/i,
    'the server does not know tls.psk.identity, or has another key for it',
  ],
  [/alert.protocol.version/i, 'the server allows other versions of TLS only; see tls.minVersion and tls.maxVersion'],
  [/alert.no.application.protocol/i, 'the server speaks none of the protocols in tls.alpn'],
  [/alert.unrecognized.name/i, 'the server has no certificate for this name; see tls.servername'],
  [
    /alert.handshake.failure/i,
    'the server found nothing to agree on; it may ask for a client certificate (tls.cert), another tls.psk, or other tls.ciphers',
  ],
];

export interface TlsAttempt {
  /** Host and port. */
  readonly name: string;
  /** What the certificate should be for. */
  readonly expected: string;
  /** There is a `tls.ca`. */
  readonly hasAuthority: boolean;
  /** We show a certificate of our own. */
  readonly showsCertificate: boolean;
}

/** Why there is no TLS. */
export function tlsFailure(
  cause: NodeJS.ErrnoException,
  { name, expected, hasAuthority, showsCertificate }: TlsAttempt,
): MqttError {
  const hint =
    wrongName(cause, expected) ??
    hangUp(cause, showsCertificate) ??
    find([...(hasAuthority ? withCa : withoutCa), ...ours, ...alerts], cause) ??
    inShort(cause.message);
  return failed(`no TLS with ${name}: ${hint}`, cause);
}

/** With TLS 1.3 a server's refusal comes when the client is through with the handshake: then it breaks the link. */
export function lateRefusal(cause: NodeJS.ErrnoException): MqttError | undefined {
  const hint = find(alerts, cause);
  return hint === undefined ? undefined : failed(`TLS was refused: ${hint}`, cause);
}

const failed = (message: string, cause: NodeJS.ErrnoException) =>
  new MqttError('CONNECTION_FAILED', `${message}${cause.code ? ` (${cause.code})` : ''}`, {
    phase: 'tls',
    cause,
    // a certificate is renewed, a portal lets us through, a clock is set
    retryable: true,
  });

function find(hints: readonly Hint[], { code = '', message }: NodeJS.ErrnoException): string | undefined {
  const text = `${code} ${message}`;
  return hints.find(([pattern]) => pattern.test(text))?.[1];
}

function wrongName(cause: NodeJS.ErrnoException & { cert?: { subjectaltname?: string } }, expected: string) {
  if (cause.code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined;
  // the server's words
  const names = piece(cause.cert?.subjectaltname ?? '');
  return `its certificate is for ${names || 'no host'}, not for ${expected}; tls.servername sets the name to check`;
}

/** OpenSSL says `...:SSL routines:function:reason:file:line:`. */
const inShort = (message: string): string => piece(/routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message);

function hangUp({ code = '' }: NodeJS.ErrnoException, showsCertificate: boolean): string | undefined {
  if (code !== 'ECONNRESET' && code !== 'EPIPE' && code !== '') return undefined;
  const ours = showsCertificate ? 'perhaps it does not take our certificate (tls.cert), or ' : '';
  return `it hung up during the handshake; ${ours}does that port speak TLS? 1883 is without, 8883 usually with it`;
}

const hints: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it hung up at once',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EADDRNOTAVAIL: 'tcp.localAddress is not an address of this machine',
  EINVAL: 'tcp.localAddress, or the zone of the IPv6 address, does not lead there',
  ENOENT: 'there is no such socket',
  ENOTSOCK: 'it is not a socket',
  EACCES: 'this user is not allowed to',
  EPERM: 'this user is not allowed to',
};

/** Why a socket of Node could not be opened, in words, with the phase in which it failed. */
export function connectFailure(cause: NodeJS.ErrnoException, name: string): MqttError {
  // several addresses were tried: the first failure speaks for all
  const [first] = cause instanceof AggregateError ? (cause.errors as NodeJS.ErrnoException[]) : [];
  const code = first?.code ?? cause.code ?? '';
  const phase: ConnectionPhase = cause.syscall === 'getaddrinfo' ? 'dns' : 'tcp';
  const hint = hints[code] ?? wordsOf(cause);
  return new MqttError('CONNECTION_FAILED', `cannot connect to ${name}: ${hint}${code && ` (${code})`}`, {
    phase,
    cause,
    retryable: true,
  });
}

const statusHints: Readonly<Record<number, string>> = {
  400: 'the server does not take the request; check the path, and whether the port takes ws:// or wss://',
  401: 'the server wants other credentials; see websocket.headers',
  403: 'the server does not allow it; see websocket.headers',
  404: 'there is nothing at that path; most brokers have /mqtt, RabbitMQ has /ws',
  426: 'the server wants another version of HTTP or WebSocket',
  502: 'the broker behind that server does not answer',
  503: 'the server is busy, or the broker behind it does not answer',
  504: 'the broker behind that server does not answer',
};

const errorHints: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /subprotocol/i,
    'the server does not speak the sub-protocol; see websocket.protocols, and whether that path leads to MQTT',
  ],
  [/HPE_|Parse Error/, 'that port does not speak HTTP; 1883 and 8883 are for mqtt:// and mqtts://, or it wants wss://'],
  [
    /ECONNRESET|hang up|EPIPE/,
    'the server hung up; 1883 and 8883 are not WebSocket ports, and a port for wss:// does not take ws://',
  ],
];

/** The server answered, with an HTTP status and not with an upgrade: the `cause` has it as `status`. */
export function refusedUpgrade(status: number, { host, pathname }: URL): MqttError {
  const moved = status >= 300 && status < 400;
  const hint =
    statusHints[status] ??
    (moved
      ? 'the server redirects elsewhere; give the URL that it redirects to'
      : 'that is an HTTP server which does not upgrade to WebSocket');
  const cause = Object.assign(new Error(`HTTP ${status}`), { status });
  return upgradeFailed(`no WebSocket at ${host}${pathname}: ${hint} (HTTP ${status})`, cause);
}

export function upgradeFailure(cause: NodeJS.ErrnoException, { host, pathname }: URL): MqttError {
  const text = `${cause.code ?? ''} ${cause.message}`;
  const hint = errorHints.find(([pattern]) => pattern.test(text))?.[1] ?? wordsOf(cause);
  return lateRefusal(cause) ?? upgradeFailed(`no WebSocket at ${host}${pathname}: ${hint}`, cause);
}

const upgradeFailed = (message: string, cause: Error) =>
  new MqttError('CONNECTION_FAILED', message, { phase: 'websocket', cause, retryable: true });
