import { expect } from 'chai';
import { nearest } from '../../../src/client/options/checks/record.js';

const known = ['keepalive', 'clientId', 'username', 'password', 'qos', 'queue', 'initial', 'max'];

describe('nearest', () => {
  const cases: readonly (readonly [word: string, meant: string | undefined])[] = [
    ['keepAlive', 'keepalive'],
    ['keep_alive', 'keepalive'],
    ['kepealive', 'keepalive'],
    ['ClientID', 'clientId'],
    ['passwd', 'password'],
    ['pass', 'password'],
    ['user', 'username'],
    ['qso', 'qos'],
    ['qeue', 'queue'],
    ['initialDelay', 'initial'],
    ['z', undefined],
    ['colour', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ];
  for (const [word, meant] of cases) {
    it(`${word.slice(0, 20)}: ${meant ?? 'nothing'}`, () => expect(nearest(word, known)).to.equal(meant));
  }
});
