import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContextOptions, type Page, chromium } from 'playwright-core';

// prettier-ignore
const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export interface OpenPage {
  readonly page: Page;
  /** Errors in the page, and requests that left this machine. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens the dashboard in its own Chromium, with an empty profile. */
export async function open(url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const profile = await mkdtemp(join(tmpdir(), 'dashboard-'));
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const context = await chromium.launchPersistentContext(profile, { executablePath, args, ...options });
  const page = context.pages()[0] ?? (await context.newPage());
  const complaints: string[] = [];
  page.on('pageerror', error => complaints.push(error.message));
  page.on('request', request => {
    if (!request.url().startsWith(url)) complaints.push(`a request to ${request.url()}`);
  });
  await page.goto(url);
  return {
    page,
    complaints,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
