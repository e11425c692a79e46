import { MqttError } from '../errors.js';

/** Returns the error of a call on a client that is closed by disconnect(), or because of `error`. */
export function clientClosed(error: MqttError | undefined): MqttError {
  return error === undefined
    ? new MqttError('CLIENT_CLOSED', 'the client was closed by disconnect(); connect() opens it again')
    : new MqttError('CLIENT_CLOSED', `the client is closed because of ${error.code}: ${error.message}`, {
        reasonCode: error.reasonCode,
        cause: error,
      });
}
