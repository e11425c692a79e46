import { expect } from 'chai';
import { isError, sentThenCut, TestSession } from './support.js';

describe('the sender after a reconnect: the session is gone', () => {
  it('sends QoS 1 again as new messages: before all others, in order, without DUP', () => {
    const { test } = sentThenCut('a b');
    test.enqueue('c');
    test.connect('absent');
    expect(test.sent()).to.deep.equal(['a #3', 'b #4', 'c #5']);
    expect(test.settled).to.deep.equal([]);
  });

  it('sends as new, without DUP, also what had been sent again before', () => {
    const { test } = sentThenCut('a');
    test.connect('present');
    expect(test.sent()).to.deep.equal(['a #1 dup']);
    test.cut();
    test.connect('absent');
    expect(test.sent()).to.deep.equal(['a #2']);
  });

  it('settles QoS 2 before PUBREC as SESSION_LOST: nobody knows whether it was delivered', () => {
    const { test } = sentThenCut('a b', 2);
    test.connect('absent');
    expect(test.sent()).to.deep.equal([]);
    expect(test.settled).to.deep.equal(['a SESSION_LOST', 'b SESSION_LOST']);
    isError(test.settlements[0]!.error, 'SESSION_LOST', { delivery: 'indeterminate', subject: 'a', retryable: false });
    expect(test.session.snapshot()).to.include({ inFlight: 0, packetIdsInUse: 0 });
  });

  it('settles QoS 2 past its PUBREC as SESSION_LOST, and sends no PUBREL', () => {
    const test = new TestSession();
    test.connect();
    test.enqueue('a', 2);
    test.sent();
    test.pubrec(1);
    test.cut();
    test.connect('absent');
    expect(test.sent()).to.deep.equal([]);
    expect(test.settled).to.deep.equal(['a SESSION_LOST']);
  });

  for (const qos of [1, 2] as const) {
    it(`settles QoS ${qos} as SESSION_LOST with republish: never, and keeps what was never sent`, () => {
      const { test } = sentThenCut('a', qos, { republish: 'never' });
      test.enqueue('b', qos);
      test.connect('absent');
      expect(test.settled).to.deep.equal(['a SESSION_LOST']);
      expect(test.sent()).to.deep.equal(['b #2']);
    });
  }

  it('takes back what was in flight though the queue is full, and loses nothing', () => {
    const { test } = sentThenCut('a b', 1, { queue: { maxMessages: 2 } });
    test.enqueue('c d');
    test.connect('absent');
    expect(test.session.snapshot()).to.include({ queued: 4, inFlight: 0 });
    expect(test.sent()).to.deep.equal(['a #3', 'b #4', 'c #5', 'd #6']);
  });

  it('ignores an acknowledgement for the identifier of the first time', () => {
    const { test } = sentThenCut('a');
    test.connect('absent');
    test.sent();
    test.puback(1);
    expect(test.settled).to.deep.equal([]);
    test.puback(2);
    expect(test.settled).to.deep.equal(['a']);
  });

  it('is indeterminate, not rejected, when it is given up while it waits to go out again', () => {
    const { test } = sentThenCut('sent', 1, { queue: { maxMessages: 1, overflow: 'evictOldest' } });
    test.connect('absent', { receiveMaximum: 0 });
    test.enqueue('new');
    test.enqueue('newer');
    const fates = test.settlements.map(({ message, error }) => `${message.topic} ${error?.code} ${error?.delivery}`);
    expect(fates).to.deep.equal(['sent MESSAGE_EVICTED indeterminate', 'new MESSAGE_EVICTED rejected']);
  });

  it('can be cancelled while it waits to go out again', () => {
    const { test, messages } = sentThenCut('a b');
    test.connect('absent');
    expect(test.sender.cancel(messages[0]!)).to.equal(true);
    expect(test.sent()).to.deep.equal(['b #3']);
  });
});

describe('the sender after a reconnect: re-entrancy of those who are told SESSION_LOST', () => {
  function lostFirst(...config: ConstructorParameters<typeof TestSession>) {
    const test = new TestSession(...config);
    test.connect();
    test.enqueue('lost', 2);
    test.sent();
    const again = test.enqueue('again')[0]!;
    test.sent();
    test.cut();
    return { test, again };
  }

  it('may publish: that goes out after what goes out again', () => {
    const { test } = lostFirst();
    test.onSettled = () => test.enqueue('new');
    test.connect('absent');
    expect(test.sent()).to.deep.equal(['again #3', 'new #4']);
  });

  it('may cancel a message that goes out again, which is not settled then', () => {
    const { test, again } = lostFirst();
    test.onSettled = () => test.sender.cancel(again);
    test.connect('absent');
    expect(test.sent()).to.deep.equal([]);
    expect(test.settled).to.deep.equal(['lost SESSION_LOST']);
  });

  it('may evict a message that goes out again, which is settled once', () => {
    const { test } = lostFirst({ queue: { maxMessages: 1, overflow: 'evictOldest' } });
    test.onSettled = ({ topic }) => topic === 'lost' && test.enqueue('new');
    test.connect('absent');
    expect(test.settled).to.deep.equal(['lost SESSION_LOST', 'again MESSAGE_EVICTED']);
    expect(test.sent()).to.deep.equal(['new #3']);
  });
});
