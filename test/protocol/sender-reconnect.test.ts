import { expect } from 'chai';
import { message, sentThenCut, TestSession } from './support.js';

describe('the sender after a reconnect: the session is present', () => {
  it('sends what is unacknowledged again, in its order, with its identifiers and DUP [MQTT-4.4.0-1] [MQTT-4.6.0-1] [MQTT-4.3.2-3] [MQTT-4.3.3-3]', () => {
    const test = new TestSession();
    test.connect();
    test.enqueue('a', 1);
    test.enqueue('b c', 2);
    test.enqueue('d', 1);
    test.sent();
    test.puback(1);
    test.cut();
    test.connect();
    expect(test.sent()).to.deep.equal(['b #2 dup', 'c #3 dup', 'd #4 dup']);
  });

  it('sets DUP on what is sent again, and on nothing else [MQTT-3.3.1-1] [MQTT-3.3.1-3] (DUP not set on resend)', () => {
    const { test, messages } = sentThenCut('a');
    expect(messages[0]!.dup).to.equal(false);
    test.enqueue('b');
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2']);
  });

  it('sends what certainly was not sent without DUP, and with DUP once it may have been [MQTT-3.3.1-1]', () => {
    const { test, messages } = sentThenCut('a b');
    messages[1]!.isUnsent = true;
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2']);
    test.cut();
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2 dup']);
  });

  it('rejects what was never sent and has expired, and sends all else again [S39]', () => {
    const test = new TestSession();
    test.connect();
    const messages = ['sent', 'unsent', 'later'].map((topic, i) =>
      message(topic, { qos: 2, expiresAt: i < 2 ? 1000 : 3000 }),
    );
    for (const each of messages) test.sender.enqueue(each);
    test.sent();
    test.cut();
    messages[1]!.isUnsent = messages[2]!.isUnsent = true;
    test.now = 2000;
    test.connect();
    expect(test.sent()).to.deep.equal(['sent #1 dup', 'later #3']);
    expect(messages[2]!.properties).to.deep.equal({ messageExpiryInterval: 1 });
    expect(test.settled).to.deep.equal(['unsent MESSAGE_EXPIRED']);
    expect(test.settlements[0]!.error!.delivery).to.equal('rejected');
    expect(test.session.snapshot()).to.include({ inFlight: 2, packetIdsInUse: 2 });
  });

  it('sends what was never sent with DUP on the connection after a lost session', () => {
    const { test, messages } = sentThenCut('a');
    messages[0]!.isUnsent = true;
    test.connect('absent');
    expect(test.sent()).to.deep.equal(['a #2']);
    test.cut();
    test.connect();
    expect(test.sent()).to.deep.equal(['a #2 dup']);
  });

  it('sends PUBREL in the place of a message whose PUBREC came, and never its PUBLISH [MQTT-4.3.3-5] [MQTT-4.3.3-6]', () => {
    const test = new TestSession();
    test.connect();
    test.enqueue('a b c', 2);
    test.sent();
    test.pubrec(2);
    test.cut();
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1 dup', 'pubrel #2', 'c #3 dup']);
    test.pubcomp(2);
    expect(test.settled).to.deep.equal(['b']);
  });

  it('sends PUBRELs in the order of the PUBRECs, on each connection [MQTT-4.6.0-4] [S52]', () => {
    const test = new TestSession();
    test.connect();
    test.enqueue('a b c d', 2);
    test.sent();
    for (const id of [3, 1, 4]) test.pubrec(id);
    for (let i = 0; i < 2; i++) {
      test.cut();
      test.connect();
      expect(test.sent()).to.deep.equal(['pubrel #3', 'b #2 dup', 'pubrel #1', 'pubrel #4']);
    }
    test.pubrec(2);
    test.pubcomp(1);
    test.cut();
    test.connect();
    expect(test.sent()).to.deep.equal(['pubrel #3', 'pubrel #4', 'pubrel #2']);
  });

  it('has no PUBREL wait for a PUBLISH that waits for the window [MQTT-3.3.4-8] [MQTT-4.9.0-3] [S182]', () => {
    const test = new TestSession();
    test.connect();
    test.enqueue('a b c d', 2);
    test.sent();
    test.pubrec(3);
    test.pubrec(4);
    test.cut();
    test.connect('present', { receiveMaximum: 1 });
    expect(test.sent()).to.deep.equal(['a #1 dup', 'pubrel #3', 'pubrel #4']);
    test.pubrec(1);
    test.pubcomp(1);
    test.pubcomp(3);
    expect(test.sent()).to.deep.equal([]);
    test.pubcomp(4);
    expect(test.sent()).to.deep.equal(['b #2 dup']);
    expect(test.settled).to.deep.equal(['a', 'c', 'd']);
  });

  it('neither drops nor lets pass what is published while older ones are resent (#2015, #450)', () => {
    const { test } = sentThenCut('a b c');
    test.enqueue('queued offline');
    test.connect('present', { receiveMaximum: 1 });
    expect(test.sent()).to.deep.equal(['a #1 dup']);
    test.enqueue('new');
    const rest: string[] = [];
    for (const id of [1, 2, 3, 4, 5]) {
      test.puback(id);
      rest.push(...test.sent());
    }
    expect(rest).to.deep.equal(['b #2 dup', 'c #3 dup', 'queued #4', 'offline #5', 'new #6']);
  });

  it('lets nothing new out before the last old one, QoS 0 neither', () => {
    const { test } = sentThenCut('a');
    test.enqueue('b', 0);
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1 dup', 'b']);
  });

  it('keeps within a Receive Maximum smaller than what is in flight [MQTT-4.9.0-2] [MQTT-4.9]', () => {
    const { test } = sentThenCut('a b c d', 2);
    test.connect('present', { receiveMaximum: 2 });
    expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2 dup']);
    test.pubrec(1);
    expect(test.sent()).to.deep.equal([]);
    test.pubcomp(1);
    expect(test.sent()).to.deep.equal(['c #3 dup']);
    test.pubrec(2, 0x80);
    expect(test.sent()).to.deep.equal(['d #4 dup']);
  });

  it('does not send again what is acknowledged before its turn', () => {
    const { test } = sentThenCut('a b c');
    test.connect('present', { receiveMaximum: 1 });
    expect(test.sent()).to.deep.equal(['a #1 dup']);
    test.puback(2);
    expect(test.sent()).to.deep.equal([]); // b had no place in this window to give back
    test.puback(1);
    expect(test.sent()).to.deep.equal(['c #3 dup']);
  });

  it('sends neither PUBLISH nor a second PUBREL for a message whose PUBREC comes before its turn', () => {
    const { test } = sentThenCut('a b c', 2);
    test.connect('present', { receiveMaximum: 1 });
    test.sent();
    expect(test.pubrec(2)).to.deep.equal({ cmd: 'pubrel', packetId: 2 });
    expect(test.sent()).to.deep.equal([]);
    test.pubrec(1);
    test.pubcomp(1);
    expect(test.sent()).to.deep.equal(['c #3 dup']);
    test.pubcomp(2);
    expect(test.settled).to.deep.equal(['a', 'b']);
  });

  it('keeps order and DUP over several lost connections', () => {
    const { test } = sentThenCut('a b c');
    for (let i = 0; i < 3; i++) {
      test.connect('present', { receiveMaximum: 2 });
      expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2 dup']);
      test.cut();
    }
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2 dup', 'c #3 dup']);
    for (const id of [1, 2, 3]) test.puback(id);
    expect(test.session.snapshot()).to.include({ inFlight: 0, packetIdsInUse: 0 });
  });

  it('repeats all that is unacknowledged on a live connection when asked to (3.x), within the same window', () => {
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 2 });
    test.enqueue('a b c', 2);
    test.sent();
    test.pubrec(1);
    test.sender.inFlight.rewind();
    expect(test.sent()).to.deep.equal(['pubrel #1', 'b #2 dup']);
    test.pubcomp(1);
    expect(test.sent()).to.deep.equal(['c #3']);
  });
});
