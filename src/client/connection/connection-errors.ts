import { MqttError, type MqttErrorCode } from '../../errors.js';
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
      'or TLS, or this is no MQTT port',
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

/** The reason code that the broker is told when we end the connection (5.0 section 4.13); undefined when the end is not ours. */
export const reasonToTell = ({ code, reasonCode }: MqttError): number | undefined =>
  ourVerdicts.has(code) ? reasonCode : undefined;

export const toMqttError = (cause: unknown): MqttError =>
  MqttError.is(cause)
    ? cause
    : new MqttError('TRANSPORT_ERROR', `the connection failed: ${wordsOf(cause)}`, { cause, retryable: true });
