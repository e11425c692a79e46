import { expect } from 'chai';
import { CoalescedTrigger } from '../../src/client/coalesced-trigger.js';
import { Trampoline } from '../../src/client/trampoline.js';

describe('CoalescedTrigger', () => {
  let trampoline: Trampoline;
  let trigger: CoalescedTrigger;
  let notified: number;

  beforeEach(() => {
    trampoline = new Trampoline();
    trigger = new CoalescedTrigger(trampoline);
    notified = 0;
    trigger.triggered$.subscribe(() => notified++);
  });

  it('notifies once for all that is triggered in one task', () => {
    trampoline.run(() => {
      trigger.trigger();
      trigger.trigger();
      expect(notified).to.equal(0);
    });
    expect(notified).to.equal(1);
  });

  it('notifies nobody of what is triggered while it is held, and of everything afterwards', () => {
    trampoline.run(() => {
      trigger.hold();
      trigger.trigger();
      trigger.release();
    });
    expect(notified).to.equal(0);
    trigger.trigger();
    expect(notified).to.equal(1);
  });

  it('still notifies of what was triggered before it was held', () => {
    trampoline.run(() => {
      trigger.trigger();
      trigger.hold();
    });
    expect(notified).to.equal(1);
  });
});
