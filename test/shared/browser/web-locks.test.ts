import { expect } from 'chai';
import { Subject, firstValueFrom } from 'rxjs';
import { holdLock, isStolen } from '../../../src/shared/browser/web-locks.js';
import { FakeBrowser } from './fake-browser.js';

describe('holdLock', () => {
  function contexts() {
    const browser = new FakeBrowser();
    const [one, other] = [browser.openContext(), browser.openContext()];
    return { browser, other, locks: one.platform.locks!, otherLocks: other.platform.locks! };
  }

  it('emits when the lock is granted, and gives it back when it is unsubscribed', async () => {
    const { browser, locks, otherLocks } = contexts();
    const granted: string[] = [];
    const first = holdLock(locks, 'a').subscribe(() => granted.push('one'));
    const second = holdLock(otherLocks, 'a').subscribe(() => granted.push('other'));
    await browser.settled();
    expect(granted).to.deep.equal(['one']);
    first.unsubscribe();
    await browser.settled();
    expect(granted).to.deep.equal(['one', 'other']);
    second.unsubscribe();
    await browser.settled();
    expect(browser.holder('a')).to.equal(undefined);
  });

  it('withdraws a request that is not granted yet', async () => {
    const { browser, locks, otherLocks } = contexts();
    const first = holdLock(locks, 'a').subscribe();
    await browser.settled();
    holdLock(otherLocks, 'a').subscribe().unsubscribe();
    first.unsubscribe();
    await browser.settled();
    expect(browser.holder('a')).to.equal(undefined);
  });

  it('errors when the lock is stolen', async () => {
    const { browser, other, locks, otherLocks } = contexts();
    const error$ = new Subject<unknown>();
    holdLock(locks, 'a').subscribe({ error: (error: unknown) => error$.next(error) });
    await browser.settled();
    const error = firstValueFrom(error$);
    holdLock(otherLocks, 'a', { steal: true }).subscribe();
    expect(isStolen(await error)).to.equal(true);
    expect(browser.holder('a')).to.equal(other);
  });
});
