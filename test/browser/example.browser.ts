import { expect } from 'chai';
import { once } from 'node:events';
import { type IncomingMessage, get } from 'node:http';
import type { Page } from 'playwright-core';
import { type Site, startSite } from '../../examples/browser/site.js';
import { countAssertion } from '../support/assertions.js';
import { describeChromium } from './chromium.js';

describeChromium('examples/browser', theatre => {
  let site: Site;
  let page: Page;
  before(async () => (site = await startSite(0)));
  beforeEach(async () => (page = await theatre.show('/', site.url)));
  afterEach(() => site.broker.mend());
  after(() => site.close());

  const shows = (id: string, text: RegExp, on = page) => {
    countAssertion();
    return on.locator(id, { hasText: text }).first().waitFor();
  };
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const connect = async () => {
    await press('Connect');
    await shows('#title', /^Connected to ws:/);
  };

  it('connects and shows live messages', async () => {
    await shows('#title', /^Not connected$/);
    await connect();
    await shows('li', /home\/kitchen\/temperature\d+/);
    await shows('li', /home\/attic\/humidity\d+/);
    const before = await page.locator('li').count();
    await page.locator(`li:nth-child(${before + 1})`).waitFor();
  });

  it('publishes, and shows what became of it', async () => {
    await press('Publish');
    await shows('#result', /connect first/);
    await connect();
    await page.getByLabel('Payload').fill('<b>off</b>');
    await press('Publish');
    await shows('#result', /^home\/kitchen\/light: delivered with QoS 1$/);
    await shows('li', /home\/kitchen\/light<b>off<\/b>QoS 1/);
    await page.getByLabel('Payload').fill('on again');
    await press('Publish');
    await shows('li', /on again/);
    const [first, second] = await page.locator('li', { hasText: 'light' }).allTextContents();
    expect(first).to.contain('on again'); // the newest is the first
    expect(second).to.contain('<b>off</b>');
    await page.getByLabel('Topic').fill('home/#');
    await press('Publish');
    await shows('#result', /^home\/#: rejected\. INVALID_ARGUMENT: /);
  });

  it('watches another filter, and says what is wrong with one', async () => {
    await connect();
    await page.getByLabel('Filter').fill('home/#/x');
    await press('Watch');
    await shows('#problem', /^INVALID_ARGUMENT: /);
    await page.getByLabel('Filter').fill('home/attic/+');
    await press('Watch');
    await shows('li', /home\/attic\/humidity/);
    expect(await page.locator('#problem').textContent()).to.equal('');
    expect(await page.locator('li', { hasText: 'kitchen' }).count()).to.equal(0);
  });

  it('says why it reconnects and when it tries next, and comes back', async () => {
    await connect();
    site.broker.cut();
    await shows('#title', /^Reconnecting$/);
    await shows('#reason', /^CONNECTION_(CLOSED|FAILED): /);
    await shows('#countdown', /^Next attempt in \d+ s$/);
    await page.locator('#message').getByRole('button').click();
    await shows('#result', /publishing/);
    site.broker.mend();
    await shows('#title', /^Connected to ws:/);
    await shows('#result', /delivered with QoS 1/);
    expect(await page.locator('#reason').textContent()).to.equal('');
  });

  it('shares one connection among all tabs that want it', async () => {
    const before = site.broker.connects;
    const join = async (tab: Page) => {
      await tab.getByLabel('One connection for all tabs').check();
      await tab.getByRole('button', { name: 'Connect', exact: true }).click();
      await shows('#title', /^Connected to ws:/, tab);
      await shows('li', /home\/kitchen\/temperature\d+/, tab); // a tab draws only while it is visible
    };
    await join(page);
    const other = await theatre.show('/', site.url);
    await join(other);
    expect(site.broker.connects).to.equal(before + 1);
    await other.close();
    await page.bringToFront();
    await press('Publish');
    await shows('#result', /delivered with QoS 1/);
    await shows('li', /home\/kitchen\/lighton/);
  });

  it('tries now when it is told to, and leaves', async () => {
    await page.clock.install();
    await page.reload();
    await connect();
    await page.clock.pauseAt(await page.evaluate(() => Date.now() + 100)); // no wait ends by itself
    site.broker.cut();
    await shows('#title', /^Reconnecting$/);
    site.broker.mend();
    await press('Try now');
    await shows('#title', /^Connected to ws:/);
    await press('Disconnect');
    await shows('#title', /^Not connected$/);
  });

  it('says what is wrong with an address', async () => {
    await page.getByLabel('Broker').fill('http://127.0.0.1');
    await press('Connect');
    await shows('#title', /^Closed$/);
    await shows('#reason', /^NOT_SUPPORTED: |^INVALID_ARGUMENT: /);
  });

  it('allows nothing but its own files and WebSockets, and no page of another origin at its broker', async () => {
    const response = await fetch(site.url);
    expect(response.headers.get('content-security-policy')).to.match(/^default-src 'none'; script-src 'self'; /);
    const upgrade = (headers: Record<string, string>) => statusOfUpgrade(`${site.url}mqtt`, headers);
    expect(await upgrade({})).to.equal(101);
    expect(await upgrade({ origin: new URL(site.url).origin })).to.equal(101);
    expect(await upgrade({ origin: 'http://evil.example' })).to.equal(403);
    site.broker.cut();
    expect(await upgrade({})).to.equal(503); // not 401, which would be about credentials
  });
});

/** What a server answers to the upgrade of a WebSocket. */
async function statusOfUpgrade(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const request = get(url, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      ...headers,
    },
  });
  request.on('upgrade', (response, socket) => {
    socket.destroy();
    request.emit('response', response);
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
