import { expect } from 'chai';
import { BehaviorSubject, type Observable, type Subscription, filter, firstValueFrom } from 'rxjs';
import { type MqttClient, mqtt } from '../../../src/index.js';
import type { ChannelPort } from '../../../src/shared/browser/channel-port.js';
import { leaderPorts } from '../../../src/shared/browser/lead-in-page.js';
import { virtualBroker } from '../../../src/testing/index.js';
import { FakeBrowser, type FakeContext } from './fake-browser.js';

/** A tab whose client is open until `isClosed$` says otherwise. */
interface Tab {
  readonly context: FakeContext;
  readonly isClosed$: BehaviorSubject<boolean>;
  readonly openPort: () => Observable<ChannelPort>;
  /** The clients that it has created to lead. */
  readonly clients: MqttClient[];
  opening?: Subscription;
}

describe('a tab that leads in its page', () => {
  const tabs: Tab[] = [];
  afterEach(() => {
    for (const { opening, isClosed$, clients } of tabs.splice(0)) {
      opening?.unsubscribe();
      isClosed$.next(true);
      for (const client of clients) client.close();
    }
  });

  function openTab(browser: FakeBrowser): Tab {
    const context = browser.openContext();
    const isClosed$ = new BehaviorSubject(false);
    const clients: MqttClient[] = [];
    const create = () => {
      const client = mqtt('mqtt://virtual', { transport: virtualBroker().transport });
      clients.push(client);
      client.connect().subscribe();
      return client;
    };
    const openPort = leaderPorts('app', create, isClosed$.pipe(filter(Boolean)), context.platform);
    const tab: Tab = { context, isClosed$, openPort, clients };
    tab.opening = openPort().subscribe();
    tabs.push(tab);
    return tab;
  }

  const closed = (client: MqttClient) =>
    firstValueFrom(client.connection$.pipe(filter(({ status }) => status === 'closed')));

  it('resigns when its client is closed, after its last messages have arrived', async () => {
    const browser = new FakeBrowser();
    const [one, other] = [openTab(browser), openTab(browser)];
    await browser.settled();
    expect(one.clients).to.have.length(1);
    one.opening!.unsubscribe();
    one.isClosed$.next(true);
    await browser.settled();
    expect(one.clients[0]!.connection.status).to.not.equal('closed');
    browser.elapse(100);
    await closed(one.clients[0]!);
    await browser.settled();
    expect(other.clients).to.have.length(1);
    expect(browser.locksOf(one.context)).to.deep.equal([]);
  });

  for (const signal of ['pagehide', 'freeze'] as const) {
    it(`gives the lead up immediately on ${signal}, and applies again with the next port`, async () => {
      const browser = new FakeBrowser();
      const [one, other] = [openTab(browser), openTab(browser)];
      await browser.settled();
      one.opening!.unsubscribe();
      one.context.pageSignal$.next(signal);
      await browser.settled();
      expect(other.clients).to.have.length(1);
      await closed(one.clients[0]!);
      one.opening = one.openPort().subscribe();
      await browser.settled();
      expect(one.clients).to.have.length(1);
      other.context.kill();
      await browser.settled();
      expect(one.clients).to.have.length(2);
    });
  }

  it('leads again when its client is opened again', async () => {
    const browser = new FakeBrowser();
    const tab = openTab(browser);
    await browser.settled();
    tab.opening!.unsubscribe();
    tab.isClosed$.next(true);
    browser.elapse(100);
    await closed(tab.clients[0]!);
    tab.isClosed$.next(false);
    tab.opening = tab.openPort().subscribe();
    await browser.settled();
    expect(tab.clients).to.have.length(2);
    tab.isClosed$.next(true);
    browser.elapse(100);
    await closed(tab.clients[1]!);
    await browser.settled();
    expect(browser.locksOf(tab.context)).to.have.length(1); // that of its port
  });
});
