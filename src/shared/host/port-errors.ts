import { MqttError } from '../../errors.js';
import { PORT_VERSION } from '../port-messages.js';

export const otherVersion = (version: number): MqttError =>
  new MqttError(
    'NOT_SUPPORTED',
    `this page speaks version ${version} of the messages between tabs, and the owner of the shared client version ${PORT_VERSION}; ` +
      'close all tabs of the old version, or reload them',
    { subject: 'version' },
  );

export const otherTerms = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the shared client has a connection with other limits, which the tab gets next', {
    retryable: true,
  });

export const brokenLink = (cause: unknown): MqttError =>
  new MqttError('TRANSPORT_ERROR', 'the owner of the shared client could not handle a packet', {
    retryable: true,
    cause,
  });
