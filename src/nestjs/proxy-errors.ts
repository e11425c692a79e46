import { MqttError } from '../errors.js';
import { quoted } from '../quoted.js';

export function codecInEnvelope(): MqttError {
  return new MqttError('INVALID_ARGUMENT', "'codec' and convention 'nest' exclude each other: its envelope is JSON", {
    subject: 'codec',
  });
}

export function codecNeeds5(topic: string): MqttError {
  return new MqttError('NOT_SUPPORTED', `the request ${quoted(topic)} has a codec, which needs MQTT 5.0`, {
    subject: topic,
    delivery: 'rejected',
  });
}

export function notConnected(topic: string, ms: number): MqttError {
  return new MqttError(
    'REQUEST_TIMEOUT',
    `no connection to the broker within ${ms} ms for the request ${quoted(topic)}`,
    {
      subject: topic,
      delivery: 'rejected',
      retryable: true,
    },
  );
}

export function noReply(topic: string, ms: number): MqttError {
  return new MqttError(
    'REQUEST_TIMEOUT',
    `no reply to the request ${quoted(topic)} within ${ms} ms; is its service running?`,
    {
      subject: topic,
      delivery: 'indeterminate',
      retryable: true,
    },
  );
}
