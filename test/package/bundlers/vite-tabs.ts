import { strict as assert } from 'node:assert';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { startWebBroker } from '../angular/web-broker.js';
import { writePage } from './bundlers.js';

/** What `page.js` of the consumer shows. */
interface Tab {
  readonly heard: readonly string[];
  readonly subscribed: Promise<unknown>;
  say(text: string): Promise<unknown>;
}

/** Bundles a page and its SharedWorker with Vite, and opens the page in two tabs of Chromium, which share one connection. */
export async function checkViteTabs(consumer: string): Promise<string> {
  const root = join(consumer, 'vite-tabs');
  cpSync(join(consumer, 'tabs'), root, { recursive: true });
  writePage(root, 'page.js');
  const broker = await startWebBroker();
  const define = { BROKER: JSON.stringify(broker.url) };
  await build({ root, configFile: false, logLevel: 'silent', define, worker: { format: 'es' } });
  const server = await preview({ root, configFile: false, logLevel: 'silent', preview: { host: '127.0.0.1' } });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext();
    const open = async (): Promise<Page> => {
      const page = await context.newPage();
      await page.goto(server.resolvedUrls!.local[0]!);
      await page.evaluate(() => (globalThis as unknown as Tab).subscribed);
      return page;
    };
    const pages = [await open(), await open()];
    await pages[0]!.evaluate(() => (globalThis as unknown as Tab).say('from the first tab'));
    await pages[1]!.evaluate(() => (globalThis as unknown as Tab).say('from the second tab'));
    for (const page of pages) {
      await page.waitForFunction(() => (globalThis as unknown as Tab).heard.length === 2);
      const heard = await page.evaluate(() => (globalThis as unknown as Tab).heard);
      assert.deepEqual(heard, ['from the first tab', 'from the second tab'], 'what a tab hears');
    }
    assert.equal(broker.connections(), 1, 'connections of two tabs');
    return 'and two tabs have one connection';
  } finally {
    await browser.close();
    await server.close();
    await broker.close();
  }
}
