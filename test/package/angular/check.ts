import { strict as assert } from 'node:assert';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Page, chromium } from 'playwright-core';
import { node } from '../runtimes.js';
import type { Consumer } from '../consumer.js';
import { type Site, serveFiles, startRenderer } from './site.js';
import { type WebBroker, startWebBroker } from './web-broker.js';
import { type Workspace, makeWorkspace } from './workspace.js';

/** The versions of Angular that the entry point is for. */
export const angularVersions = [19, 20, 21, 22] as const;

/** The newest one, whose application is rendered by a server, too. */
export const newestAngular = 22;

/** Makes an application with `ng new`, adds the package with `ng add`, tests and builds it with the CLI, and visits it in Chromium. */
export async function checkAngularCli(major: number, { root, tarball }: Consumer, tools: string): Promise<void> {
  const command = node(22)(tools);
  const isRendered = major === newestAngular;
  const parent = join(root, 'angular-cli');
  const workspace = await makeWorkspace(major, command, parent, isRendered ? ['--ssr'] : []);
  const broker = await startWebBroker();
  try {
    await checkNgAdd(workspace, tarball, broker.url);
    addBattery(workspace, join(root, 'angular'), major);
    await checkTests(workspace, major);
    const built = await workspace.ng('build');
    assert.doesNotMatch(built, /CommonJS|bailout/);
    assert.equal(broker.connections(), 0, 'ng add, tests and prerendering open no connection');
    const site = isRendered ? await startRenderer(workspace, command) : await serveFiles(workspace);
    try {
      if (isRendered) await checkRendered(site, broker);
      await checkPages(site, broker);
    } finally {
      await site.close();
    }
  } finally {
    await broker.close();
  }
}

/** Adds the package in two steps, and looks at what each changes. */
async function checkNgAdd(workspace: Workspace, tarball: string, url: string): Promise<void> {
  const fresh = workspace.files();
  await workspace.ng('add', tarball, '--skip-confirmation', '--url', url, '--no-component');
  const provided = workspace.files();
  assert.deepEqual(changed(fresh, provided), ['package.json', 'src/app/app.config.ts']);
  assert.match(provided['package.json']!, /"dependencies": \{[^}]*"rxjs-mqtt"/);
  assert.ok(provided['src/app/app.config.ts']!.includes(`provideMqtt('${url}')`));

  assert.match(await workspace.ng('add', 'rxjs-mqtt', '--dry-run'), /CREATE src\/app\/mqtt-topic\.ts/);
  assert.deepEqual(workspace.files(), provided);

  await workspace.ng('add', 'rxjs-mqtt');
  const added = workspace.files();
  const component = ['src/app/app.routes.ts', 'src/app/mqtt-topic.spec.ts', 'src/app/mqtt-topic.ts'];
  assert.deepEqual(changed(provided, added), component);

  assert.match(await workspace.ng('add', 'rxjs-mqtt', '--url', 'wss://other.example'), /Nothing to be done/);
  assert.deepEqual(workspace.files(), added);
  await assert.rejects(workspace.ng('add', 'rxjs-mqtt', '--url', 'mqtt://host'), /is no URL for browsers/);
}

/** The files of which the content is not the same. */
function changed(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys({ ...before, ...after })
    .filter(path => before[path] !== after[path])
    .sort();
}

/** Adds a component with a resource, and its test, at a route of its own. */
function addBattery({ root, read, write }: Workspace, folder: string, major: number): void {
  for (const file of readdirSync(folder)) {
    // The interface has had its present shape since Angular 20.
    if (major > 19 || file !== 'battery-resource.ts') cpSync(join(folder, file), join(root, 'src/app', file));
  }
  const insert = (file: string, after: string, text: string) => {
    const content = read(file);
    assert.ok(content.includes(after), `${file} has no '${after}'`);
    write(file, content.replace(after, `${after}\n  ${text},`));
  };
  const load = "loadComponent: () => import('./battery').then(({ Battery }) => Battery)";
  insert('src/app/app.routes.ts', 'Routes = [', `{ path: 'battery', ${load} }`);
  if (major !== newestAngular) return;
  // The start page is rendered by the build, this one on request.
  insert('src/app/app.routes.server.ts', 'ServerRoute[] = [', "{ path: 'battery', renderMode: RenderMode.Server }");
}

/** Runs the tests: those of `ng new`, that of the first component, and that of the resource. */
async function checkTests(workspace: Workspace, major: number): Promise<void> {
  const browser = major < 21 ? ['--browsers=ChromeHeadless'] : [];
  const printed = await workspace.ng('test', '--watch=false', ...browser);
  assert.match(printed, major < 21 ? /TOTAL: \d+ SUCCESS/ : /Tests {2}\d+ passed \(\d+\)/);
}

/** Looks at the HTML that a server renders: it is there without a message, and nothing has connected. */
async function checkRendered({ url }: Site, broker: WebBroker): Promise<void> {
  const html = async (path: string) => (await fetch(url + path)).text();
  assert.match(await html('/'), /ngh="\d+".*Connection: idle.*No message has arrived yet/s);
  assert.match(await html('/battery'), /ngh="\d+".*<p>Waiting<\/p>/s);
  assert.equal(broker.connections(), 0, 'rendering opens no connection');
}

/** Visits both pages. Each connects once, shows what is retained, and publishes. */
async function checkPages({ url }: Site, broker: WebBroker): Promise<void> {
  await broker.retain('hello', 'Good morning');
  await broker.retain('devices/1/battery', '87');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', error => complaints.push(error.message));
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });

    await page.goto(url);
    await shows(page, 'Good morning');
    await shows(page, 'Connection: connected');
    assert.equal(broker.connections(), 1);
    await page.getByRole('button', { name: 'Publish a message' }).click();
    await shows(page, /Hello at/);
    if (process.env.SCREENSHOT !== undefined) await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true });

    await page.goto(`${url}/battery`);
    await shows(page, '87 %');
    assert.equal(broker.connections(), 2);
    await broker.retain('devices/1/battery', '86');
    await shows(page, '86 %');
    const again = broker.nextSubscribe('devices/1/battery');
    await page.getByRole('button', { name: 'Reload' }).click();
    await again;
    await shows(page, '86 %');
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
}

const shows = (page: Page, text: string | RegExp) => page.getByText(text).waitFor({ timeout: 20_000 });
