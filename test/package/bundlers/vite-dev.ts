import { strict as assert } from 'node:assert';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { writePage } from './bundlers.js';
import { copyOfApplication, done } from './check.js';
import { scriptedPeer } from './peer.js';

/** Runs the application from the dev server of Vite in Chromium, and says how many files of the package it loads. */
export async function checkViteDev(consumer: string): Promise<string> {
  const root = copyOfApplication('vite-dev', consumer, 'app.js');
  writePage(root, 'app.js');
  const server = await createServer({ root, configFile: false, logLevel: 'silent', server: { host: '127.0.0.1' } });
  await server.listen();
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const loaded = new Set<string>();
    page.on('response', response => void loaded.add(new URL(response.url()).pathname));
    await page.routeWebSocket(/broker\.example/, socket => {
      const receive = scriptedPeer(bytes => socket.send(Buffer.from(bytes)));
      socket.onMessage(message => receive(Buffer.from(message)));
    });
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForFunction(() => 'result' in globalThis);
    const result = await page.evaluate(() => (globalThis as unknown as { result: Promise<unknown> }).result);
    assert.deepEqual(result, done, 'what the application did');
    const files = [...loaded].filter(path => path.includes('rxjs-mqtt'));
    assert.equal(files.length, 1, `it loads ${files.join(', ')}`);
    return `and loads ${files.length} file of the package`;
  } finally {
    await browser.close();
    await server.close();
  }
}
