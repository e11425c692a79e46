import { expect } from 'chai';
import { MqttError } from '../../src/errors.js';
import { isError, message, TestSession, throws } from './support.js';

function connected(...args: ConstructorParameters<typeof TestSession>): TestSession {
  const test = new TestSession(...args);
  test.connect();
  return test;
}

describe('the sender: what goes out', () => {
  it('sends in the order of the calls, at every QoS, packet identifiers counting up from 1', () => {
    const test = connected();
    test.enqueue('a', 1);
    test.enqueue('b', 0);
    test.enqueue('c d', 2);
    expect(test.sent()).to.deep.equal(['a #1', 'b', 'c #2', 'd #3']);
    expect(test.sent()).to.deep.equal([]);
  });

  it('takes a packet identifier when a message is sent, not when it is queued', () => {
    const test = new TestSession();
    const [a] = test.enqueue('a');
    expect(test.session.snapshot()).to.include({ queued: 1, inFlight: 0, packetIdsInUse: 0 });
    test.connect();
    test.sent();
    expect(test.session.snapshot()).to.include({ queued: 0, inFlight: 1, packetIdsInUse: 1 });
    expect(a).to.include({ packetId: 1, stage: 'sent', dup: false });
  });

  it('sends nothing before a connection and after its end', () => {
    const test = new TestSession();
    test.enqueue('a', 0);
    test.enqueue('b', 1);
    expect(test.sender.next()).to.equal(undefined);
    test.connect();
    test.cut();
    expect(test.sender.next()).to.equal(undefined);
    expect(test.session.snapshot()).to.include({ queued: 2 });
  });

  it('has no more unacknowledged than the Receive Maximum [MQTT-3.3.4-7] [MQTT-4.9.0-1] [MQTT-4.9.0-2] (More in flight than Receive Maximum)', () => {
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 2 });
    test.enqueue('a', 1);
    test.enqueue('b c', 2);
    test.enqueue('d', 1);
    expect(test.sent()).to.deep.equal(['a #1', 'b #2']);
    test.puback(1);
    expect(test.sent()).to.deep.equal(['c #3']);
    test.pubrec(2);
    expect(test.sent()).to.deep.equal([]); // PUBREC makes no room, PUBCOMP does
    test.pubcomp(2);
    expect(test.sent()).to.deep.equal(['d #4']);
  });

  it('has room again after a refusing PUBREC [MQTT-3.3.4-7] [MQTT-4.9]', () => {
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 1 });
    test.enqueue('a b', 2);
    test.sent();
    test.pubrec(1, 0x97);
    expect(test.sent()).to.deep.equal(['b #2']);
  });

  it('lets QoS 0 not pass what waits for the window: one FIFO', () => {
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 1 });
    test.enqueue('a b', 1);
    test.enqueue('c', 0);
    expect(test.sent()).to.deep.equal(['a #1']);
    test.puback(1);
    expect(test.sent()).to.deep.equal(['b #2', 'c']);
  });

  it('waits when all identifiers are taken, and loses nothing (Messages lost in silence when 65,535 are waiting)', () => {
    const test = connected({ queue: { maxMessages: 1e5 } });
    for (let i = 0; i < 65_600; i++) test.sender.enqueue(message(`${i}`));
    const sent = test.sent();
    // some are kept for SUBSCRIBE and UNSUBSCRIBE
    expect(sent.length).to.equal(65_519);
    expect(test.session.snapshot()).to.include({ queued: 81, inFlight: 65_519, packetIdsInUse: 65_519 });
    expect(test.session.subscriptions.start({ kind: 'unsubscribe', filters: [] })).to.equal(65_520);
    test.puback(7);
    expect(test.sent()).to.deep.equal(['65519 #65521']);
    expect(test.settled).to.deep.equal(['6']);
  });

  it('waits when SUBSCRIBEs have taken the last identifier', () => {
    const test = connected();
    const { subscriptions } = test.session;
    while (subscriptions.start({ kind: 'unsubscribe', filters: [] }) > 0);
    const [a] = test.enqueue('a');
    expect(test.sent()).to.deep.equal([]);
    expect(a).to.include({ stage: 'queued', packetId: 0 });
    subscriptions.unsuback({ cmd: 'unsuback', packetId: 5, reasonCodes: [] });
    expect(test.sent()).to.deep.equal(['a #5']);
  });

  it('settles QoS 0 when the link has it, once', () => {
    const test = connected();
    const [a] = test.enqueue('a', 0);
    test.sent();
    expect(test.settled).to.deep.equal([]);
    test.sender.flushed(a!);
    test.sender.flushed(a!);
    expect(test.settled).to.deep.equal(['a']);
  });

  it('does not take QoS 1 and 2 for settled because the link has them', () => {
    const test = connected();
    const [a] = test.enqueue('a', 1);
    test.sent();
    test.sender.flushed(a!);
    expect(test.settled).to.deep.equal([]);
  });

  it('gives up a message that never became a packet, and its identifier with it', () => {
    const test = connected();
    const [a] = test.enqueue('a', 2);
    const [b] = test.enqueue('b', 0);
    test.sent();
    const error = new MqttError('INVALID_ARGUMENT', 'no form on the wire');
    for (const each of [a!, b!]) test.sender.abort(each, error);
    expect(test.settled).to.deep.equal(['a INVALID_ARGUMENT', 'b INVALID_ARGUMENT']);
    expect(test.session.snapshot()).to.include({ inFlight: 0, packetIdsInUse: 0 });
  });
});

describe('the sender: what cannot go out', () => {
  it('refuses at once what this connection does not allow, and never tries it', () => {
    const test = new TestSession();
    test.connect('absent', { maximumPacketSize: 20 });
    throws(() => test.sender.enqueue(message('a', { size: 100 })), 'PACKET_TOO_LARGE', { reasonCode: 0x95 });
    expect(test.sent()).to.deep.equal([]);
  });

  it('rejects what was queued offline and is too large, once (above the broker’s packet size, tried for ever)', () => {
    const test = new TestSession();
    test.sender.enqueue(message('large', { size: 100 }));
    test.enqueue('small');
    test.connect('absent', { maximumPacketSize: 20 });
    expect(test.sent()).to.deep.equal(['small #1']);
    expect(test.settled).to.deep.equal(['large PACKET_TOO_LARGE']);
    expect(test.settlements[0]!.error!.delivery).to.equal('rejected');
    test.cut();
    test.connect('present', { maximumPacketSize: 20 });
    expect(test.sent()).to.deep.equal(['small #1 dup']);
    expect(test.settled.length).to.equal(1);
  });

  it('looks at what waits once more on the next connection, whose limits may be narrower in any way', () => {
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 1 });
    test.enqueue('first');
    test.sender.enqueue(message('large', { size: 100 }));
    test.sender.enqueue(message('two', { qos: 2 }));
    test.sender.enqueue(message('kept', { retain: true }));
    test.enqueue('last');
    expect(test.sent()).to.deep.equal(['first #1']);
    test.cut();
    test.connect('present', { maximumPacketSize: 20, maximumQoS: 1, retainAvailable: false });
    expect(test.sent()).to.deep.equal(['first #1 dup', 'last #2']);
    expect(test.settled).to.deep.equal(['large PACKET_TOO_LARGE', 'two NOT_SUPPORTED', 'kept NOT_SUPPORTED']);
    for (const { error } of test.settlements) expect(error!.delivery).to.equal('rejected');
  });

  it('gives up what an earlier connection could carry and this one cannot [MQTT-3.2.2-15]', () => {
    const test = connected();
    for (const qos of [1, 2] as const) test.sender.enqueue(message(`large${qos}`, { qos, size: 100 }));
    test.enqueue('small');
    expect(test.sent().length).to.equal(3);
    test.cut();
    test.connect('present', { maximumPacketSize: 20 });
    expect(test.settled).to.deep.equal(['large1 PACKET_TOO_LARGE', 'large2 PACKET_TOO_LARGE']);
    isError(test.settlements[0]!.error, 'PACKET_TOO_LARGE', {
      delivery: 'indeterminate',
      reasonCode: 0x95,
      subject: 'large1',
    });
    expect(test.sent()).to.deep.equal(['small #3 dup']);
    // the broker may have the QoS 2 message, and would take another one of its identifier for a copy
    expect(test.session.snapshot()).to.include({ inFlight: 1, packetIdsInUse: 2 });
  });

  it('uses the identifier of such a QoS 2 message for no other one until the session is lost [MQTT-2.2.1-3] [MQTT-4.3.3-1]', () => {
    const test = connected();
    test.sender.enqueue(message('large', { qos: 2, size: 100 }));
    test.sent();
    test.cut();
    test.connect('present', { maximumPacketSize: 20 });
    const used = new Set<number>();
    for (let i = 0; i < 0x10000; i++) {
      test.enqueue('t');
      const [sent] = test.sent();
      const id = Number(sent!.slice('t #'.length));
      used.add(id);
      test.puback(id);
    }
    expect(used).to.have.property('size', 0xfffe);
    expect(used.has(1)).to.equal(false);
    test.cut();
    test.connect('absent');
    expect(test.session.snapshot()).to.include({ packetIdsInUse: 0 });
  });

  it('finishes a QoS 2 exchange past its PUBREC, however large the message was [MQTT-4.3.3-6]', () => {
    const test = connected();
    test.sender.enqueue(message('large', { qos: 2, size: 100 }));
    test.sent();
    test.pubrec(1);
    test.cut();
    test.connect('present', { maximumPacketSize: 20 });
    expect(test.sent()).to.deep.equal(['pubrel #1']);
  });

  it('lowers the QoS to maximumQoS, where the user asked for that', () => {
    const test = new TestSession();
    test.connect('absent', { maximumQoS: 0 }, 0);
    const [a] = test.enqueue('a', 2);
    expect(test.sent()).to.deep.equal(['a']);
    expect(a!.qos).to.equal(0);
  });

  it('lowers the QoS for the connection that sends the message, not for the one on which it began to wait [S165]', () => {
    const test = new TestSession();
    test.connect('absent', {}, 0);
    const [a, b] = test.enqueue('a b', 2);
    expect([a!.qos, b!.qos]).to.deep.equal([0, 0]);
    test.cut();
    test.connect('absent', { receiveMaximum: 1 }, 2);
    expect(test.sent()).to.deep.equal(['a #1']);
    test.cut();
    test.connect('present', {}, 1);
    expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2']);
    expect([a!.qos, b!.qos]).to.deep.equal([2, 1]);
    expect(test.settled).to.deep.equal([]);
  });

  it('does not raise the QoS of a message that went out lower, in a session that was lost', () => {
    const test = new TestSession();
    test.connect('absent', {}, 1);
    const [a] = test.enqueue('a', 2);
    expect(test.sent()).to.deep.equal(['a #1']);
    test.cut();
    test.connect('absent', {}, 2);
    expect(test.sent()).to.deep.equal(['a #2']);
    expect(a!.qos).to.equal(1);
  });

  it('refuses a QoS above the broker’s [MQTT-3.2.2-11]', () => {
    const test = new TestSession();
    test.connect('absent', { maximumQoS: 1 });
    throws(() => test.enqueue('a', 2), 'NOT_SUPPORTED', { reasonCode: 0x9b, delivery: 'rejected' });
  });
});

describe('the sender: message expiry (Message expiry ignored while waiting)', () => {
  const expiring = (topic: string, seconds: number) =>
    message(topic, { expiresAt: seconds * 1000, properties: { messageExpiryInterval: seconds, contentType: 'x' } });

  it('counts down while the message waits, and what is sent says how much is left [MQTT-3.3.2.3.3]', () => {
    const test = new TestSession();
    const waiting = expiring('a', 10);
    const given = waiting.properties;
    test.sender.enqueue(waiting);
    test.now = 2_500;
    test.connect();
    test.sent();
    expect(waiting.properties).to.deep.equal({ messageExpiryInterval: 8, contentType: 'x' });
    expect(given).to.deep.equal({ messageExpiryInterval: 10, contentType: 'x' });
  });

  it('never says 0 for a message that is sent in its last moment', () => {
    const test = connected();
    const waiting = expiring('a', 1);
    test.sender.enqueue(waiting);
    test.now = 999;
    test.sent();
    expect(waiting.properties).to.include({ messageExpiryInterval: 1 });
  });

  it('does not send what has expired, and goes on with the next', () => {
    const test = new TestSession();
    test.sender.enqueue(expiring('a', 1));
    test.enqueue('b');
    test.now = 1000;
    test.connect();
    expect(test.sent()).to.deep.equal(['b #1']);
    expect(test.settled).to.deep.equal(['a MESSAGE_EXPIRED']);
  });

  it('does not apply to what was sent [MQTT-4.3.3-7]', () => {
    const test = connected();
    test.sender.enqueue(expiring('a', 1));
    test.sent();
    test.cut();
    test.now = 5000;
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1 dup']);
  });
});
