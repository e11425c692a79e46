import { expect } from 'chai';
import { TestSession, throws } from './support.js';

const unknown = { reasonCode: 0x82, phase: 'mqtt', retryable: true };

describe('the sender: answers that do not fit', () => {
  it('PUBREC for what is not known: PUBREL says so in 5.0, and just goes out in 3.x; a refusal ends it [MQTT-4.3.3-4]', () => {
    for (const [protocolVersion, pubrel] of [
      [5, { cmd: 'pubrel', packetId: 7, reasonCode: 0x92 }],
      [4, { cmd: 'pubrel', packetId: 7 }],
    ] as const) {
      const test = new TestSession();
      test.connect('absent', { protocolVersion });
      expect(test.pubrec(7)).to.deep.equal(pubrel);
      expect(test.pubrec(7, 0x97)).to.equal(undefined);
      expect(test.settled).to.deep.equal([]);
    }
  });

  it('PUBACK for QoS 2 breaks the protocol of 5.0; from a broker of 3.x it is the QoS that it has', () => {
    const is5 = new TestSession();
    is5.connect('absent');
    is5.enqueue('a', 2);
    expect(is5.sent()).to.deep.equal(['a #1']);
    throws(() => is5.puback(1), 'PROTOCOL_ERROR', unknown);
    expect(is5.settled).to.deep.equal([]);

    const is4 = new TestSession();
    is4.connect('absent', { protocolVersion: 4 });
    is4.enqueue('a', 2);
    is4.sent();
    is4.puback(1);
    expect(is4.settled).to.deep.equal(['a']);
  });

  it('in 3.x too, PUBACK after PUBREC breaks the protocol', () => {
    const test = new TestSession();
    test.connect('absent', { protocolVersion: 4 });
    test.enqueue('a', 2);
    test.sent();
    expect(test.pubrec(1)).to.deep.equal({ cmd: 'pubrel', packetId: 1 });
    throws(() => test.puback(1), 'PROTOCOL_ERROR', unknown);
    test.pubcomp(1);
    expect(test.settled).to.deep.equal(['a']);
  });

  it('PUBREC for QoS 1, and PUBCOMP before PUBREC, break the protocol', () => {
    const test = new TestSession();
    test.connect('absent');
    test.enqueue('one', 1);
    test.enqueue('two', 2);
    expect(test.sent()).to.deep.equal(['one #1', 'two #2']);
    throws(() => test.pubrec(1), 'PROTOCOL_ERROR', unknown);
    throws(() => test.pubcomp(2), 'PROTOCOL_ERROR', unknown);
    expect(test.settled).to.deep.equal([]);
  });

  it('PUBACK and PUBCOMP for what is not known are nothing', () => {
    const test = new TestSession();
    test.connect('absent');
    test.enqueue('a');
    test.sent();
    test.puback(2);
    test.pubcomp(2);
    expect(test.settled).to.deep.equal([]);
  });
});

describe('the sender: how much goes out', () => {
  it('as many as the Receive Maximum of the broker; there is no bound without a connection', () => {
    const { sender, ...rest } = new TestSession();
    expect(sender.window).to.equal(Infinity);
    expect(rest.settlements).to.deep.equal([]);
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 2 });
    expect(test.sender.window).to.equal(2);
    test.enqueue('a b c', 2);
    expect(test.sent()).to.deep.equal(['a #1', 'b #2']);
    test.cut();
    expect(test.sender.window).to.equal(Infinity);
  });

  it('at most 16 messages of QoS 2 in 3.x, which knows no Receive Maximum', () => {
    const topics = Array.from({ length: 20 }, (_, i) => `t${i}`).join(' ');
    for (const [protocolVersion, out] of [
      [5, 20],
      [4, 16],
      [3, 16],
    ] as const) {
      const test = new TestSession();
      test.connect('absent', { protocolVersion });
      test.enqueue(topics, 2);
      expect(test.sent(), `${protocolVersion}`).to.have.length(out);
    }
  });
});

describe('the sender: QoS 0 on the link', () => {
  it('settles once, and only then; QoS 1 waits for its PUBACK', () => {
    const test = new TestSession();
    test.connect('absent');
    const [zero] = test.enqueue('zero', 0);
    const [one] = test.enqueue('one', 1);
    test.sent();
    expect(test.settled).to.deep.equal([]);
    test.sender.flushed(zero!);
    test.sender.flushed(zero!);
    test.sender.flushed(one!);
    expect(test.settled).to.deep.equal(['zero']);
    expect(test.sender.withdraw(zero!)).to.equal(false);
  });
});
