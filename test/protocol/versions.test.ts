import { expect } from 'chai';
import { MqttError, type ConnectionPhase } from '../../src/errors.js';
import { Versions } from '../../src/protocol/versions.js';

const refused = new MqttError('UNSUPPORTED_PROTOCOL_VERSION', 'refused');
const closed = (phase?: ConnectionPhase) => new MqttError('CONNECTION_CLOSED', 'closed', { phase });
const hungUp = closed('mqtt');

const server = 'mqtt://a';

describe('protocol versions: auto goes down from 5.0', () => {
  it('goes on to the next older one at each refusal in words, and gives up below 3.1', () => {
    const ladder = new Versions().ladder(server, 'auto');
    expect(ladder.version).to.equal(5);
    expect([ladder.failed(refused), ladder.version]).to.deep.equal([true, 4]);
    expect([ladder.failed(refused), ladder.version]).to.deep.equal([true, 3]);
    expect([ladder.failed(refused), ladder.version]).to.deep.equal([false, 3]);
  });

  it('tries the same version once more when the broker hangs up without CONNACK, then the next older one', () => {
    const ladder = new Versions().ladder(server, 'auto');
    const versions = [1, 2, 3, 4, 5].map(() => (ladder.failed(hungUp) ? ladder.version : 'no'));
    expect(versions).to.deep.equal([5, 4, 4, 3, 3]);
    expect(ladder.failed(hungUp)).to.equal(false);
  });

  it('counts the hang-ups of each version alone', () => {
    const ladder = new Versions().ladder(server, 'auto');
    ladder.failed(hungUp);
    ladder.failed(refused);
    expect([ladder.failed(hungUp), ladder.version]).to.deep.equal([true, 4]);
  });

  it('takes no other failure for a matter of versions', () => {
    const ladder = new Versions().ladder(server, 'auto');
    const others = [
      closed('tcp'),
      closed('tls'),
      closed(),
      new MqttError('CONNECTION_REFUSED', 'busy', { reasonCode: 0x89, phase: 'mqtt' }),
      new MqttError('CONNECT_TIMEOUT', 'silence', { phase: 'mqtt' }),
      new Error('UNSUPPORTED_PROTOCOL_VERSION'),
      undefined,
    ];
    for (const error of others) expect(ladder.failed(error)).to.equal(false);
    expect(ladder.version).to.equal(5);
  });
});

describe('protocol versions: what is remembered, per server', () => {
  it('is the version that was accepted', () => {
    const versions = new Versions();
    const ladder = versions.ladder(server, 'auto');
    for (let i = 0; i < 2; i++) ladder.failed(hungUp);
    ladder.accepted();
    expect(versions.ladder(server, 'auto').version).to.equal(4);
    expect(versions.ladder('mqtt://b', 'auto').version).to.equal(5);
  });

  it('is a refusal in words, before any version is accepted', () => {
    const versions = new Versions();
    versions.ladder(server, 'auto').failed(refused);
    expect(versions.ladder(server, 'auto').version).to.equal(4);
  });

  it('is not a hang-up, which may have had other causes', () => {
    const versions = new Versions();
    const ladder = versions.ladder(server, 'auto');
    for (let i = 0; i < 4; i++) ladder.failed(hungUp);
    expect(ladder.version).to.equal(3);
    expect(versions.ladder(server, 'auto').version).to.equal(5);
  });
});

describe('protocol versions: a fixed one', () => {
  it('never steps down', () => {
    for (const version of [5, 4, 3] as const) {
      const ladder = new Versions().ladder(server, version);
      for (const error of [refused, hungUp, hungUp]) expect(ladder.failed(error)).to.equal(false);
      expect(ladder.version).to.equal(version);
    }
  });

  it('is used whatever is remembered', () => {
    const versions = new Versions();
    versions.ladder(server, 'auto').failed(refused);
    expect(versions.ladder(server, 5).version).to.equal(5);
  });
});
