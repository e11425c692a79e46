import { MqttError } from '../errors.js';

const PROTOCOL_ERROR = 0x82;

/** MQTT comes in binary frames only [MQTT-6.0.0-1]. */
export const textFrame = (): MqttError =>
  new MqttError('PROTOCOL_ERROR', 'a text frame came from the WebSocket; MQTT uses binary frames only', {
    reasonCode: PROTOCOL_ERROR,
    retryable: true,
  });
