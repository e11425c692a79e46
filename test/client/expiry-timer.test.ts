import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { expiryOf } from '../../src/client/publishing/expiry-timer.js';

describe('the expiry of a message', () => {
  class CountingScheduler extends VirtualTimeScheduler {
    reads = 0;

    override now = (): number => {
      this.reads++;
      return this.frame;
    };
  }

  it('begins when the message is published', () => {
    const scheduler = new CountingScheduler();
    scheduler.frame = 500;
    expect(expiryOf({ properties: { messageExpiryInterval: 2 } }, scheduler)).to.equal(2500);
  });

  it('begins with the wait of a message that has waited before', () => {
    const scheduler = new CountingScheduler();
    expect(expiryOf({ properties: { messageExpiryInterval: 2 } }, scheduler, 300)).to.equal(2300);
    expect(scheduler.reads).to.equal(0);
  });

  it('does not read the clock for a message that does not expire', () => {
    const scheduler = new CountingScheduler();
    expect(expiryOf({ qos: 1 }, scheduler)).to.equal(undefined);
    expect(scheduler.reads).to.equal(0);
  });
});
