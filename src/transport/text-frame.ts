import { MqttError } from '../errors.js';

const PROTOCOL_ERROR = 0x82;

/** MQTT comes in binary frames only [MQTT-6.0.0-1]. */
export const textFrame = (): MqttError =>
  new MqttError('PROTOCOL_ERROR', 'a text frame on the WebSocket, where MQTT comes in binary ones', {
    reasonCode: PROTOCOL_ERROR,
    retryable: true,
  });
