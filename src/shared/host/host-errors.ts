import { MqttError } from '../../errors.js';
import { LONGEST_DELAY } from '../../operators/delay.js';
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

export const notAClient = (): MqttError =>
  new MqttError('INVALID_ARGUMENT', "argument 'client' of hostClient() must be a client that mqtt() has made", {
    subject: 'client',
  });

const unknownOption = (name: string): MqttError =>
  new MqttError('INVALID_ARGUMENT', `hostClient() has no option '${piece(name)}'; it has 'linger' and 'drain'`, {
    subject: name,
  });

const notADelay = (name: string): MqttError =>
  new MqttError('INVALID_ARGUMENT', `option '${name}' of hostClient() must be a number of ms from 0 to 2,147,483,647`, {
    subject: name,
  });

/** Throws INVALID_ARGUMENT for an unknown option, or one that is not a delay. */
export function checkHostOptions(options: object): void {
  for (const [name, ms] of Object.entries(options) as [string, unknown][]) {
    if (name !== 'linger' && name !== 'drain') throw unknownOption(name);
    if (ms !== undefined && (typeof ms !== 'number' || !(ms >= 0 && ms <= LONGEST_DELAY))) throw notADelay(name);
  }
}
