import { expect } from 'chai';
import type { ProtocolVersion } from '../../src/packets.js';
import { isSessionPresent } from '../../src/protocol/session.js';
import { publish } from '../support/packets.js';
import { publish2, receive } from './inbound.js';
import { connack, connect, limits, TestSession } from './support.js';

const empty = { queued: 0, inFlight: 0, received: 0, packetIdsInUse: 0, requests: 0 };
const request = { filter: 'a', qos: 1 } as const;

/** Sends what is to be subscribed, with one identifier for it. */
function subscribe({ session }: TestSession): number {
  const { subscribe: requests } = session.subscriptions.takeChanges();
  return requests.length === 0 ? 0 : session.subscriptions.start({ kind: 'subscribe', requests });
}

/** A session that has everything: a message queued, one in flight, one received, one subscription asked for. */
function busy(...config: ConstructorParameters<typeof TestSession>): TestSession {
  const test = new TestSession(...config);
  test.connect('absent', { receiveMaximum: 1 });
  test.enqueue('sent', 2);
  test.enqueue('queued');
  test.sent();
  receive(test.session.receiver, publish2(9));
  test.session.subscriptions.want(request);
  subscribe(test);
  return test;
}

describe('the session (5.0 section 4.1)', () => {
  it('begins with nothing, and the first packet identifier', () => {
    const { session } = new TestSession();
    expect(session.snapshot()).to.deep.equal(empty);
    expect(session.nextPacketId).to.equal(1);
    expect(session.oldestUnacknowledged).to.equal(undefined);
  });

  it('has one account of packet identifiers for messages and subscriptions [MQTT-2.2.1-3]', () => {
    const { session } = busy();
    expect(session.snapshot()).to.deep.equal({ queued: 1, inFlight: 1, received: 1, packetIdsInUse: 2, requests: 1 });
    expect(session.nextPacketId).to.equal(3);
  });

  it('outlives the connection, except for the requests [MQTT-3.1.2-23] [S62] [MQTT-4.1]', () => {
    const { session } = busy();
    session.end();
    expect(session.snapshot()).to.deep.equal({ queued: 1, inFlight: 1, received: 1, packetIdsInUse: 1, requests: 0 });
  });

  it('goes on where the broker still has it', () => {
    const test = busy();
    test.cut();
    test.connect('present');
    expect(test.sent()).to.deep.equal(['sent #1 dup', 'queued #3']);
    expect(receive(test.session.receiver, publish2(9))).to.deep.equal(['PUBREC #9']);
    expect(subscribe(test)).to.equal(4);
  });

  it('is rebuilt where the broker has none: received identifiers cleared, the rest by its rules [MQTT-3.1.2-4] [MQTT-3.2.2-5]', () => {
    const test = busy();
    test.cut();
    test.connect('absent');
    expect(test.settled).to.deep.equal(['sent SESSION_LOST']);
    expect(test.sent()).to.deep.equal(['queued #3']);
    expect(receive(test.session.receiver, publish2(9))).to.deep.equal(['deliver t', 'PUBREC #9']);
    expect(subscribe(test)).to.be.greaterThan(0);
  });

  for (const [resubscribe, filters] of [
    ['ifSessionLost', 1],
    ['always', 1],
    ['never', 0],
  ] as const) {
    it(`is taken to be there where 3.1 does not say; subscriptions with resubscribe: ${resubscribe}`, () => {
      const test = busy({ resubscribe });
      test.session.subscriptions.suback({ cmd: 'suback', packetId: 2, reasonCodes: [1] });
      test.cut();
      test.connect('unknown', { protocolVersion: 3 });
      expect(test.settled).to.deep.equal([]);
      expect(test.sent()).to.deep.equal(['sent #1 dup', 'queued #3']);
      expect(receive(test.session.receiver, publish2(9))).to.deep.equal(['PUBREC #9']);
      expect(test.session.subscriptions.takeChanges().subscribe.length).to.equal(filters);
    });
  }

  it('hands on the policies: republish and resubscribe', () => {
    const test = new TestSession({ republish: 'never', resubscribe: 'never' });
    test.connect();
    test.enqueue('sent');
    test.sent();
    test.session.subscriptions.want(request);
    test.session.subscriptions.suback({ cmd: 'suback', packetId: subscribe(test), reasonCodes: [1] });
    test.cut();
    test.connect('absent');
    expect(test.settled).to.deep.equal(['sent SESSION_LOST']);
    expect(subscribe(test)).to.equal(0);
  });

  it('hands on our own limits of the connection', () => {
    const { session } = new TestSession();
    session.begin(false, limits(), { receiveMaximum: 1, topicAliasMaximum: 1 });
    const { receiver } = session;
    expect(receive(receiver, publish('a', { properties: { topicAlias: 1 } }))).to.deep.equal(['deliver a']);
    receive(receiver, publish2(1));
    expect(() => receive(receiver, publish2(2))).to.throw('the Receive Maximum of this client');
  });
});

describe('the session: what the broker owes an answer to', () => {
  it('changes with each answer, and is nothing in the end', () => {
    const test = new TestSession();
    test.connect();
    const seen: (string | undefined)[] = [];
    const look = () => {
      const { oldestUnacknowledged: owed } = test.session;
      if (owed !== undefined) expect(seen).not.to.include(owed);
      seen.push(owed);
    };
    test.enqueue('a', 2);
    test.enqueue('b', 1);
    test.sent();
    test.session.subscriptions.want(request);
    subscribe(test);
    look();
    test.pubrec(1);
    look();
    test.pubcomp(1);
    look();
    test.session.subscriptions.suback({ cmd: 'suback', packetId: 3, reasonCodes: [1] });
    look();
    test.puback(2);
    look();
    expect(seen.map(owed => owed !== undefined)).to.deep.equal([true, true, true, true, false]);
  });

  it('is something also where only a SUBSCRIBE waits', () => {
    const test = new TestSession();
    test.connect();
    test.session.subscriptions.want(request);
    subscribe(test);
    expect(test.session.oldestUnacknowledged).to.be.a('string');
  });
});

describe('whether the broker has our session', () => {
  const present = (protocolVersion: ProtocolVersion, clean: boolean, sessionPresent: boolean) =>
    isSessionPresent(connect({ protocolVersion, clean }), { ...connack(), sessionPresent });

  it('is what CONNACK says', () => {
    for (const version of [5, 4] as const) {
      expect([present(version, false, true), present(version, false, false)]).to.deep.equal([true, false]);
    }
    expect(present(5, true, false)).to.equal(false);
  });

  it('is not what a broker of 3.x says after a clean CONNECT', () => {
    for (const version of [4, 3] as const) {
      expect([present(version, true, true), present(version, true, false)]).to.deep.equal([false, false]);
    }
  });

  it('is not known in 3.1, which reserves the byte of the flag [MQTT31-3.2], unless a broker says it all the same', () => {
    expect([present(3, false, false), present(3, false, true)]).to.deep.equal([undefined, true]);
  });
});
