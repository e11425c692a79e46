import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { ReplaySubject, firstValueFrom } from 'rxjs';
import { type Watch, startWatch } from '../../src/cli/watch/index.js';
import type { TraceEvent } from '../../src/trace/trace-event.js';
import { publish, start } from '../support/trace-events.js';
import { describeChromium } from './chromium.js';
import type { InspectorStage } from './inspector.js';

type Global = typeof globalThis & { readonly inspector: InspectorStage };

/** Without inline styles, eval, and HTML that is made from text. */
const strict = "default-src 'none'; script-src 'self'; img-src data:; require-trusted-types-for 'script'";

const connected: TraceEvent = { type: 'state', at: 5, status: 'connected', url: 'mqtt://broker.example' };
const figures = (at: number, inFlight: number): TraceEvent => ({
  type: 'figures',
  at,
  inFlight,
  queued: 12,
  queuedBytes: 0,
  unsentBytes: 0,
  roundTrip: 34,
  unacknowledged: 0,
});

describeChromium('the inspector', theatre => {
  let page: Page;
  beforeEach(async () => {
    page = await theatre.show(`/inspector?${String(new URLSearchParams({ csp: strict }))}`);
    await page.evaluate(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
        throw new Error(`the policy forbids ${violatedDirective}`);
      });
      (globalThis as Global).inspector.mount();
    });
  });

  const emit = (...events: readonly TraceEvent[]) =>
    page.evaluate(given => (globalThis as Global).inspector.emit(...given), events);
  const greenhouse = () => page.evaluate(() => (globalThis as Global).inspector.emitGreenhouse());
  const row = (name: string | RegExp) =>
    page.locator('.row', { has: page.locator('.label', { hasText: name }) }).first();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const selected = (of: Page) => of.locator('.row[aria-selected=true] .label');
  /** Waits for a text, because the inspector draws in frames. */
  const shows = async (locator: Locator, text: string | RegExp) => {
    await locator.filter({ hasText: text }).first().waitFor({ timeout: 8_000 });
    expect(await locator.filter({ hasText: text }).count()).to.be.above(0);
  };

  /** Saves the trace, and returns the name and the text of the file. */
  const saved = async (): Promise<{ name: string; text: string }> => {
    const folder = await mkdtemp(join(tmpdir(), 'inspector-'));
    const session = await theatre.context.browser()!.newBrowserCDPSession();
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder, eventsEnabled: true });
    const completed = new Promise<void>(resolve => {
      session.on('Browser.downloadProgress', ({ state }) => {
        if (state === 'completed') resolve();
      });
    });
    await button('Save').click();
    await completed;
    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    await session.detach();
    await rm(folder, { recursive: true });
    return { name, text };
  };

  it('shows states, figures and topics with their last values as they come', async () => {
    await emit(start, connected, figures(900, 7), publish(1_000, 'house/kitchen', '21.5', { retain: true }));
    await shows(page.locator('.bar'), /Connected\s*mqtt:\/\/broker\.example/);
    await shows(page.locator('.figure'), /In flight\s*7/);
    await shows(page.locator('.figure'), /Round trip\s*34/);
    await shows(page.locator('.figure'), /Queued\s*12/);
    await shows(row('kitchen'), '21.5');
    expect(await row('kitchen').getByRole('img', { name: 'retained' }).count()).to.equal(1);
    await emit(publish(2_000, 'house/kitchen', '22.0'), {
      ...connected,
      at: 2_100,
      status: 'reconnecting',
      attempt: 2,
    });
    await shows(row('kitchen'), '22.0');
    await shows(page.locator('.bar'), /Reconnecting.*attempt 2/);
  });

  it('holds what it shows while it is paused, and goes on with what has come meanwhile', async () => {
    await emit(start, connected, publish(1_000, 'a', 'before'));
    await shows(row('a'), 'before');
    await button('Pause').click();
    await emit(publish(2_000, 'a', 'meanwhile'), publish(2_100, 'b', 'new'));
    await shows(page.locator('.note'), 'Paused. 2 events since then.');
    await shows(row('a'), 'before');
    expect(await page.locator('.label', { hasText: /^b$/ }).count()).to.equal(0);
    await button('Resume').click();
    await shows(row('a'), 'meanwhile');
    await shows(row('b'), 'new');
  });

  it('goes back in a live trace that is paused', async () => {
    await emit(start, connected, publish(1_000, 'a', 'first'), publish(9_000, 'a', 'second'));
    await shows(row('a'), 'second');
    await button('Pause').click();
    const slider = page.getByRole('slider', { name: 'Moment of the trace' });
    await slider.fill('5000');
    await shows(row('a'), 'first');
    await slider.press('End');
    await shows(row('a'), 'second');
  });

  it('searches topics by a part of them and by a filter', async () => {
    await greenhouse();
    const search = page.getByRole('searchbox');
    const count = page.locator('.topics header .soft');
    await shows(count, '28 topics');
    await search.fill('PALM/h');
    await shows(count, '1 of 28 topics');
    expect(await page.locator('.row:visible .label').allTextContents()).to.deep.equal([
      'glasshouse',
      'palm',
      'humidity',
    ]);
    await search.fill('glasshouse/+/state');
    await shows(count, '7 of 28 topics');
    await search.fill('nothing');
    await shows(page.locator('.topics .empty'), 'No topic matches the search.');
    await search.fill('');
    await shows(count, /^28 topics$/);
  });

  it('is used by keyboard: search, tree, tabs and the marbles', async () => {
    await greenhouse();
    await shows(page.locator('.topics header .soft'), '28 topics');
    await page.getByRole('searchbox').press('ArrowDown');
    await shows(selected(page), /^glasshouse$/);
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    await shows(selected(page), /^humidity$/);
    await shows(page.locator('.details h2'), 'glasshouse/alpine/humidity');
    const active = await page.getByRole('tree').getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active} .label`).textContent()).to.equal('humidity');
    await page.keyboard.press('ArrowLeft');
    await shows(selected(page), /^alpine$/);
    expect(await row('alpine').getAttribute('aria-expanded')).to.equal('true');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => {
      const root = document.querySelector('rxjs-mqtt-inspector')!.shadowRoot!;
      return root.querySelector('[aria-selected=true]')?.getAttribute('aria-expanded') === 'false';
    });
    await page.keyboard.press('End');
    await shows(selected(page), /^temperature$/);
    await shows(page.locator('.details h2'), 'glasshouse/seed/temperature');
    await page.getByRole('tab', { name: 'Text' }).press('ArrowRight');
    expect(await page.getByRole('tab', { name: 'JSON' }).getAttribute('aria-selected')).to.equal('true');
    await page.getByRole('slider', { name: 'Moment of the last minute' }).press('PageDown');
    await shows(page.locator('.details h2'), /^Events at \d\d:\d\d:\d\d/);
    await page.keyboard.press('Escape');
    await shows(page.locator('.details h2'), 'glasshouse/seed/temperature');
  });

  it('shows the events of a moment of the last minute', async () => {
    await greenhouse();
    await button('Pause').click();
    const marbles = page.locator('.marbles');
    const { width, height } = (await marbles.boundingBox())!;
    await marbles.click({ position: { x: width * 0.5, y: height / 2 } });
    await shows(page.locator('.details h2'), /^Events at/);
    const events = page.getByRole('option');
    await shows(events, /← PUBLISH\s*glasshouse\//);
    await page.getByRole('listbox').press('End');
    const last = events.last();
    expect(await last.getAttribute('aria-selected')).to.equal('true');
  });

  it('shows payloads as text, JSON and bytes, with their properties', async () => {
    const userProperties = [
      ['site', 'north'],
      ['a-long-name'.repeat(10), 'short'],
    ];
    const properties = { contentType: 'application/json', userProperties };
    const json = '{"big":12345678901234567890,"list":[1,{}],"text":"a:b,{c"}';
    await emit(start, publish(10, 'json', json, { qos: 1, packetId: 9, properties }));
    await emit({
      type: 'packet',
      at: 20,
      direction: 'received',
      packet: { cmd: 'publish', topic: 'bytes', qos: 0, payload: { length: 3, base64: '/wBB' } },
    });
    await row('json').click();
    const body = page.locator('.details pre');
    await shows(page.getByRole('tab', { selected: true }), 'JSON');
    expect(await body.textContent()).to.equal(
      '{\n  "big": 12345678901234567890,\n  "list": [\n    1,\n    {}\n  ],\n  "text": "a:b,{c"\n}',
    );
    await shows(page.locator('.facts'), /QoS1.*Packet identifier9.*Content typeapplication\/json.*'site'north/);
    // the longest name leaves most of the width to the values
    const [facts, value] = await Promise.all(
      ['.facts', '.facts dd'].map(part => page.locator(part).first().boundingBox()),
    );
    expect(value!.width).to.be.above(facts!.width / 2);
    await page.getByRole('tab', { name: 'Text' }).click();
    expect(await body.textContent()).to.equal(json);
    await page.getByRole('tab', { name: 'Hex' }).click();
    await row('bytes').click();
    await shows(body, '000000  ff 00 41');
    await page.getByRole('tab', { name: 'Text' }).click();
    await shows(page.locator('.details'), 'The payload is not UTF-8 text.');
  });

  it('shows what comes from outside as text, and nothing of it as HTML', async () => {
    const hostile = '<img src=x onerror="globalThis.wasHacked=1"><script>wasHacked=1</script>';
    await emit(
      start,
      { ...connected, url: hostile, status: 'closed', error: { code: hostile, message: `${hostile}\u202e` } },
      publish(10, hostile, hostile, { properties: { contentType: hostile, userProperties: [[hostile, hostile]] } }),
      { type: 'warning', at: 11, code: hostile, message: hostile },
      { type: 'stream', at: 12, stream: 1, change: 'errored', filters: [hostile] },
    );
    await page.getByRole('searchbox').press('ArrowDown');
    await page.getByRole('tree').press('End');
    await shows(page.locator('.details h2'), hostile);
    await shows(page.locator('.details pre'), hostile);
    await shows(page.locator('.note'), hostile);
    await shows(page.locator('.bar'), `${hostile}\\u202e`);
    await page.getByRole('slider', { name: 'Moment of the last minute' }).press('Home');
    await shows(page.getByRole('option'), hostile);
    const { images, hacked } = await page.evaluate(() => ({
      images: document.querySelector('rxjs-mqtt-inspector')!.shadowRoot!.querySelectorAll('img, script').length,
      hacked: 'wasHacked' in globalThis,
    }));
    expect({ images, hacked }).to.deep.equal({ images: 0, hacked: false });
  });

  it('saves the trace, and opens it again to go through it', async () => {
    await greenhouse();
    await shows(page.locator('.topics header .soft'), '28 topics');
    const { name, text } = await saved();
    expect(name).to.match(/^trace-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.jsonl$/);
    const lines = text.trimEnd().split('\n');
    const [first, ...rest] = lines.map(line => JSON.parse(line) as TraceEvent);
    expect(first).to.deep.equal(start);
    await emit(publish(70_000, 'glasshouse/later', 'live'));
    const buffer = Buffer.from(`${lines.join('\n')}\n{"type":"pack`);
    await page.locator('input[type=file]').setInputFiles({ name: 'night.jsonl', mimeType: 'text/plain', buffer });
    await shows(page.locator('.note'), 'From the file night.jsonl.');
    expect(await page.locator('.label', { hasText: /^later$/ }).count()).to.equal(0);
    const temperature = rest.filter(
      event => event.type === 'packet' && event.packet.topic === 'glasshouse/palm/temperature' && event.at <= 30_000,
    );
    const last = temperature.at(-1) as Extract<TraceEvent, { type: 'packet' }>;
    const slider = page.getByRole('slider', { name: 'Moment of the trace' });
    await page.getByRole('searchbox').fill('palm/temperature');
    await slider.fill('30000');
    await shows(row('temperature'), (last.packet.payload as { text: string }).text);
    const at = () => slider.inputValue().then(Number);
    const before = await at();
    await button('Play').click();
    await page.waitForFunction(
      value =>
        Number(
          document.querySelector('rxjs-mqtt-inspector')!.shadowRoot!.querySelector<HTMLInputElement>('[type=range]')!
            .value,
        ) >
        value + 300,
      before,
    );
    await button('Back to live').click();
    await page.getByRole('searchbox').fill('');
    await shows(page.locator('.topics header .soft'), '29 topics');
  });

  it('says why a file is not a trace', async () => {
    await emit(start, connected);
    const buffer = Buffer.from('{"type":"state","at":1,"status":"idle"}\n');
    await page.locator('input[type=file]').setInputFiles({ name: 'x.jsonl', mimeType: 'text/plain', buffer });
    await shows(page.locator('.note'), 'the first line is an event of the type state');
    await shows(page.locator('.bar'), 'Connected');
  });

  it('shows 10,000 topics at 5,000 messages a second with a few elements, and goes on drawing', async function () {
    this.timeout(60_000);
    const report = await page.evaluate(() => (globalThis as Global).inspector.load(10_000, 5_000, 6_000));
    await shows(page.locator('.topics header .soft'), '10,000 topics');
    await page.getByRole('searchbox').fill('sensor/99');
    await shows(page.locator('.topics header .soft'), '111 of 10,000 topics');
    await page.getByRole('tree').press('End');
    const elements = await page.evaluate(
      () => document.querySelector('rxjs-mqtt-inspector')!.shadowRoot!.querySelectorAll('*').length,
    );
    expect(report.emitted).to.be.at.least(30_000);
    expect(elements).to.be.below(600);
    // The machine says how many frames there can be. The page is not frozen as long as none takes a second.
    expect(report.frames).to.be.above(30);
    expect(report.longest).to.be.below(1_000);
  });

  it('fits a narrow screen, and shows the details of a topic that is touched', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await greenhouse();
    await row('temperature').click();
    await shows(page.locator('.details h2'), 'glasshouse/alpine/temperature');
    await page.waitForFunction(() => {
      const root = document.querySelector('rxjs-mqtt-inspector')!.shadowRoot!;
      return root.querySelector('.details h2')!.getBoundingClientRect().top < innerHeight;
    });
    const { scroll, client } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
    }));
    expect(scroll).to.equal(client);
  });

  it('stays when the trace ends, and says how', async () => {
    await emit(start, connected);
    await page.evaluate(() => (globalThis as Global).inspector.fail('the recorder is gone'));
    await shows(page.locator('.note'), 'The trace has ended with an error: the recorder is gone');
    await shows(page.locator('.bar'), 'Connected');
  });

  it('shows the last events of a trace that has ended', async () => {
    await emit(start, connected, { ...connected, at: 900, status: 'closed' }, { type: 'end', at: 901 });
    await shows(page.locator('.bar'), 'Closed');
    await page.evaluate(() => (globalThis as Global).inspector.complete());
    await shows(page.locator('.note'), 'The trace has ended.');
  });

  it('leaves nothing behind when it is unsubscribed', async () => {
    await emit(start, connected);
    const subscribed = () => page.evaluate(() => (globalThis as Global).inspector.isSubscribed());
    expect(await subscribed()).to.equal(true);
    await page.evaluate(() => (globalThis as Global).inspector.unmount());
    expect(await subscribed()).to.equal(false);
    expect(await page.locator('rxjs-mqtt-inspector').count()).to.equal(0);
  });

  it('is the page of watch, which gets a trace over a WebSocket', async () => {
    const trace$ = new ReplaySubject<TraceEvent>();
    for (const event of [start, connected, publish(10, 'from/watch', 'over there')]) trace$.next(event);
    const watch$ = new ReplaySubject<Watch>(1);
    const watching = startWatch(trace$).subscribe(watch$);
    page = await theatre.show((await firstValueFrom(watch$)).url);
    await shows(page.locator('.bar'), 'Connected');
    await shows(row('watch'), 'over there');
    trace$.next(publish(2_000, 'from/watch', 'and on'));
    await shows(row('watch'), 'and on');
    watching.unsubscribe();
    await shows(page.locator('.note'), 'The trace has ended.');
  });

  it('skips an event that is none', async () => {
    const odd = [
      { type: 'packet', at: 1, packet: { cmd: 'publish', topic: 'x', payload: { length: 1, text: 5 } } },
      { type: 'state', at: 'now' },
      { type: 'later', at: 3 },
      null,
    ] as unknown as TraceEvent[];
    await emit(start, ...odd, publish(10, 'even', '1'));
    await shows(row('even'), '1');
    await shows(page.locator('.topics header .soft'), '1 topic');
  });
});
