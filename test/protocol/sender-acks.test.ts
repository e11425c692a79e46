import { expect } from 'chai';
import { isError, message, TestSession, throws } from './support.js';

/** A connection on which the message `a` is in flight with identifier 1. */
function inFlight(qos: 1 | 2): TestSession {
  const test = new TestSession();
  test.connect();
  test.enqueue('a', qos);
  test.sent();
  return test;
}

const settledAndFree = { inFlight: 0, packetIdsInUse: 0 };

describe('the sender: QoS 1 (5.0 section 4.3.2)', () => {
  it('is delivered with PUBACK, and its identifier is free again', () => {
    const test = inFlight(1);
    test.puback(1, 0x10);
    expect(test.settled).to.deep.equal(['a']);
    expect(test.settlements[0]!.ack).to.deep.equal({ cmd: 'puback', packetId: 1, reasonCode: 0x10 });
    expect(test.session.snapshot()).to.include(settledAndFree);
  });

  for (const protocolVersion of [4, 3] as const) {
    it(`takes PUBACK for QoS 2 as "lowered to QoS 1" in version ${protocolVersion}, where a broker cannot say so before`, () => {
      const test = new TestSession();
      test.connect('present', { protocolVersion });
      const [lowered] = test.enqueue('a', 2);
      test.sent();
      test.puback(1);
      expect(test.settled).to.deep.equal(['a']);
      expect(lowered).to.include({ qos: 1 });
      expect(test.session.snapshot()).to.include(settledAndFree);
    });
  }

  it('does not take PUBACK for QoS 2 after PUBREC', () => {
    const test = new TestSession();
    test.connect('present', { protocolVersion: 4 });
    test.enqueue('a', 2);
    test.sent();
    test.pubrec(1);
    throws(() => test.puback(1), 'PROTOCOL_ERROR');
  });

  it('is rejected by a PUBACK of 0x80 and above, in the broker’s words, and not sent again [MQTT-4.4.0-2]', () => {
    const test = inFlight(1);
    test.sender.acknowledge({ cmd: 'puback', packetId: 1, reasonCode: 0x97, properties: { reasonString: 'enough' } });
    const error = isError(test.settlements[0]!.error, 'PUBLISH_REFUSED', {
      reasonCode: 0x97,
      reasonString: 'enough',
      delivery: 'rejected',
      retryable: true,
      subject: 'a',
    });
    expect(error.message).to.contain('PUBACK 0x97 quota exceeded (enough)');
    test.cut();
    test.connect();
    expect(test.sent()).to.deep.equal([]);
    expect(test.session.snapshot()).to.include(settledAndFree);
  });

  it('ignores an unknown PUBACK, and a second one', () => {
    const test = inFlight(1);
    test.puback(99);
    expect(test.settled).to.deep.equal([]);
    test.puback(1);
    test.puback(1);
    expect(test.settled).to.deep.equal(['a']);
  });

  it('settles in the order of the acknowledgements', () => {
    const test = new TestSession();
    test.connect();
    test.enqueue('a b c');
    test.sent();
    for (const id of [3, 1, 2]) test.puback(id);
    expect(test.settled).to.deep.equal(['c', 'a', 'b']);
  });
});

describe('the sender: QoS 2 (5.0 section 4.3.3)', () => {
  it('answers PUBREC with PUBREL of the same identifier [MQTT-4.3.3-4] [MQTT-2.2.1-5], and is delivered with PUBCOMP', () => {
    const test = inFlight(2);
    expect(test.pubrec(1, 0x10)).to.deep.equal({ cmd: 'pubrel', packetId: 1 });
    expect(test.settled).to.deep.equal([]);
    expect(test.session.snapshot()).to.include({ inFlight: 1, packetIdsInUse: 1 });
    test.pubcomp(1);
    expect(test.settled).to.deep.equal(['a']);
    expect(test.session.snapshot()).to.include(settledAndFree);
  });

  it('answers a second PUBREC with PUBREL again', () => {
    const test = inFlight(2);
    test.pubrec(1);
    expect(test.pubrec(1)).to.deep.equal({ cmd: 'pubrel', packetId: 1 });
  });

  it('is rejected by a PUBREC of 0x80 and above, which gets no PUBREL [MQTT-4.4.0-2]', () => {
    const test = inFlight(2);
    expect(test.pubrec(1, 0x87)).to.equal(undefined);
    isError(test.settlements[0]!.error, 'PUBLISH_REFUSED', {
      reasonCode: 0x87,
      delivery: 'rejected',
      retryable: false,
    });
    expect(test.session.snapshot()).to.include(settledAndFree);
  });

  it('is delivered with a PUBCOMP of 0x92: the broker had finished with it before', () => {
    const test = inFlight(2);
    test.pubrec(1);
    test.pubcomp(1, 0x92);
    expect(test.settled).to.deep.equal(['a']);
    expect(test.settlements[0]!.ack).to.include({ reasonCode: 0x92 });
  });

  it('answers an unknown PUBREC with PUBREL 0x92 in 5.0, with a plain one in 3.x', () => {
    const test = new TestSession();
    test.connect();
    expect(test.pubrec(9)).to.deep.equal({ cmd: 'pubrel', packetId: 9, reasonCode: 0x92 });
    test.connect('present', { protocolVersion: 4 });
    expect(test.pubrec(9)).to.deep.equal({ cmd: 'pubrel', packetId: 9 });
  });

  it('ignores an unknown PUBREC that refuses, and an unknown PUBCOMP', () => {
    const test = inFlight(2);
    expect(test.pubrec(9, 0x92)).to.equal(undefined);
    test.pubcomp(9);
    expect(test.settled).to.deep.equal([]);
    expect(test.session.snapshot()).to.include({ inFlight: 1 });
  });
});

describe('the sender: an acknowledgement that does not fit its message is a protocol error, and settles nothing', () => {
  const cases: [string, 1 | 2, (test: TestSession) => unknown][] = [
    ['PUBREC for QoS 1', 1, test => test.pubrec(1)],
    ['a refusing PUBREC for QoS 1', 1, test => test.pubrec(1, 0x80)],
    ['PUBCOMP for QoS 1', 1, test => test.pubcomp(1)],
    ['PUBACK for QoS 2', 2, test => test.puback(1)],
    ['PUBCOMP before PUBREC', 2, test => test.pubcomp(1)],
  ];
  for (const [what, qos, acknowledge] of cases) {
    it(what, () => {
      const test = inFlight(qos);
      throws(() => acknowledge(test), 'PROTOCOL_ERROR', { reasonCode: 0x82, phase: 'mqtt', retryable: true });
      expect(test.settled).to.deep.equal([]);
      expect(test.session.snapshot()).to.include({ inFlight: 1, packetIdsInUse: 1 });
    });
  }

  const late: [string, (test: TestSession) => unknown][] = [
    ['PUBACK', test => test.puback(1)],
    ['a refusing PUBREC', test => test.pubrec(1, 0x80)],
  ];
  for (const [what, acknowledge] of late) {
    it(`${what} for QoS 2 past its PUBREC`, () => {
      const test = inFlight(2);
      test.pubrec(1);
      throws(() => acknowledge(test), 'PROTOCOL_ERROR', { reasonCode: 0x82, phase: 'mqtt', retryable: true });
      expect(test.settled).to.deep.equal([]);
    });
  }
});

describe('the sender: cancelling', () => {
  it('takes out what waits, without a word', () => {
    const test = new TestSession();
    const [, b] = test.enqueue('a b c');
    expect(test.sender.cancel(b!)).to.equal(true);
    expect(b!.stage).to.equal('settled');
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1', 'c #2']);
    expect(test.settled).to.deep.equal([]);
  });

  it('is too late for what is sent, settled, or was never taken in', () => {
    const test = inFlight(1);
    const [b] = test.enqueue('b');
    test.sent();
    expect(test.sender.cancel(b!)).to.equal(false);
    test.puback(2);
    expect(test.sender.cancel(b!)).to.equal(false);
    expect(test.sender.cancel(message('c'))).to.equal(false);
    expect(test.session.snapshot()).to.include({ queued: 0, inFlight: 1 });
  });
});

describe('the sender: re-entrancy, whoever is told of a settlement', () => {
  it('may publish, and that goes out after what waits', () => {
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 1 });
    test.enqueue('a b');
    test.sent();
    test.onSettled = ({ topic }) => topic === 'a' && test.enqueue('c');
    test.puback(1);
    expect(test.sent()).to.deep.equal(['b #2']);
    test.puback(2);
    expect(test.sent()).to.deep.equal(['c #3']);
  });

  it('may take the identifier and the place in the window that came free', () => {
    const test = new TestSession();
    test.connect('absent', { receiveMaximum: 1 });
    test.enqueue('a', 2);
    test.sent();
    const sent: string[] = [];
    test.onSettled = ({ topic }) => {
      if (topic !== 'a') return;
      test.enqueue('b', 2);
      sent.push(...test.sent());
    };
    test.pubrec(1, 0x80);
    expect(sent).to.deep.equal(['b #2']);
  });

  it('may cancel the next one, publish, and send, while expired messages are rejected', () => {
    const test = new TestSession();
    test.sender.enqueue(message('a', { expiresAt: 0 }));
    const [b] = test.enqueue('b');
    test.connect();
    test.onSettled = () => {
      test.sender.cancel(b!);
      test.enqueue('c');
    };
    expect(test.sent()).to.deep.equal(['c #1']);
    expect(test.settled).to.deep.equal(['a MESSAGE_EXPIRED']);
  });

  it('may disconnect: nothing goes out after that', () => {
    const test = new TestSession();
    test.sender.enqueue(message('a', { expiresAt: 0 }));
    test.enqueue('b', 0);
    test.connect();
    test.onSettled = () => test.cut();
    expect(test.sent()).to.deep.equal([]);
    expect(test.session.snapshot()).to.include({ queued: 1 });
  });
});
