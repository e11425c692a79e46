import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { describeChromium } from './chromium.js';
import type { Store } from './store.js';

describeChromium('levelStore in IndexedDB', theatre => {
  const show = () => theatre.show('/store');

  function call<K extends keyof Store>(
    page: Page,
    name: K,
    ...args: Parameters<Store[K]>
  ): Promise<Awaited<ReturnType<Store[K]>>> {
    return page.evaluate(
      ([method, given]) => {
        const { store } = globalThis as unknown as { store: Record<string, (...args: unknown[]) => unknown> };
        return store[method]!(...given);
      },
      [name, args] as const,
    ) as Promise<Awaited<ReturnType<Store[K]>>>;
  }

  it('does what a store must do', async () => {
    const { count, failures } = await call(await show(), 'test');
    expect(failures).to.deep.equal([]);
    expect(count).to.be.above(10);
  });

  it('refuses a second page, and gives it the session when the first one closes it', async () => {
    const [first, second] = [await show(), await show()];
    expect(await call(first, 'open', 'two pages')).to.equal('open');
    await call(first, 'put', 'a');
    expect(await call(second, 'open', 'two pages')).to.match(
      /^STORE_IN_USE: another page has the session of 'two pages' open/,
    );
    await call(first, 'put', 'b');
    await call(first, 'close');
    expect(await call(second, 'open', 'two pages')).to.equal('open');
    expect(await call(second, 'keys')).to.deep.equal(['a', 'b']);
  });

  const deaths: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
    'is closed': page => page.close(),
    crashes: async page => {
      const crashed = page.waitForEvent('crash');
      const session = await theatre.context.newCDPSession(page);
      session.send('Page.crash').catch(() => undefined);
      await crashed;
    },
  };
  for (const [death, die] of Object.entries(deaths)) {
    it(`gives the session to a second page when the first one ${death}`, async () => {
      const [first, second] = [await show(), await show()];
      expect(await call(first, 'open', death)).to.equal('open');
      await call(first, 'put', 'a');
      expect(await call(second, 'open', death)).to.match(/^STORE_IN_USE/);
      const released = call(second, 'locksReleased');
      await die(first);
      await released;
      expect(await call(second, 'open', death)).to.equal('open');
      expect(await call(second, 'keys')).to.deep.equal(['a']);
    });
  }

  it('gives the session to a second page when the first one is left, and kept for the way back', async () => {
    const [first, second] = [await show(), await show()];
    expect(await call(first, 'open', 'left')).to.equal('open');
    await call(first, 'put', 'a');
    await first.goto(`${theatre.site.url}/elsewhere`);
    expect(await call(second, 'open', 'left')).to.equal('open');
    expect(await call(second, 'keys')).to.deep.equal(['a']);
  });

  it('opens sessions of several client ids in several pages', async () => {
    const [first, second] = [await show(), await show()];
    expect(await call(first, 'open', 'one')).to.equal('open');
    expect(await call(second, 'open', 'two')).to.equal('open');
    await call(first, 'put', 'a');
    await call(second, 'put', 'b');
    expect(await call(first, 'keys')).to.deep.equal(['a']);
    expect(await call(second, 'keys')).to.deep.equal(['b']);
  });

  it('refuses a page without Web Locks, and says what helps', async () => {
    const page = await theatre.show('/store', theatre.site.url.replace('127.0.0.1', 'insecure.test'));
    expect(await call(page, 'open', 'a')).to.match(
      /^NOT_SUPPORTED: this page has no Web Locks, .*; serve the page by https or from localhost$/,
    );
  });
});
