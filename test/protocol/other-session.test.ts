import { expect } from 'chai';
import type { MqttMessage } from '../../src/message.js';
import { PacketIds } from '../../src/protocol/packet-ids.js';
import type { Session } from '../../src/protocol/session.js';
import { pubrel } from '../support/packets.js';
import { publish2, receive } from './inbound.js';
import { TestSession, limits } from './support.js';

const lasting = { sessionExpiry: 60 };
const first = { ...lasting, clientId: 'first' };
const second = { ...lasting, clientId: 'second' };

/** What goes out for subscriptions, each request answered: `+a` and `-a`. */
function subscriptionChanges({ subscriptions }: Session): string[] {
  const log: string[] = [];
  for (;;) {
    const { subscribe, unsubscribe } = subscriptions.takeChanges();
    if (subscribe.length === 0 && unsubscribe.length === 0) return log;
    if (subscribe.length > 0) {
      const packetId = subscriptions.start({ kind: 'subscribe', requests: subscribe });
      subscriptions.suback({ cmd: 'suback', packetId, reasonCodes: subscribe.map(({ qos }) => qos) });
    }
    if (unsubscribe.length > 0) {
      const packetId = subscriptions.start({ kind: 'unsubscribe', filters: unsubscribe });
      subscriptions.unsuback({ cmd: 'unsuback', packetId, reasonCodes: unsubscribe.map(() => 0) });
    }
    log.push(...subscribe.map(({ filter }) => `+${filter}`), ...unsubscribe.map(filter => `-${filter}`));
  }
}

describe('a session under another client id', () => {
  it('is sent nothing that was in flight, whatever the broker says: QoS 1 goes out as new, QoS 2 is lost [S166]', () => {
    const test = new TestSession();
    test.connect('absent', first);
    test.enqueue('a');
    test.enqueue('b c', 2);
    expect(test.sent()).to.deep.equal(['a #1', 'b #2', 'c #3']);
    test.pubrec(3);
    test.cut();
    test.connect('present', second);
    expect(test.settled).to.deep.equal(['b SESSION_LOST', 'c SESSION_LOST']);
    expect(test.sent()).to.deep.equal(['a #4']);
  });

  it("has QoS 1 settled as lost too with republish: 'never' [S166]", () => {
    const test = new TestSession({ republish: 'never' });
    test.connect('absent', first);
    test.enqueue('a');
    test.sent();
    test.cut();
    test.connect('present', second);
    expect(test.settled).to.deep.equal(['a SESSION_LOST']);
    expect(test.sent()).to.deep.equal([]);
  });

  it('may be kept where the client has left it, and not where it ended with its connection [S167]', () => {
    const { session } = new TestSession();
    const begin = (clientId: string, sessionExpiry: number, sessionPresent = false) => {
      const ours = { receiveMaximum: Infinity, topicAliasMaximum: 0 };
      session.begin(sessionPresent, limits({ clientId, sessionExpiry }), ours);
      session.end();
    };
    expect(session.mayBeKept('first')).to.equal(false);
    begin('first', 60);
    expect(session.mayBeKept('first')).to.equal(true);
    begin('second', 0);
    expect([session.mayBeKept('first'), session.mayBeKept('second')]).to.deep.equal([true, false]);
    begin('first', 60, true);
    expect([session.mayBeKept('first'), session.mayBeKept('second')]).to.deep.equal([true, false]);
    session.expiry = 0;
    expect(session.mayBeKept('first')).to.equal(false);
  });

  it('is known for the last 16 of them', () => {
    const test = new TestSession();
    for (let i = 0; i <= 17; i++) {
      test.connect('absent', { ...lasting, clientId: `id ${i}` });
      test.cut();
    }
    const kept = Array.from({ length: 18 }, (_, i) => test.session.mayBeKept(`id ${i}`));
    expect(kept).to.deep.equal([false, ...Array<boolean>(17).fill(true)]);
  });

  it('is found again with the QoS 2 messages that were received, so that each is delivered once [S167]', () => {
    const { session, connect, cut } = bound(new TestSession());
    const receiveMessage = () => receive(session.receiver, publish2(7));
    connect('absent', first);
    expect(receiveMessage()).to.deep.equal(['deliver t', 'PUBREC #7']);
    cut();
    connect('present', second);
    expect(receiveMessage()).to.deep.equal(['deliver t', 'PUBREC #7']);
    cut();
    connect('present', first);
    expect(receiveMessage()).to.deep.equal(['PUBREC #7']);
    cut();
    connect('absent', first);
    expect(receiveMessage()).to.deep.equal(['deliver t', 'PUBREC #7']);
  });

  it('is found again without them where the broker has lost it', () => {
    const { session, connect, cut } = bound(new TestSession());
    connect('absent', first);
    receive(session.receiver, publish2(7));
    cut();
    connect('absent', second);
    cut();
    connect('absent', first);
    expect(receive(session.receiver, publish2(7))).to.deep.equal(['deliver t', 'PUBREC #7']);
  });

  it('is given back a message that was held for its PUBREL', () => {
    const { session, connect, cut } = bound(new TestSession());
    connect('absent', first);
    const onRelease = { deliverQos2: 'release' } as const;
    expect(receive(session.receiver, publish2(7, { topic: 'held' }), onRelease)).to.deep.equal(['PUBREC #7']);
    cut();
    connect('absent', second);
    expect(receive(session.receiver, pubrel(7), onRelease)).to.deep.equal(['PUBCOMP #7 0x92']);
    cut();
    connect('present', first);
    expect(receive(session.receiver, pubrel(7), onRelease)).to.deep.equal(['deliver held', 'PUBCOMP #7']);
  });

  it('does not take a new message for one that it holds half of [S167]', () => {
    const test = new TestSession();
    test.connect('absent', first);
    test.enqueue('a', 2);
    expect(test.sent()).to.deep.equal(['a #1']);
    test.cut();
    test.connect('absent', second);
    test.cut();
    test.connect('present', first);
    // as if all fresh identifiers were used up: 1 rests, though nobody uses it here
    for (let id = 2; id <= 0xffff; id++) {
      test.enqueue('x');
      test.sent();
      test.puback(id);
    }
    test.enqueue('b', 2);
    expect(test.sent()).to.deep.equal(['b #2']);
    test.cut();
    test.connect('absent', first);
    expect(test.session.snapshot().packetIdsInUse).to.equal(0);
  });

  describe('its subscriptions', () => {
    it('are what it holds, beside what is wanted now [S167]', () => {
      const test = new TestSession();
      const { subscriptions } = test.session;
      const want = (filter: string) => subscriptions.want({ filter, qos: 1 });
      test.connect('absent', first);
      want('both');
      want('old');
      expect(subscriptionChanges(test.session)).to.deep.equal(['+both', '+old']);
      test.cut();
      test.connect('absent', second);
      expect(subscriptionChanges(test.session)).to.deep.equal(['+both', '+old']);
      subscriptions.release('old');
      want('new');
      expect(subscriptionChanges(test.session)).to.deep.equal(['+new', '-old']);
      test.cut();
      test.connect('present', first);
      expect(subscriptionChanges(test.session)).to.deep.equal(['+new', '-old']);
      test.cut();
      test.connect('present', second);
      expect(subscriptionChanges(test.session)).to.deep.equal([]);
      test.cut();
      test.connect('absent', first);
      expect(subscriptionChanges(test.session)).to.deep.equal(['+both', '+new']);
    });

    it('stay where a stream has left that does not unsubscribe, in this session or in another', () => {
      const test = new TestSession();
      const { subscriptions } = test.session;
      test.connect('absent', first);
      for (const filter of ['here', 'there']) subscriptions.want({ filter, qos: 1 });
      subscriptionChanges(test.session);
      subscriptions.release('here', true);
      test.cut();
      test.connect('absent', second);
      subscriptionChanges(test.session);
      subscriptions.release('there', true);
      test.cut();
      test.connect('present', first);
      expect(subscriptionChanges(test.session)).to.deep.equal([]);
    });

    it('are all asked for where nothing is known of it, though the broker has it', () => {
      const test = new TestSession();
      test.connect('absent', first);
      test.session.subscriptions.want({ filter: 'a', qos: 1 });
      subscriptionChanges(test.session);
      test.cut();
      test.connect('present', second);
      expect(subscriptionChanges(test.session)).to.deep.equal(['+a']);
    });

    it("are not asked for again with resubscribe: 'never', however often sessions are lost", () => {
      const test = new TestSession({ resubscribe: 'never' });
      test.connect('absent', first);
      test.session.subscriptions.want({ filter: 'a', qos: 1 });
      expect(subscriptionChanges(test.session)).to.deep.equal(['+a']);
      for (const there of [second, first, second, second]) {
        test.cut();
        test.connect('absent', there);
        expect(subscriptionChanges(test.session)).to.deep.equal([]);
      }
    });

    it('do not mistake an identifier of the one session for one of the other [S167]', () => {
      const test = new TestSession();
      const { subscriptions } = test.session;
      const gave = (filters: string[]) => {
        for (const filter of filters) subscriptions.want({ filter, qos: 1 });
        const { subscribe, identifier } = subscriptions.takeChanges();
        const packetId = subscriptions.start({ kind: 'subscribe', requests: subscribe, identifier });
        subscriptions.suback({ cmd: 'suback', packetId, reasonCodes: subscribe.map(() => 1) });
        return identifier;
      };
      test.connect('absent', first);
      gave(['a/+']);
      const old = gave(['+/b']);
      expect(old).to.be.a('number');
      test.cut();
      test.connect('absent', second);
      const target = { matching: ['a/+'], since: 0 };
      const copy = { properties: { subscriptionIdentifier: old }, retain: false } as unknown as MqttMessage;
      expect(subscriptions.overlapDedup.select(copy, [target])).to.deep.equal([target]);
    });
  });
});

describe('PacketIds.reserve()', () => {
  it('takes an identifier out of those that were released, wherever it is among them', () => {
    const ids = new PacketIds();
    for (let id = 1; id <= 0xffff; id++) ids.take();
    for (const id of [3, 1, 2]) ids.release(id);
    expect(ids.reserve([1])).to.deep.equal([1]);
    expect(ids.reserve([1])).to.deep.equal([]);
    expect([ids.take(), ids.take(), ids.take()]).to.deep.equal([3, 2, 0]);
  });
});

/** Methods that need no `this`. */
function bound(test: TestSession) {
  return {
    session: test.session,
    connect: (...args: Parameters<TestSession['connect']>) => test.connect(...args),
    cut: () => test.cut(),
  };
}
