import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { ExpiryTimer } from '../../src/client/publishing/expiry-timer.js';
import { OutgoingQueue } from '../../src/protocol/outbound/outgoing-queue.js';

describe('the expiry of a message', () => {
  class CountingScheduler extends VirtualTimeScheduler {
    reads = 0;

    override now = (): number => {
      this.reads++;
      return this.frame;
    };
  }

  function setUp() {
    const scheduler = new CountingScheduler();
    const queue = new OutgoingQueue({
      queue: { maxMessages: 10, maxBytes: 1000, overflow: 'refuse' },
      settled: () => undefined,
    });
    return { scheduler, timer: new ExpiryTimer(() => queue, scheduler) };
  }

  it('begins when the message is published', () => {
    const { scheduler, timer } = setUp();
    scheduler.frame = 500;
    expect(timer.dueOf({ properties: { messageExpiryInterval: 2 } })).to.equal(2500);
  });

  it('begins with the wait of a message that has waited before', () => {
    const { scheduler, timer } = setUp();
    expect(timer.dueOf({ properties: { messageExpiryInterval: 2 } }, 300)).to.equal(2300);
    expect(scheduler.reads).to.equal(0);
  });

  it('does not read the clock for a message that does not expire', () => {
    const { scheduler, timer } = setUp();
    expect(timer.dueOf({ qos: 1 })).to.equal(undefined);
    expect(scheduler.reads).to.equal(0);
  });
});
