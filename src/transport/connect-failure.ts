import { type ConnectionPhase, MqttError } from '../errors.js';
import { wordsOf } from '../quoted.js';

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
