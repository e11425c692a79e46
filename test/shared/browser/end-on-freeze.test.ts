import { expect } from 'chai';
import { concat, NEVER, of } from 'rxjs';
import { ChannelPort } from '../../../src/shared/browser/channel-port.js';
import { endOnFreeze } from '../../../src/shared/browser/end-on-freeze.js';
import { FakeBrowser } from './fake-browser.js';

describe('endOnFreeze', () => {
  it('closes the port of a page that freezes, on both sides, and not of one that is left', async () => {
    const browser = new FakeBrowser();
    const [tab, host] = [browser.openContext(), browser.openContext()];
    const [one, other] = browser.connect(tab, host);
    const tabPort = new ChannelPort(one, 'host', { ...tab.platform, locks: silentLocks });
    const hostPort = new ChannelPort(other, 'tab', { ...host.platform, locks: silentLocks });
    let isHostTold = false;
    hostPort.closed$.subscribe(() => (isHostTold = true));
    let closed = 0;
    const port$ = endOnFreeze(concat(of(tabPort), NEVER), tab.platform);
    port$.subscribe(port => port.closed$.subscribe(() => closed++));
    tab.pageSignal$.next('pagehide');
    expect(closed).to.equal(0);
    tab.pageSignal$.next('freeze');
    expect(closed).to.equal(1);
    await browser.settled();
    expect(isHostTold).to.equal(true);
  });
});

/** Grants nothing. */
const silentLocks = { request: () => new Promise<never>(() => undefined) };
