import { MqttError, type MqttErrorCode } from '../../errors.js';
import type { ConnectionConfig } from './connection-config.js';
import { wordsOf } from '../../quoted.js';

/** The link ended without a DISCONNECT. */
export const connectionClosed = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the broker closed the connection', { retryable: true });

/** A loss before CONNACK has the phase 'mqtt': it may be a refusal without words. */
export function beforeConnack(error: MqttError): MqttError {
  if (error.code !== 'CONNECTION_CLOSED') return error;
  return new MqttError(
    'CONNECTION_CLOSED',
    'the connection was closed before CONNACK: the broker may not speak this version of MQTT, may want other credentials ' +
      'or TLS, or this is not an MQTT port',
    { phase: 'mqtt', retryable: true, cause: error.cause },
  );
}

const ourVerdicts: ReadonlySet<MqttErrorCode> = new Set([
  'MALFORMED_PACKET',
  'PROTOCOL_ERROR',
  'PACKET_TOO_LARGE',
  'KEEPALIVE_TIMEOUT',
  'AUTHENTICATION_FAILED',
  'RECEIVE_OVERFLOW',
]);

/**
 * The reason code that the broker is told when we end the connection (5.0 section 4.13); undefined when the end is not ours, or nothing
 * can be told: before 5.0, and before we are accepted. In an authentication it can as soon as CONNECT is out [MQTT-3.1.2-30].
 */
export function reasonToTell(
  { code, reasonCode }: MqttError,
  { connect, options }: ConnectionConfig,
  connectIsOut: boolean,
  isAccepted: boolean,
): number | undefined {
  if (connect.protocolVersion !== 5) return undefined;
  const isAllowed = isAccepted || (options.authentication !== undefined && connectIsOut);
  return isAllowed && ourVerdicts.has(code) ? reasonCode : undefined;
}

export const toMqttError = (cause: unknown): MqttError =>
  MqttError.is(cause)
    ? cause
    : new MqttError('TRANSPORT_ERROR', `the connection failed: ${wordsOf(cause)}`, { cause, retryable: true });

/** Words of a DISCONNECT that are about the connection or the broker, not about a packet: 5.0 section 3.14.2.1. */
const aboutTheConnection: ReadonlySet<number | undefined> = new Set([
  0x00, 0x04, 0x89, 0x8b, 0x8d, 0x8e, 0x93, 0x96, 0x97, 0x98, 0x9c, 0x9d, 0xa0,
]);

/** The network, as a system call names it; what remains is the other side: it reset the connection. */
const networkTrouble: ReadonlySet<unknown> = new Set([
  'ETIMEDOUT',
  'ENETDOWN',
  'ENETUNREACH',
  'ENETRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ECONNABORTED',
]);

/** Whether an attempt failed because no broker was there: it was stopped, or the network is down. */
export const isOutage = ({ code }: MqttError): boolean =>
  code === 'CONNECTION_FAILED' ||
  code === 'CONNECT_TIMEOUT' ||
  code === 'CONNECTION_CLOSED' ||
  code === 'TRANSPORT_ERROR';

/** Whether the other side ended an accepted connection, perhaps for something that it was sent. */
export function isHangUp({ code, reasonCode, cause }: MqttError): boolean {
  if (code === 'SERVER_DISCONNECTED') return !aboutTheConnection.has(reasonCode);
  if (code === 'TRANSPORT_ERROR') return !networkTrouble.has((cause as { code?: unknown } | undefined)?.code);
  return code === 'CONNECTION_CLOSED';
}
