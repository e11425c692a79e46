import { MqttError } from '../errors.js';

/** Of a write to a link that takes nothing any more. Why the link closes, its own end tells. */
export const closing = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the connection is closing and accepts nothing more', { retryable: true });
