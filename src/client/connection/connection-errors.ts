import { MqttError, type MqttErrorCode } from '../../errors.js';
import type { ConnectionConfig } from './connection-config.js';
import { wordsOf } from '../../quoted.js';

/** Returns the error for a link that ended without DISCONNECT. */
export const connectionClosed = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the broker closed the connection', { retryable: true });

/** Adds the phase 'mqtt' to a loss before CONNACK: a broker may refuse a client by closing the link. */
export function beforeConnack(error: MqttError): MqttError {
  if (error.code !== 'CONNECTION_CLOSED') return error;
  return new MqttError(
    'CONNECTION_CLOSED',
    `no CONNACK came: ${error.message}; the broker may not speak this version of MQTT, may want other credentials or TLS, ` +
      'or this is not an MQTT port',
    { phase: 'mqtt', retryable: true, cause: error.cause },
  );
}

/** The errors for which the client sends DISCONNECT. For a dead connection there is no reason code that a client may send (3.14.2.1). */
const clientErrors: ReadonlySet<MqttErrorCode> = new Set([
  'MALFORMED_PACKET',
  'PROTOCOL_ERROR',
  'PACKET_TOO_LARGE',
  'AUTHENTICATION_FAILED',
  'RECEIVE_OVERFLOW',
]);

/**
 * Returns the reason code of the DISCONNECT with which the client ends the connection (5.0 section 4.13), or undefined where it sends none:
 * when the client is not the one that ends the connection, in 3.x, and before CONNACK. During an authentication, DISCONNECT is allowed as
 * soon as CONNECT is sent [MQTT-3.1.2-30].
 */
export function disconnectReason(
  { code, reasonCode }: MqttError,
  { connect, options }: ConnectionConfig,
  hasSentConnect: boolean,
  isAccepted: boolean,
): number | undefined {
  if (connect.protocolVersion !== 5) return undefined;
  const isAllowed = isAccepted || (options.authentication !== undefined && hasSentConnect);
  return isAllowed && clientErrors.has(code) ? reasonCode : undefined;
}

export const toMqttError = (cause: unknown): MqttError =>
  MqttError.is(cause)
    ? cause
    : new MqttError('TRANSPORT_ERROR', `the connection failed: ${wordsOf(cause)}`, { cause, retryable: true });

/** The reason codes of DISCONNECT that are about the connection or the broker, not about a packet (5.0 section 3.14.2.1). */
const connectionReasons: ReadonlySet<number | undefined> = new Set([
  0x00, 0x04, 0x89, 0x8b, 0x8d, 0x8e, 0x93, 0x96, 0x97, 0x98, 0x9c, 0x9d, 0xa0,
]);

/** The codes of system calls for failures of the network. With any other code, the peer reset the connection. */
const networkErrors: ReadonlySet<unknown> = new Set([
  'ETIMEDOUT',
  'ENETDOWN',
  'ENETUNREACH',
  'ENETRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ECONNABORTED',
]);

/** Whether an attempt failed because the broker could not be reached: it does not run, or the network is down. */
export const isOutage = ({ code }: MqttError): boolean =>
  code === 'CONNECTION_FAILED' ||
  code === 'CONNECT_TIMEOUT' ||
  code === 'CONNECTION_CLOSED' ||
  code === 'TRANSPORT_ERROR';

/** Whether the broker ended an accepted connection, perhaps because of a packet that it received. */
export function isHangUp({ code, reasonCode, cause }: MqttError): boolean {
  if (code === 'SERVER_DISCONNECTED') return !connectionReasons.has(reasonCode);
  if (code === 'TRANSPORT_ERROR') return !networkErrors.has((cause as { code?: unknown } | undefined)?.code);
  return code === 'CONNECTION_CLOSED';
}
