import { expect } from 'chai';
import type { MqttError } from '../../src/errors.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { expired } from '../../src/protocol/outbound/delivery-errors.js';
import { type QueueLimits, OutgoingQueue } from '../../src/protocol/outbound/outgoing-queue.js';
import { isError, message, throws } from './support.js';

function room(overrides: Partial<QueueLimits> = {}, settled: (message: OutgoingPublish) => void = () => {}) {
  const rejected: [topic: string, error: MqttError][] = [];
  const waiting = new OutgoingQueue({
    inSlices: (messages, task) => messages.forEach(task),
    options: { queue: { maxMessages: 1000, maxBytes: 1e6, overflow: 'refuse', ...overrides } },
    settled: (each, error) => {
      expect(each.stage).to.equal('settled');
      rejected.push([each.topic, error]);
      settled(each);
    },
  });
  return {
    waiting,
    rejected,
    enter: (...topics: string[]) => topics.forEach(topic => waiting.enqueue(message(topic))),
    /** Takes all out, and tells their topics. */
    drain: () => {
      const topics: string[] = [];
      for (let oldest; (oldest = waiting.oldest) !== undefined;) {
        topics.push(oldest.topic);
        waiting.remove(oldest);
      }
      return topics;
    },
    codes: () => rejected.map(([topic, { code }]) => `${topic} ${code}`),
  };
}

describe('the waiting room: the queue has bounds (Unbounded queues)', () => {
  for (const overflow of ['refuse', 'evictOldest'] as const) {
    it(`takes one message larger than its bytes when nothing waits, and no other beside it (${overflow})`, () => {
      const { waiting, codes } = room({ maxBytes: 10, overflow });
      waiting.enqueue(message('large', { size: 100 }));
      expect(codes()).to.deep.equal([]);
      throws(() => waiting.enqueue(message('too large', { size: 100 })), 'QUEUE_FULL');
      expect(waiting.oldest?.topic).to.equal('large');
    });
  }

  it('refuses a message too many with QUEUE_FULL, and keeps those that wait', () => {
    const { waiting, enter, drain, rejected } = room({ maxMessages: 2 });
    enter('a', 'b');
    const error = throws(() => enter('c'), 'QUEUE_FULL', { delivery: 'rejected', retryable: true, subject: 'c' });
    expect(error.message).to.contain('2 of 2 messages');
    expect(waiting.length).to.equal(2);
    expect(drain()).to.deep.equal(['a', 'b']);
    expect(rejected).to.deep.equal([]);
  });

  it('refuses by bytes, of topics and payloads, and takes what just fits', () => {
    const { waiting } = room({ maxBytes: 10 });
    waiting.enqueue(message('aa', { size: 4 }));
    throws(() => waiting.enqueue(message('b', { size: 4 })), 'QUEUE_FULL');
    waiting.enqueue(message('b', { size: 3 }));
    expect(waiting.bytes).to.equal(10);
  });

  it('evicts the oldest by count, who are told MESSAGE_EVICTED', () => {
    const { enter, drain, rejected, codes } = room({ maxMessages: 2, overflow: 'evictOldest' });
    enter('a', 'b', 'c');
    expect(codes()).to.deep.equal(['a MESSAGE_EVICTED']);
    isError(rejected[0]![1], 'MESSAGE_EVICTED', { delivery: 'rejected', subject: 'a' });
    expect(drain()).to.deep.equal(['b', 'c']);
  });

  it('evicts as many of the oldest as the bytes of the newest need', () => {
    const { waiting, enter, drain, codes } = room({ maxBytes: 4, overflow: 'evictOldest' });
    enter('a', 'b', 'c');
    waiting.enqueue(message('d', { size: 2 }));
    expect(codes()).to.deep.equal(['a MESSAGE_EVICTED', 'b MESSAGE_EVICTED']);
    expect(drain()).to.deep.equal(['c', 'd']);
  });

  it('evicts nobody for a message that would not fit into an empty queue', () => {
    const { waiting, enter, codes } = room({ maxBytes: 4, overflow: 'evictOldest' });
    enter('a');
    throws(() => waiting.enqueue(message('b', { size: 4 })), 'QUEUE_FULL');
    expect(waiting.length).to.equal(1);
    expect(codes()).to.deep.equal([]);

    const none = room({ maxMessages: 0, overflow: 'evictOldest' });
    none.waiting.requeue(message('a'));
    throws(() => none.enter('b'), 'QUEUE_FULL');
    expect(none.codes()).to.deep.equal([]);
  });

  it('takes back what was in flight past its bounds, ahead of all, and has no room for others until it is gone', () => {
    const { waiting, enter, drain, codes } = room({ maxMessages: 1 });
    enter('b');
    waiting.requeue(message('a'));
    expect(waiting.length).to.equal(2);
    throws(() => enter('c'), 'QUEUE_FULL');
    expect(drain()).to.deep.equal(['a', 'b']);
    expect(codes()).to.deep.equal([]);
    enter('c');
    expect(drain()).to.deep.equal(['c']);
  });

  it('keeps its bounds and the order of the calls when those who are told of their eviction put in another', () => {
    const { enter, drain, codes } = room({ maxMessages: 2, overflow: 'evictOldest' }, ({ topic }) => {
      if (topic === 'a') enter('told');
    });
    enter('a', 'b', 'c');
    expect(codes()).to.deep.equal(['a MESSAGE_EVICTED', 'b MESSAGE_EVICTED']);
    expect(drain()).to.deep.equal(['c', 'told']);
  });
});

describe('the waiting room: leaving it', () => {
  it('settles nothing when a message leaves to be sent', () => {
    const { enter, drain, rejected } = room();
    enter('a');
    drain();
    expect(rejected).to.deep.equal([]);
  });

  it('rejects those that match, oldest first, and keeps the rest in order', () => {
    const { waiting, enter, drain, codes } = room();
    enter('x1', 'a', 'x2', 'b');
    waiting.rejectAll(expired, ({ topic }) => topic.startsWith('x'));
    expect(codes()).to.deep.equal(['x1 MESSAGE_EXPIRED', 'x2 MESSAGE_EXPIRED']);
    expect(drain()).to.deep.equal(['a', 'b']);
  });

  it('rejects neither what its listeners took out meanwhile nor what they put in', () => {
    const messages = ['a', 'b', 'c'].map(topic => message(topic));
    const { waiting, drain, codes } = room({}, ({ topic }) => {
      if (topic !== 'a') return;
      waiting.remove(messages[1]!);
      messages[1]!.stage = 'settled';
      waiting.enqueue(message('d'));
    });
    for (const each of messages) waiting.enqueue(each);
    waiting.rejectAll(expired, () => true);
    expect(codes()).to.deep.equal(['a MESSAGE_EXPIRED', 'c MESSAGE_EXPIRED']);
    expect(drain()).to.deep.equal(['d']);
  });
});

describe('the waiting room: message expiry (Message expiry ignored while waiting)', () => {
  it('rejects what has expired, to the millisecond, and says when the next one will', () => {
    const { waiting, drain, rejected, codes } = room();
    waiting.enqueue(message('never'));
    waiting.enqueue(message('late', { expiresAt: 3000 }));
    waiting.enqueue(message('soon', { expiresAt: 1000 }));
    expect(waiting.expire(999)).to.equal(1000);
    expect(codes()).to.deep.equal([]);
    expect(waiting.expire(1000)).to.equal(3000);
    expect(codes()).to.deep.equal(['soon MESSAGE_EXPIRED']);
    isError(rejected[0]![1], 'MESSAGE_EXPIRED', { delivery: 'rejected', subject: 'soon', retryable: false });
    expect(waiting.expire(5000)).to.equal(Infinity);
    expect(drain()).to.deep.equal(['never']);
  });
});

describe('the waiting room: room to spare', () => {
  it('is half of the messages, and half of the bytes; an empty queue takes any', () => {
    const { waiting, enter } = room({ maxMessages: 4, maxBytes: 1000 });
    const spare = (size: number) => waiting.hasRoomToSpare(message('next', { size }));
    expect([spare(0), spare(5000)]).to.deep.equal([true, true]);
    waiting.enqueue(message('first', { size: 100 }));
    const { bytes } = waiting;
    const overhead = message('next').bytes;
    expect([spare(500 - bytes - overhead), spare(501 - bytes - overhead)]).to.deep.equal([true, false]);
    enter('second');
    expect(spare(0)).to.equal(false);
  });

  it('the oldest go for a message of exactly the bytes that there are, and not for a larger one', () => {
    const size = 100;
    const { waiting, enter, codes } = room({ maxBytes: message('a', { size }).bytes, overflow: 'evictOldest' });
    enter('b');
    waiting.enqueue(message('a', { size }));
    expect(codes()).to.deep.equal(['b MESSAGE_EVICTED']);
    throws(() => waiting.enqueue(message('a', { size: size + 1 })), 'QUEUE_FULL');
  });
});
