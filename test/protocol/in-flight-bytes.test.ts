import { expect } from 'chai';
import fc from 'fast-check';
import { MqttError } from '../../src/errors.js';
import type { QoS } from '../../src/message.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { message, TestSession } from './support.js';

const hangUp = { error: new MqttError('CONNECTION_CLOSED', 'closed', { retryable: true }), unsent: false };

/** A connected session with a bound of so many bytes in flight. */
function bounded(maxInFlightBytes: number | undefined, maxDeliveries = 3): TestSession {
  const test = new TestSession({ ...(maxInFlightBytes !== undefined && { maxInFlightBytes }), maxDeliveries });
  test.connect();
  return test;
}

/** Takes in a message whose topic and payload take so many bytes. */
function enqueue(test: TestSession, topic: string, bytes: number, qos: QoS = 1): OutgoingPublish {
  const each = message(topic, { qos, size: bytes - topic.length });
  test.sender.enqueue(each);
  return each;
}

describe('what is in flight is bounded in bytes', () => {
  it('what would exceed the bound waits in the queue, until an acknowledgement makes room [S115]', () => {
    const test = bounded(100);
    for (const topic of ['a', 'b', 'c']) enqueue(test, topic, 50);
    expect(test.sent()).to.deep.equal(['a #1', 'b #2']);
    expect(test.sender.inFlight.bytes).to.equal(100);
    test.puback(2);
    expect(test.sent()).to.deep.equal(['c #3']);
  });

  it('a message above the bound goes when nothing else is in flight, and what follows it waits [S115]', () => {
    const test = bounded(100);
    enqueue(test, 'a', 50);
    enqueue(test, 'large', 5000);
    enqueue(test, 'c', 1);
    expect(test.sent()).to.deep.equal(['a #1']);
    test.puback(1);
    expect(test.sent()).to.deep.equal(['large #2']);
    test.puback(2);
    expect(test.sent()).to.deep.equal(['c #3']);
  });

  it('QoS 2 counts nothing after PUBREC, and its payload is not kept [S115]', () => {
    const test = bounded(100);
    const a = enqueue(test, 'a', 100, 2);
    enqueue(test, 'b', 100, 2);
    expect(test.sent()).to.deep.equal(['a #1']);
    test.pubrec(1);
    expect(test.sender.inFlight).to.include({ bytes: 0, size: 1 });
    expect(a.payload).to.have.length(0);
    expect(test.sent()).to.deep.equal(['b #2']);
    test.pubcomp(1);
    expect(test.sender.inFlight.bytes).to.equal(100);
    test.pubrec(2);
    test.pubcomp(2);
    expect(test.settled).to.deep.equal(['a', 'b']);
  });

  it('QoS 0 is never in flight, but keeps its place behind what waits [S115]', () => {
    const test = bounded(100);
    enqueue(test, 'a', 100);
    enqueue(test, 'b', 100, 0);
    enqueue(test, 'c', 1);
    enqueue(test, 'd', 1, 0);
    expect(test.sent()).to.deep.equal(['a #1', 'b']);
    test.puback(1);
    expect(test.sent()).to.deep.equal(['c #2', 'd']);
  });

  it('what is in flight goes out again after a reconnect, whatever the bound [S115]', () => {
    const test = bounded(100);
    for (const topic of ['a', 'b', 'c']) enqueue(test, topic, 50);
    test.sent();
    test.cut();
    test.connect('present');
    expect(test.sent()).to.deep.equal(['a #1 dup', 'b #2 dup']);
    test.cut();
    test.connect('absent');
    expect(test.sent()).to.deep.equal(['a #3', 'b #4']);
    test.puback(3);
    expect(test.sent()).to.deep.equal(['c #5']);
  });

  it('properties count, in the queue too [S115]', () => {
    const test = bounded(100);
    const properties = { correlationData: new Uint8Array(60), userProperties: [['name', 'value'] as const] };
    for (const topic of ['a', 'b']) test.sender.enqueue(message(topic, { properties }));
    expect(test.sender.queue.bytes).to.equal(2 * (1 + 63 + 14));
    expect(test.sent()).to.deep.equal(['a #1']);
  });

  it('without a bound everything goes that the window allows', () => {
    const test = bounded(undefined);
    for (let i = 0; i < 10; i++) enqueue(test, `${i}`, 10_000);
    expect(test.sent()).to.have.length(10);
  });

  /** Isolates the oldest unanswered message: connections end at it at once. */
  function isolate(test: TestSession): void {
    for (let i = 0; i < 3; i++) {
      test.sent();
      test.session.end(hangUp);
      test.connect('present');
    }
  }

  it('an isolated message above the bound holds up nobody [S115]', () => {
    const test = bounded(100);
    const large = enqueue(test, 'large', 150);
    isolate(test);
    expect(large.isolated).to.equal(true);
    for (const topic of ['b', 'c', 'd']) enqueue(test, topic, 50);
    expect(test.sent()).to.deep.equal(['b #2', 'c #3']);
    test.puback(2);
    expect(test.sent()).to.deep.equal(['d #4']);
  });

  it('isolated messages do not pile up without a bound [S115]', () => {
    const test = bounded(100);
    for (let i = 0; i < 50; i++) {
      enqueue(test, `m${i}`, 60);
      isolate(test);
      expect(test.sender.inFlight.bytes).to.be.at.most(200 + 60);
    }
    expect(test.sender.queue.length).to.be.above(40);
    // a connection that holds gives them their turn, one by one, and then all others
    for (let turn = 0; test.settlements.length < 50 && turn < 200; turn++) {
      test.now += 2000;
      test.sent();
      for (const { packetId, onThisConnection } of test.sender.inFlight.all)
        if (onThisConnection) test.puback(packetId);
    }
    expect(test.settlements).to.have.length(50);
    expect(test.sender.inFlight.bytes).to.equal(0);
  });

  it('whatever happens, the bytes are those of the messages in flight, and within the bound [S115]', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('enqueue' as const),
        bytes: fc.integer({ min: 2, max: 140 }),
        qos: fc.constantFrom(0, 1, 2),
      }),
      fc.record({ do: fc.constantFrom('answer', 'end', 'hangUp', 'lose', 'withdraw'), n: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const test = bounded(100);
        const all: OutgoingPublish[] = [];
        for (const each of steps) {
          if (each.do === 'enqueue') all.push(enqueue(test, 't', each.bytes, each.qos));
          else play(test, each.do, all, each.n);
          const { inFlight } = test.sender;
          const open = inFlight.all.filter(({ stage }) => stage !== 'released');
          const bytes = open.reduce((sum, message) => sum + message.bytes, 0);
          expect(inFlight.bytes).to.equal(bytes);
          // ordinary messages have 100 bytes, isolated ones too, and either of them may be one message of at most 140
          expect(bytes).to.be.at.most(2 * 140);
          test.sent();
        }
      }),
    );
  });

  function play(test: TestSession, what: string, all: readonly OutgoingPublish[], n: number): void {
    const { inFlight } = test.sender;
    switch (what) {
      case 'answer': {
        const each = inFlight.all[n % inFlight.size];
        if (each?.onThisConnection !== true) return;
        if (each.qos === 1) test.puback(each.packetId);
        else if (each.stage === 'sent') test.pubrec(each.packetId);
        else test.pubcomp(each.packetId);
        return;
      }
      case 'withdraw':
        if (all.length > 0) test.sender.withdraw(all[n % all.length]!);
        return;
      default:
        test.now += n * 1000;
        test.session.end(what === 'hangUp' ? hangUp : undefined);
        test.connect(what === 'lose' ? 'absent' : 'present');
    }
  }
});
