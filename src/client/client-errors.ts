import { MqttError } from '../errors.js';
import { describeReason, isRetryable } from '../protocol/reason-codes.js';
import { quoted } from '../quoted.js';

/** Returns the error of a call on a client that is closed by disconnect(), or because of `error`. */
export function clientClosed(error: MqttError | undefined): MqttError {
  return error === undefined
    ? new MqttError('CLIENT_CLOSED', 'the client was closed by disconnect(); connect() opens it again')
    : new MqttError('CLIENT_CLOSED', `the client is closed because of ${error.code}: ${error.message}`, {
        reasonCode: error.reasonCode,
        cause: error,
      });
}

/** Returns the error of the streams of a filter that a SUBACK refuses. */
export function subscribeRefused(filter: string, reasonCode: number, reasonString: string | undefined): MqttError {
  return new MqttError(
    'SUBSCRIBE_REFUSED',
    `the broker refused ${quoted(filter)}: ${describeReason(reasonCode, reasonString)}`,
    {
      reasonCode,
      reasonString,
      subject: filter,
      retryable: isRetryable(reasonCode),
    },
  );
}
