import { expect } from 'chai';
import { MqttError, type ConnectionPhase } from '../../src/errors.js';
import type { ProtocolVersion } from '../../src/packets.js';
import { ServerVersions, fixedVersion } from '../../src/protocol/versions.js';

const refused = new MqttError('UNSUPPORTED_PROTOCOL_VERSION', 'refused');
const closed = (phase?: ConnectionPhase) => new MqttError('CONNECTION_CLOSED', 'closed', { phase, retryable: true });
const hungUp = closed('mqtt');
const emptyId = new MqttError('INVALID_ARGUMENT', 'an empty clientId');

type Answer = 'accepts' | MqttError;

/** The versions that one attempt tries, and whether it ended connected. */
function attempt(versions: ServerVersions, answer: (version: ProtocolVersion) => Answer) {
  const ladder = versions.startAttempt();
  const tried: (ProtocolVersion | 'connected' | 'failed')[] = [];
  for (let connections = 0; connections < 10; connections++) {
    tried.push(ladder.version);
    const given = answer(ladder.version);
    if (given === 'accepts' && ladder.accept()) return [...tried, 'connected'];
    if (!ladder.fail(given === 'accepts' ? closed() : given)) return [...tried, 'failed'];
  }
  throw new Error('an attempt without end');
}

const from =
  (newest: ProtocolVersion, above: MqttError) =>
  (version: ProtocolVersion): Answer =>
    version > newest ? above : 'accepts';

describe('protocol versions: auto goes down from 5.0', () => {
  it('goes on to the next older one at each refusal in words, and gives up below 3.1', () => {
    expect(attempt(new ServerVersions(), () => refused)).to.deep.equal([5, 4, 3, 'failed']);
    expect(attempt(new ServerVersions(), from(3, refused))).to.deep.equal([5, 4, 3, 'connected']);
  });

  it('tries one version an attempt while the server hangs up without CONNACK, and returns to 5.0 [S100]', () => {
    const versions = new ServerVersions();
    const tried = [1, 2, 3, 4].map(() => attempt(versions, () => hungUp));
    expect(tried).to.deep.equal([
      [5, 'failed'],
      [4, 'failed'],
      [3, 'failed'],
      [5, 'failed'],
    ]);
  });

  it('asks for 5.0 again as soon as a fallback is answered [S100]', () => {
    const versions = new ServerVersions();
    attempt(versions, () => hungUp);
    expect(attempt(versions, () => 'accepts')).to.deep.equal([4, 5, 'connected']);
    expect(attempt(versions, () => 'accepts')).to.deep.equal([5, 'connected']);
  });

  it('a fallback that is refused for another reason is an answer too', () => {
    const versions = new ServerVersions();
    attempt(versions, () => hungUp);
    const notAuthorized = new MqttError('CONNECTION_REFUSED', 'no', { reasonCode: 0x87, phase: 'mqtt' });
    expect(attempt(versions, version => (version === 5 ? 'accepts' : notAuthorized))).to.deep.equal([
      4,
      5,
      'connected',
    ]);
  });

  for (const newest of [4, 3] as const) {
    it(`reaches ${newest} at a server that hangs up on everything above, in ${6 - newest} attempts [S100]`, () => {
      const versions = new ServerVersions();
      const attempts = Array.from({ length: 6 - newest }, () => attempt(versions, from(newest, hungUp)));
      expect(attempts.at(-1)!.at(-1)).to.equal('connected');
      expect(attempts.at(-1)!.at(-2)).to.equal(newest);
      // one more connection is the price of every later attempt for 5.0 not being given up
      expect(attempt(versions, from(newest, hungUp)).slice(-2)).to.deep.equal([newest, 'connected']);
      expect(attempt(versions, () => 'accepts')).to.deep.equal([5, 'connected']);
    });
  }

  it('reaches 3.1 at a server that hangs up on 5.0 and refuses 3.1.1 in words', () => {
    const versions = new ServerVersions();
    const answer = (version: ProtocolVersion): Answer => (version === 5 ? hungUp : version === 4 ? refused : 'accepts');
    expect(attempt(versions, answer)).to.deep.equal([5, 'failed']);
    expect(attempt(versions, answer)).to.deep.equal([4, 3, 5, 4, 3, 'connected']);
  });

  it('what a fallback version cannot carry does not end the client: 5.0 is tried instead [S100]', () => {
    const versions = new ServerVersions();
    attempt(versions, () => hungUp);
    const answer = (version: ProtocolVersion) => (version === 5 ? hungUp : emptyId);
    expect(attempt(versions, answer)).to.deep.equal([4, 5, 'failed']);
  });

  it('takes no other failure for a matter of versions', () => {
    const others = [
      closed('tcp'),
      closed('tls'),
      closed(),
      new MqttError('CONNECTION_REFUSED', 'busy', { reasonCode: 0x89, phase: 'mqtt' }),
      new MqttError('CONNECT_TIMEOUT', 'silence', { phase: 'mqtt', retryable: true }),
    ];
    for (const error of others) {
      const versions = new ServerVersions();
      expect(attempt(versions, () => error)).to.deep.equal([5, 'failed']);
      expect(versions.startAttempt().version).to.equal(5);
    }
  });
});

describe('protocol versions: what is remembered, per server', () => {
  it('is the version that was accepted after refusals in words', () => {
    const versions = new ServerVersions();
    attempt(versions, from(4, refused));
    expect(attempt(versions, from(4, refused))).to.deep.equal([4, 'connected']);
  });

  it('is a refusal in words, before any version is accepted', () => {
    const versions = new ServerVersions();
    versions.startAttempt().fail(refused);
    expect(versions.startAttempt().version).to.equal(4);
  });

  it('is never left because of hang-ups once its server has accepted it', () => {
    const versions = new ServerVersions();
    attempt(versions, () => 'accepts');
    for (let i = 0; i < 3; i++) expect(attempt(versions, () => hungUp)).to.deep.equal([5, 'failed']);
  });
});

describe('protocol versions: a fixed one', () => {
  it('never steps down', () => {
    for (const version of [5, 4, 3] as const) {
      const ladder = fixedVersion(version);
      for (const error of [refused, hungUp, hungUp]) expect(ladder.fail(error)).to.equal(false);
      expect(ladder.version).to.equal(version);
      expect(ladder.accept()).to.equal(true);
    }
  });
});
