import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type Greenhouse, startGreenhouse } from '../server/start.js';
import { type OpenPage, open } from './browser.js';

describe('The dashboard', { timeout: 120_000 }, () => {
  let greenhouse: Greenhouse;
  let opened: OpenPage;
  let page: Page;

  before(async () => {
    greenhouse = await startGreenhouse(0);
  });
  after(() => greenhouse.close());

  beforeEach(async () => {
    await fetch(`${greenhouse.url}network`, { method: 'PUT', body: '{"up":true}' });
    opened = await open(greenhouse.url, { viewport: { width: 1440, height: 1000 } });
    page = opened.page;
    page.setDefaultTimeout(20_000);
    await page.getByTestId('count').filter({ hasText: 'of 12 online' }).waitFor();
  });
  afterEach(async () => {
    await opened.close();
    assert.deepEqual(opened.complaints, []);
  });

  const device = (id: string, online: boolean): Locator =>
    page.locator(`[data-device="${id}"][data-online="${String(online)}"]`);
  const status = (words: string) => page.getByTestId('status').getByText(words, { exact: true });
  const network = () => page.getByRole('switch', { name: 'Network' });
  const entry = (topic: string, state: string) => page.locator(`li[data-state="${state}"]`, { hasText: topic });

  /** The line of a chart, once it has changed. */
  async function nextLine(): Promise<string> {
    const line = page.locator('app-chart .line').first();
    const now = (await line.getAttribute('d')) ?? '';
    const changed = await page.waitForFunction(old => {
      const d = document.querySelector('app-chart .line')?.getAttribute('d');
      return d !== old && d;
    }, now);
    return (await changed.jsonValue()) as string;
  }

  async function cut(): Promise<void> {
    await network().click();
    await status('Reconnecting').waitFor();
  }

  it('shows live values, and a chart that goes on', async () => {
    await status('Connected').waitFor();
    const lines = [await nextLine(), await nextLine(), await nextLine()];
    assert.equal(new Set(lines).size, 3);
    assert.match(await page.getByTestId('temperature').innerText(), /^-?\d+\.\d/);
  });

  it('finds devices by words', async () => {
    await page.getByLabel('Search devices').fill('nursery cut');
    await page.locator('[data-device]').nth(1).waitFor({ state: 'detached' });
    assert.match(await page.locator('[data-device]').innerText(), /Cuttings/);
    await page.getByLabel('Search devices').fill('no such thing');
    await page.getByText('No device matches.').waitFor();
  });

  it('asks a device, and shows its answer and what it did', async () => {
    await device('citrus', true).click();
    await page.getByRole('button', { name: 'Open vent' }).click();
    await page.getByTestId('answer').getByText('The vent is open').waitFor();
    await page.getByTestId('vent').getByText('open').waitFor();
    await page.getByRole('button', { name: 'Close vent' }).click();
    await page.getByTestId('answer').getByText('The vent is closed').waitFor();
  });

  it('knows by its will that a device has gone, and by itself that it is back', async () => {
    await device('orchids', true).click();
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.getByTestId('answer').getByText('Restarting').waitFor();
    await device('orchids', false).waitFor();
    await device('orchids', true).waitFor();
  });

  it('says why the network is gone and when it tries again, and tries at once when asked', async () => {
    await cut();
    await page.getByTestId('reason').getByText('CONNECTION_CLOSED').waitFor();
    await page
      .getByTestId('countdown')
      .getByText(/Next attempt in \d+ s/)
      .waitFor();
    // the attempts fail, and the reason changes
    await page.getByTestId('reason').getByText('CONNECTION_FAILED').waitFor();

    // the network comes back without the page's knowledge
    await fetch(`${greenhouse.url}network`, { method: 'PUT', body: '{"up":true}' });
    await page.getByRole('button', { name: 'Try now' }).click();
    await status('Connected').waitFor();
    await page.getByTestId('reconnects').getByText('1', { exact: true }).waitFor();
    await nextLine();
  });

  it('tries at once when the network is switched on again, whatever the backoff says', async () => {
    await cut();
    await page.getByTestId('countdown').getByText('Next attempt in 4 s').waitFor();
    await network().click();
    await status('Connected').waitFor({ timeout: 2500 });
  });

  it('keeps what was published without a network, and delivers it', async () => {
    await cut();
    await page.getByLabel('Topic').fill('notes/later');
    await page.getByRole('button', { name: 'Publish' }).click();
    await entry('notes/later', 'queued').waitFor();
    await network().click();
    await entry('notes/later', 'acknowledged').waitFor();
  });

  it('says how far each message came, and why one was refused', async () => {
    await page.getByLabel('Topic').fill('notes/two');
    await page.getByRole('radio', { name: '2, exactly once' }).check();
    await page.getByRole('button', { name: 'Publish' }).click();
    await entry('notes/two', 'acknowledged').waitFor();

    await page.getByRole('radio', { name: '0, at most once' }).check();
    await page.getByLabel('Topic').fill('notes/none');
    await page.getByRole('button', { name: 'Publish' }).click();
    await entry('notes/none', 'sent').waitFor();

    await page.getByLabel('Topic').fill('notes/+');
    await page.getByRole('button', { name: 'Publish' }).click();
    await entry('notes/+', 'refused').getByText('INVALID_ARGUMENT').waitFor();

    await cut();
    await page.getByLabel('Topic').fill('notes/now');
    await page.getByRole('button', { name: 'Publish' }).click();
    await entry('notes/now', 'refused').getByText('NOT_CONNECTED').waitFor();
  });

  it('can be used by keyboard alone', async () => {
    const press = (...keys: string[]) =>
      keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
    const focused = (name: string | RegExp, role: 'button' | 'switch' | 'searchbox' | 'textbox' | 'link') =>
      page.getByRole(role, { name }).and(page.locator(':focus')).waitFor();

    await press('Tab');
    await focused('Skip to the content', 'link');
    await press('Enter', 'Tab');
    await focused('Network', 'switch');
    await press('Space');
    await status('Reconnecting').waitFor();
    await press('Space');
    await status('Connected').waitFor();

    await press('Tab');
    await focused('Search devices', 'searchbox');
    await page.keyboard.type('south');
    await device('orchids', true).waitFor({ state: 'detached' });
    await press('Tab');
    await focused(/^Alpine Beds/, 'button');
    await press('ArrowDown', 'ArrowDown');
    await focused(/^Citrus/, 'button');
    await page.getByTestId('device').getByRole('heading', { name: 'Citrus' }).waitFor();

    await press('Tab', 'Tab');
    await focused('Blink', 'button');
    await press('Enter');
    await page.getByTestId('answer').getByText('Blinking').waitFor();

    await press('Tab', 'Tab');
    await focused('Topic', 'textbox');
    await press('Enter');
    await entry('notes/citrus', 'acknowledged').waitFor();
  });

  it('hides nothing that has the focus behind the bar at the top', async () => {
    await page.setViewportSize({ width: 1280, height: 500 });
    await page.getByRole('button', { name: 'Publish' }).focus();
    const back = page.getByRole('button', { name: 'Restart' }).and(page.locator(':focus'));
    while ((await back.count()) === 0) await page.keyboard.press('Shift+Tab');
    const [bar, button] = await Promise.all([page.locator('app-connection-bar').boundingBox(), back.boundingBox()]);
    assert.ok(bar!.y + bar!.height <= button!.y, 'the button is below the bar');
  });

  it('is light or dark as the system is, until the user says otherwise', async () => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await paper();
    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await paper();
    assert.notEqual(light, dark);
    await page.getByRole('button', { name: 'Light theme' }).click();
    await page.locator('html[data-theme="light"]').waitFor();
    assert.equal(await paper(), light);
    await page.reload();
    await page.locator('html[data-theme="light"]').waitFor();
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await page.locator('html[data-theme="dark"]').waitFor();
    assert.equal(await paper(), dark);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await nextLine();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(wide, 360);

    // the list shows that it goes on: its last visible line is cut, and a shadow lies on it
    const list = page.getByRole('list', { name: 'Devices' });
    const cutLine = await list.evaluate(ul => {
      const bottom = ul.getBoundingClientRect().bottom;
      return [...ul.children].some(li => {
        const box = li.getBoundingClientRect();
        return box.top + 8 < bottom && bottom < box.bottom - 8;
      });
    });
    assert.equal(cutLine, true);
    await page.getByText('Scroll for all 12').waitFor();
  });
});
