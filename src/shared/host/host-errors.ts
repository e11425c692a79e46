import { MqttError } from '../../errors.js';
import { piece } from '../../quoted.js';
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

/** ms; the longest delay of a timer. */
export const LONGEST_TIMER = 2 ** 31 - 1;

export const notAClient = (): MqttError =>
  new MqttError('INVALID_ARGUMENT', "argument 'client' of hostClient() must be a client that mqtt() has made", {
    subject: 'client',
  });

export const unknownOption = (name: string): MqttError =>
  new MqttError('INVALID_ARGUMENT', `hostClient() has no option '${piece(name)}'; it has 'linger' and 'drain'`, {
    subject: name,
  });

export const notADelay = (name: string): MqttError =>
  new MqttError('INVALID_ARGUMENT', `option '${name}' of hostClient() must be a number of ms from 0 to 2,147,483,647`, {
    subject: name,
  });
