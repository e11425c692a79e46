import { expect } from 'chai';
import { TestSession, message, throws } from './support.js';

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

  describe('QoS 2 in 3.x', () => {
    const topics = Array.from({ length: 20 }, (_, i) => `t${i}`).join(' ');

    function full() {
      const test = new TestSession();
      test.connect('absent', { protocolVersion: 4 });
      test.enqueue(topics, 2);
      expect(test.sent()).to.have.length(16);
      return test;
    }

    it('continues with PUBCOMP, not with PUBREL [S180]', () => {
      const test = full();
      expect(test.pubrec(3)).to.deep.equal({ cmd: 'pubrel', packetId: 3 });
      test.pubrec(3); // a second time
      expect(test.sent()).to.deep.equal([]);
      test.pubcomp(3);
      expect(test.sent()).to.deep.equal(['t16 #17']);
      for (const id of [1, 2]) test.pubrec(id);
      for (const id of [1, 2]) test.pubcomp(id);
      expect(test.sent()).to.deep.equal(['t17 #18', 't18 #19']);
    });

    it('continues when the broker refuses a message, and when it lowers one to QoS 1 [S180]', () => {
      const test = full();
      test.pubrec(1, 0x97);
      expect(test.sent()).to.deep.equal(['t16 #17']);
      test.puback(2);
      expect(test.sent()).to.deep.equal(['t17 #18']);
    });

    it('leaves room for what was in flight and for nothing else after a reconnect [S180]', () => {
      const test = full();
      for (const id of [1, 2, 3]) test.pubrec(id);
      test.cut();
      test.connect('present', { protocolVersion: 4 });
      const again = test.sent();
      expect(again.slice(0, 4)).to.deep.equal(['pubrel #1', 'pubrel #2', 'pubrel #3', 't3 #4 dup']);
      expect(again).to.have.length(16);
      test.pubrec(4);
      expect(test.sent()).to.deep.equal([]);
      test.pubcomp(1);
      expect(test.sent()).to.deep.equal(['t16 #17']);
    });
  });

  it('in 5.0, a message of QoS 2 keeps its place until PUBCOMP [S180]', () => {
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 1 });
    test.enqueue('a b', 2);
    expect(test.sent()).to.deep.equal(['a #1']);
    test.pubrec(1);
    expect(test.sent()).to.deep.equal([]);
    test.pubcomp(1);
    expect(test.sent()).to.deep.equal(['b #2']);
  });

  describe('with maxInFlight', () => {
    const topics = Array.from({ length: 40 }, (_, i) => `t${i}`).join(' ');

    for (const [maxInFlight, protocolVersion, receiveMaximum, qos, out] of [
      [3, 5, 10, 1, 3],
      [3, 5, 10, 2, 3],
      [10, 5, 3, 1, 3],
      [10, 5, 3, 2, 3],
      [3, 4, 0xffff, 1, 3],
      [3, 4, 0xffff, 2, 3],
      [30, 4, 0xffff, 2, 30],
    ] as const) {
      it(`${maxInFlight} in version ${protocolVersion}, Receive Maximum ${receiveMaximum}: ${out} of QoS ${qos} [S181]`, () => {
        const test = new TestSession({ maxInFlight });
        test.connect('absent', { protocolVersion, receiveMaximum });
        expect(test.sender.window).to.equal(Math.min(maxInFlight, receiveMaximum));
        test.enqueue(topics, qos);
        expect(test.sent()).to.have.length(out);
      });
    }

    it('holds for messages past their PUBREC, too [S181]', () => {
      const test = new TestSession({ maxInFlight: 2 });
      test.connect('absent', { protocolVersion: 4 });
      test.enqueue('a b c', 2);
      expect(test.sent()).to.deep.equal(['a #1', 'b #2']);
      test.pubrec(1);
      expect(test.sent()).to.deep.equal([]);
      test.pubcomp(1);
      expect(test.sent()).to.deep.equal(['c #3']);
    });

    it('holds back what an earlier connection had sent above it, in its order, and all that is new [S182]', () => {
      const test = new TestSession({ maxInFlight: 3 });
      test.connect('absent', { receiveMaximum: 10 });
      test.enqueue('a b c d');
      expect(test.sent()).to.deep.equal(['a #1', 'b #2', 'c #3']);
      test.cut();
      test.connect('present', { receiveMaximum: 2 });
      expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2 dup']);
      test.puback(2);
      expect(test.sent()).to.deep.equal(['c #3 dup']);
      test.puback(1);
      expect(test.sent()).to.deep.equal(['d #4']);
    });

    it('holds back what an earlier process had sent with a larger one [S182]', () => {
      const test = new TestSession({ maxInFlight: 1 });
      const earlier = [message('a'), message('b', { qos: 2 }), message('c')];
      earlier.forEach((each, i) => {
        each.stage = i === 1 ? 'released' : 'sent';
        each.packetId = i + 1;
      });
      test.sender.restore(earlier, [], []);
      test.connect('present');
      // a PUBREL may always go (5.0 section 4.9)
      expect(test.sent()).to.deep.equal(['a #1 dup', 'pubrel #2']);
      test.puback(1);
      expect(test.sent()).to.deep.equal([]);
      test.pubcomp(2);
      expect(test.sent()).to.deep.equal(['c #3 dup']);
    });
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
