import { expect } from 'chai';
import fc from 'fast-check';
import { LinkedQueue } from '../../src/protocol/outbound/linked-queue.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { message } from './support.js';

const topics = (queue: LinkedQueue) => [...queue].map(({ topic }) => topic).join(' ');

function queueOf(...names: string[]) {
  const queue = new LinkedQueue();
  const messages = names.map(name => message(name));
  for (const each of messages) queue.push(each);
  return { queue, messages };
}

describe('a message on its way out', () => {
  it('counts in the queue with its topic and its payload', () => {
    expect(message('a/b', { size: 10 }).bytes).to.equal(13);
  });

  it('begins with no packet identifier, not queued and not sent', () => {
    expect(message('a')).to.include({ cmd: 'publish', packetId: 0, dup: false, stage: 'new', onThisConnection: false });
  });
});

describe('a list of messages', () => {
  it('is first in, first out', () => {
    const { queue, messages } = queueOf('a', 'b', 'c');
    expect(topics(queue)).to.equal('a b c');
    expect(queue.oldest).to.equal(messages[0]);
  });

  it('lets what was on the wire before go ahead of all', () => {
    const { queue } = queueOf('b');
    queue.pushFront(message('a'));
    expect(topics(queue)).to.equal('a b');
    queue.push(message('c'));
    expect(topics(queue)).to.equal('a b c');
  });

  it('takes out the oldest, the newest, one from the middle, and the last', () => {
    const { queue, messages } = queueOf('a', 'b', 'c', 'd');
    const [a, b, c, d] = messages as [OutgoingPublish, OutgoingPublish, OutgoingPublish, OutgoingPublish];
    queue.remove(b);
    expect(topics(queue)).to.equal('a c d');
    queue.remove(a);
    expect(topics(queue)).to.equal('c d');
    queue.remove(d);
    expect(topics(queue)).to.equal('c');
    queue.remove(c);
    expect([topics(queue), queue.length, queue.bytes, queue.oldest]).to.deep.equal(['', 0, 0, undefined]);
  });

  it('may lose the present message while it is gone through', () => {
    const { queue } = queueOf('a', 'b', 'c');
    const seen: string[] = [];
    for (const each of queue) {
      seen.push(each.topic);
      queue.remove(each);
    }
    expect(seen).to.deep.equal(['a', 'b', 'c']);
    expect(queue.length).to.equal(0);
  });

  it('holds no message that has left it', () => {
    const { queue, messages } = queueOf('a', 'b', 'c');
    queue.remove(messages[1]!);
    expect(messages[1]).to.include({ older: undefined, newer: undefined });
  });

  it('does what an array does, whatever is pushed, pushed in front and removed', () => {
    const step = fc.record({
      what: fc.constantFrom('push' as const, 'pushFront' as const, 'remove' as const),
      n: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), steps => {
        const queue = new LinkedQueue();
        const model: OutgoingPublish[] = [];
        for (const { what, n } of steps) {
          const fresh = message('t', { size: n });
          if (what === 'push') model.push(fresh);
          if (what === 'pushFront') model.unshift(fresh);
          if (what !== 'remove') queue[what](fresh);
          else if (model.length > 0) queue.remove(model.splice(n % model.length, 1)[0]!);

          const queued = [...queue];
          expect(queued.length).to.equal(model.length);
          expect(queued.every((each, i) => each === model[i])).to.equal(true);
          expect(queue.length).to.equal(model.length);
          expect(queue.oldest).to.equal(model[0]);
          expect(queue.bytes).to.equal(model.reduce((sum, each) => sum + each.bytes, 0));
        }
      }),
      { numRuns: 300 },
    );
  });
});
