import { expect } from 'chai';
import { connectionClosed, isHangUp, isOutage, toMqttError } from '../../src/client/connection/connection-errors.js';
import { MqttError, type MqttErrorCode } from '../../src/errors.js';

const disconnected = (reasonCode?: number) =>
  new MqttError('SERVER_DISCONNECTED', 'the broker ended the connection', { reasonCode });
const reset = (code?: string) => toMqttError(Object.assign(new Error('it failed'), code === undefined ? {} : { code }));
const failed = (code: MqttErrorCode) => new MqttError(code, 'it failed');

const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const aboutTheConnection = [0x00, 0x04, 0x89, 0x8b, 0x8d, 0x8e, 0x93, 0x96, 0x97, 0x98, 0x9c, 0x9d, 0xa0];

describe('which end of a connection may be for what was sent', () => {
  const rows: [name: string, error: MqttError, expected: boolean][] = [
    ['the link ended without a word', connectionClosed(), true],
    ['a DISCONNECT without a reason code', disconnected(), true],
    ...[0, 4, ...codes(0x80, 0xa2)].map((reasonCode): [string, MqttError, boolean] => [
      `DISCONNECT 0x${reasonCode.toString(16).padStart(2, '0')}`,
      disconnected(reasonCode),
      !aboutTheConnection.includes(reasonCode),
    ]),
    ['a reset', reset('ECONNRESET'), true],
    ['a broken pipe', reset('EPIPE'), true],
    ['a failure without a code', reset(), true],
    ...['ETIMEDOUT', 'ENETDOWN', 'ENETUNREACH', 'ENETRESET', 'EHOSTDOWN', 'EHOSTUNREACH', 'ECONNABORTED'].map(
      (code): [string, MqttError, boolean] => [code, reset(code), false],
    ),
    ...(['KEEPALIVE_TIMEOUT', 'ACK_TIMEOUT', 'PROTOCOL_ERROR', 'MALFORMED_PACKET', 'RECEIVE_OVERFLOW'] as const).map(
      (code): [string, MqttError, boolean] => [code, failed(code), false],
    ),
    ['a refused CONNECT', failed('CONNECTION_REFUSED'), false],
  ];
  for (const [name, error, expected] of rows) {
    it(`${name}: ${expected ? 'yes' : 'no'} [S112]`, () => expect(isHangUp(error)).to.equal(expected));
  }
});

describe('which failed attempt says that no broker was there', () => {
  const rows: [code: MqttErrorCode, expected: boolean][] = [
    ['CONNECTION_FAILED', true],
    ['CONNECT_TIMEOUT', true],
    ['CONNECTION_CLOSED', true],
    ['TRANSPORT_ERROR', true],
    ['CONNECTION_REFUSED', false],
    ['AUTHENTICATION_FAILED', false],
    ['OPTIONS_FAILED', false],
    ['PROTOCOL_ERROR', false],
  ];
  for (const [code, expected] of rows) {
    it(`${code}: ${expected ? 'yes' : 'no'} [S98]`, () => expect(isOutage(failed(code))).to.equal(expected));
  }
});
