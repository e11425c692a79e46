import { expect } from 'chai';
import { ServerRecords } from '../../src/client/lifecycle/servers/server-records.js';
import { Warnings } from '../../src/client/warnings.js';
import { MqttError } from '../../src/errors.js';
import { Versions } from '../../src/protocol/versions.js';

describe('what is remembered of servers', () => {
  it('is bounded: a broker that redirects to ever new names pushes out those, not the server that is used', () => {
    const records = new ServerRecords(new Warnings());
    const home = records.of('mqtt://home');
    const first = records.of('mqtt://0');
    for (let i = 0; i < 1000; i++) {
      records.of(`mqtt://${i}`);
      expect(records.of('mqtt://home')).to.equal(home);
    }
    expect(records.of('mqtt://0')).not.to.equal(first);
  });

  it('so are versions', () => {
    const versions = new Versions();
    const refuses5 = new MqttError('UNSUPPORTED_PROTOCOL_VERSION', 'no', { reasonCode: 0x84 });
    for (const server of ['home', 'away']) versions.startAttempt(server, 'auto').fail(refuses5);
    for (let i = 0; i < 1000; i++) {
      versions.startAttempt(`${i}`, 'auto');
      expect(versions.startAttempt('home', 'auto').version).to.equal(4);
    }
    expect(versions.startAttempt('away', 'auto').version).to.equal(5);
  });
});
