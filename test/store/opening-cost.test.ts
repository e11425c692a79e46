import { expect } from 'chai';
import { OutgoingQueue } from '../../src/protocol/outbound/outgoing-queue.js';
import { message } from '../protocol/support.js';
import { acks, connected } from './flows.js';
import { Machine, watch } from './machine.js';

/** Runs a task, and returns how often the queue was searched for messages that have expired. */
function countSearches(task: () => void): number {
  const { expire } = OutgoingQueue.prototype;
  let searches = 0;
  OutgoingQueue.prototype.expire = function (now) {
    searches++;
    return expire.call(this, now);
  };
  try {
    task();
  } finally {
    OutgoingQueue.prototype.expire = expire;
  }
  return searches;
}

/** A machine whose process has left a message that expires after 10 s, and others that do not. */
function left(): Machine {
  const machine = new Machine();
  const process = connected(machine, { protocolVersion: 5, quiet: true });
  machine.broker.inject({ fault: 'unreachable', times: 1000 });
  machine.broker.cut('me');
  machine.run(1);
  for (const [topic, properties] of [
    ['a', undefined],
    ['b', { messageExpiryInterval: 10 }],
    ['c', undefined],
  ] as const)
    watch(process.client.publish(topic, 'x', { qos: 1, ...(properties && { properties }) }));
  machine.run(50);
  process.kill();
  return machine;
}

describe('what opening a long queue costs', () => {
  it('is no search for expired messages, where none has expired', () => {
    const machine = left();
    const second = machine.start({ autoConnect: false });
    const settled = acks(second);
    const searches = countSearches(() => {
      second.client.restored$.subscribe();
      machine.run(100);
    });
    expect(searches).to.equal(0);
    machine.run(20_000);
    expect(settled).to.deep.equal(['b rejected MESSAGE_EXPIRED']);
  });

  it('is one search, where one has expired', () => {
    const machine = left();
    machine.run(20_000);
    const second = machine.start({ autoConnect: false });
    const settled = acks(second);
    const searches = countSearches(() => {
      second.client.restored$.subscribe();
      machine.run(100);
    });
    expect(searches).to.equal(1);
    expect(settled).to.deep.equal(['b rejected MESSAGE_EXPIRED']);
  });

  it('is one look at each message in such a search', () => {
    const queue = new OutgoingQueue({
      inSlices: (messages, task) => messages.forEach(task),
      options: { queue: { maxMessages: 1000, maxBytes: 1e6, overflow: 'refuse' } },
      settled: () => undefined,
    });
    let looks = 0;
    for (let i = 0; i < 100; i++) {
      const each = message('t', { expiresAt: 1000 + i });
      const { expiresAt } = each;
      Object.defineProperty(each, 'expiresAt', {
        get: () => {
          looks++;
          return expiresAt;
        },
      });
      queue.enqueue(each);
    }
    queue.expire(0);
    expect(looks).to.equal(100);
  });
});
