import { countAssertion } from '../support/assertions.js';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, type BrowserContext, type Page, chromium } from 'playwright-core';
import type { Kit } from './kit.js';
import type { Stage } from './page.js';
import { type Site, startSite } from './site.js';

const executablePath = '/usr/bin/chromium';
const args = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--ignore-certificate-errors',
  // an origin that is not secure, unlike 127.0.0.1
  '--host-resolver-rules=MAP insecure.test 127.0.0.1',
  '--remote-debugging-port=0',
  'about:blank',
];

/** A suite that needs Chromium. Without one it is one pending line; under CI=true it fails. */
export function describeChromium(title: string, body: (theatre: Theatre) => void): void {
  describe(title, () => {
    if (!existsSync(executablePath) && process.env.CI !== 'true') {
      it(`${executablePath} is not there: see scripts/install-debian-packages.sh`);
      return;
    }
    const theatre = new Theatre();
    before(() => theatre.open());
    afterEach(() => theatre.clear());
    after(() => theatre.close());
    body(theatre);
  });
}

/** Calls a method of an object that a page has put into a global. */
export function callIn(page: Page, global: string, method: string, given: readonly unknown[]): Promise<unknown> {
  // it waits for what the test expects, and the test times out when that does not come
  if (method === 'reached') countAssertion();
  return page.evaluate(
    ([name, called, args]) => {
      const globals = globalThis as unknown as Record<string, Record<string, (...all: unknown[]) => unknown>>;
      return globals[name]![called]!(...args);
    },
    [global, method, given] as const,
  );
}

type Result<K extends keyof Kit> = Promise<Awaited<ReturnType<Kit[K]>>>;

/** A page with the kit, or a worker of it. */
export class Actor {
  constructor(
    readonly page: Page,
    readonly where: 'page' | 'worker',
  ) {}

  do<K extends keyof Kit>(name: K, ...args: Parameters<Kit[K]>): Result<K> {
    // it waits for what the test expects, and the test times out when that does not come
    if (name === 'reached') countAssertion();
    return this.page.evaluate(
      ([where, task, given]) => {
        const { stage } = globalThis as unknown as { stage: Record<string, (...args: unknown[]) => unknown> };
        return stage[where]!(task, ...given);
      },
      [this.where, name, args] as const,
    ) as Result<K>;
  }
}

/** Chromium with a fresh profile, and the pages of the tests. */
export class Theatre {
  #directory = '';
  #process: ChildProcess | undefined;
  #browser: Browser | undefined;
  #site: Site | undefined;
  /** What pages have thrown, or said to be an error. */
  readonly complaints: string[] = [];

  async open(): Promise<void> {
    this.#site = await startSite();
    this.#directory = await mkdtemp(join(tmpdir(), 'chromium-'));
    this.#process = spawn(executablePath, [...args, `--user-data-dir=${this.#directory}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // Playwright's own way to start it keeps every page visible, and the back/forward cache off
    this.#browser = await chromium.connectOverCDP(await endpoint(this.#process), { noDefaults: true });
    this.context.on('weberror', error => this.complaints.push(String(error.error())));
  }

  get context(): BrowserContext {
    return this.#browser!.contexts()[0]!;
  }

  get site(): Site {
    return this.#site!;
  }

  async show(path = '/', base = this.site.url): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(new URL(path, base).href);
    return page;
  }

  async actor(where: 'page' | 'worker' = 'page'): Promise<Actor> {
    return new Actor(await this.show(), where);
  }

  /** After each test: no page is left, and none has complained. */
  async clear(): Promise<void> {
    await this.context.setOffline(false);
    const [, ...pages] = this.context.pages();
    await Promise.all(pages.map(page => page.close()));
    const complaints = this.complaints.splice(0);
    if (complaints.length > 0) throw new Error(complaints.join('\n'));
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    if (this.#process?.exitCode === null) {
      this.#process.kill();
      await once(this.#process, 'exit');
    }
    await this.#site?.close();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Where it listens for us. It says so on stderr. */
function endpoint(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface(child.stderr!).on('line', line => {
      const [, url] = /DevTools listening on (ws:.*)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`Chromium has ended with ${code}`)));
  });
}

/** The stage of a page, for `page.evaluate`. */
export type Global = typeof globalThis & { readonly stage: Stage };
