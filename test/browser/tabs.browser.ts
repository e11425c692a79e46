import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { Subject, filter, firstValueFrom, lastValueFrom, startWith } from 'rxjs';
import { type MqttClient, mqtt } from '../../src/index.js';
import { type WebBroker, mosquitto } from './brokers.js';
import { type Theatre, callIn, describeChromium } from './chromium.js';
import type { SharedConfig } from './tab-client.js';
import type { Tab, Variant } from './tab.js';
import { type Wire, wireTo } from './wire.js';

type Result<K extends keyof Tab> = Promise<Awaited<ReturnType<Tab[K]>>>;

/** The page `/tab`, and the messages that it has seen settle. */
class TabPage {
  readonly settled: string[] = [];
  readonly #settled$ = new Subject<void>();

  private constructor(readonly page: Page) {
    page.on('console', message => {
      const [, text] = /^settled (.*)/.exec(message.text()) ?? [];
      if (text === undefined) return;
      this.settled.push(text);
      this.#settled$.next();
    });
  }

  static async show(theatre: Theatre): Promise<TabPage> {
    const tab = new TabPage(await theatre.context.newPage());
    await tab.page.goto(`${theatre.site.url}/tab`);
    return tab;
  }

  do<K extends keyof Tab>(name: K, ...args: Parameters<Tab[K]>): Result<K> {
    return callIn(this.page, 'tab', name, args) as Result<K>;
  }

  /** Resolves when so many more messages have settled. */
  async settles(count: number): Promise<void> {
    const goal = this.settled.length + count;
    await firstValueFrom(
      this.#settled$.pipe(
        startWith(undefined),
        filter(() => this.settled.length >= goal),
      ),
    );
  }

  async crash(theatre: Theatre): Promise<void> {
    const crashed = this.page.waitForEvent('crash');
    const session = await theatre.context.newCDPSession(this.page);
    session.send('Page.crash').catch(() => undefined);
    await crashed;
  }
}

describeChromium('one connection for all tabs', theatre => {
  let broker: WebBroker;
  let wire: Wire;
  let witness: MqttClient;
  let config: SharedConfig;
  let groups = 0;
  /** How often each message of `out` has arrived. */
  let arrived: Map<string, number>;
  const arrived$ = new Subject<void>();

  before(async () => {
    broker = await mosquitto(['max_queued_messages 0', 'max_inflight_messages 0']);
    witness = mqtt(broker.urls.mqtt, { clientId: 'witness' });
    witness.topic$('out', { qos: 2 }).subscribe(message => {
      const text = message.text();
      arrived.set(text, (arrived.get(text) ?? 0) + 1);
      arrived$.next();
    });
    await firstValueFrom(witness.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
  });
  beforeEach(async () => {
    arrived = new Map();
    wire = await wireTo(Number(new URL(broker.urls.ws).port));
    config = { url: `ws://127.0.0.1:${wire.port}`, group: `group ${groups++}`, isDurable: false };
  });
  afterEach(() => wire.close());
  after(async () => {
    witness.close();
    await broker.stop();
  });

  const allArrived = async (texts: readonly string[]) => {
    await firstValueFrom(
      arrived$.pipe(
        startWith(undefined),
        filter(() => texts.every(text => arrived.has(text))),
      ),
    );
  };
  const doubled = () => [...arrived].filter(([, count]) => count > 1).map(([text]) => text);
  const connections = () => firstValueFrom(wire.connections$);
  const connectionsBecome = (count: number) =>
    firstValueFrom(wire.connections$.pipe(filter(({ open }) => open === count)));
  const say = (text: string) => lastValueFrom(witness.publish('in', text, { qos: 1 }));

  async function openTabs(count: number, variant: Variant): Promise<TabPage[]> {
    const tabs: TabPage[] = [];
    for (let i = 0; i < count; i++) {
      const tab = await TabPage.show(theatre);
      await tab.do('open', variant, config);
      tabs.push(tab);
    }
    return tabs;
  }

  const variants: Readonly<Record<Variant, string>> = {
    worker: 'in a SharedWorker',
    leader: 'in one of the tabs, without a SharedWorker',
  };
  for (const [variant, title] of Object.entries(variants) as [Variant, string][]) {
    describe(title, () => {
      it('carries the messages of 20 tabs, each exactly once', async () => {
        const tabs = await openTabs(20, variant);
        await Promise.all(tabs.map((tab, i) => tab.do('publish', `tab ${i}`, 20, 1)));
        await say('hello');
        await Promise.all(tabs.map(tab => tab.do('reached', 'received hello')));
        const sent = tabs.flatMap((_, i) => Array.from({ length: 20 }, (_, n) => `tab ${i}-${n}`));
        await allArrived(sent);
        expect(arrived.size).to.equal(sent.length);
        expect(doubled()).to.deep.equal([]);
        for (const tab of tabs) expect(await tab.do('received')).to.deep.equal(['hello']);
        expect(await connections()).to.deep.equal({ open: 1, total: 1 });
      }).timeout(120_000);

      it('loses and doubles nothing while tabs come and go', async () => {
        const tabs = await openTabs(6, variant);
        const [, closed, crashed, left, ...others] = tabs as [TabPage, TabPage, TabPage, TabPage, TabPage, TabPage];
        for (const [i, tab] of tabs.entries()) await tab.do('publishForever', `tab ${i}`, 1);
        await Promise.all(tabs.map(tab => tab.settles(20)));
        await say('1');
        await closed.page.close();
        await Promise.all(others.map(tab => tab.settles(10)));
        await crashed.crash(theatre);
        await say('2');
        const more = await openTabs(3, variant);
        for (const [i, tab] of more.entries()) await tab.do('publishForever', `more ${i}`, 1);
        await left.page.goto(`${theatre.site.url}/elsewhere`);
        await Promise.all(more.map(tab => tab.settles(20)));
        await say('3');
        const alive = [tabs[0]!, ...others, ...more];
        await Promise.all(alive.map(tab => tab.do('stop')));
        const settled = [...tabs, ...more].flatMap(tab => tab.settled);
        await allArrived(settled);
        expect(doubled()).to.deep.equal([]);
        await Promise.all(alive.map(tab => tab.do('reached', 'received 3')));
        for (const tab of [tabs[0]!, ...others]) expect(await tab.do('received')).to.deep.equal(['1', '2', '3']);
        expect(await connections()).to.deep.equal({ open: 1, total: 1 });
      }).timeout(120_000);

      it('ends the connection when the last tab has gone', async () => {
        const [first, second] = (await openTabs(2, variant)) as [TabPage, TabPage];
        await first.page.close();
        await second.do('publish', 'alone', 1, 1);
        await second.do('leave');
        await connectionsBecome(0);
        // and it begins with the next one
        await (await TabPage.show(theatre)).do('open', variant, config);
        expect((await connections()).open).to.equal(1);
      });

      it('keeps a tab in the back/forward cache, which opens another port when the user comes back', async () => {
        const [first, second] = (await openTabs(2, variant)) as [TabPage, TabPage];
        await second.page.goto(`${theatre.site.url}/elsewhere`);
        await first.do('publish', 'meanwhile', 1, 1);
        // a page from the cache is not loaded
        await second.page.goBack({ waitUntil: 'commit' });
        await second.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected');
        await second.do('publish', 'back', 1, 1);
        expect([...arrived.keys()]).to.deep.equal(['meanwhile-0', 'back-0']);
      });

      it('keeps the session of a store: what was in flight when all tabs ended arrives once', async () => {
        config = { ...config, isDurable: true };
        const [first] = (await openTabs(1, variant)) as [TabPage];
        await first.do('publish', 'before', 1, 2);
        wire.dead();
        const unsettled = first.do('publish', 'kept', 3, 2).catch(() => undefined);
        await first.do('stored', 3);
        await first.page.close();
        await unsettled;
        await (await TabPage.show(theatre)).do('locksReleased');
        wire.alive();
        wire.cut();
        await openTabs(1, variant);
        await allArrived(['kept-0', 'kept-1', 'kept-2']);
        expect(doubled()).to.deep.equal([]);
      });
    });
  }

  describe('in a SharedWorker', () => {
    it('says why the worker does not start', async () => {
      const tab = await TabPage.show(theatre);
      const error = await tab.do('failure', '/no-such-worker.js');
      expect(error).to.match(/^CONNECTION_FAILED: the SharedWorker does not start: its script was not loaded/);
    });

    it('does without a tab that the browser freezes, until it runs again', async () => {
      const [first, second] = (await openTabs(2, 'worker')) as [TabPage, TabPage];
      await freeze(theatre, second);
      await say('frozen');
      await first.do('reached', 'received frozen');
      await thaw(theatre, second);
      await second.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected');
      await second.do('publish', 'thawed', 1, 1);
      expect([...arrived.keys()]).to.deep.equal(['thawed-0']);
    });
  });

  describe('in one of the tabs, without a SharedWorker', () => {
    const leaders = async (tabs: readonly TabPage[]) => {
      const isLeading = await Promise.all(tabs.map(tab => tab.do('isLeading')));
      return tabs.filter((_, i) => isLeading[i]);
    };

    /** Publishes in all tabs while the leader ends, and returns what the others have had settled. */
    async function endLeader(end: (leader: TabPage) => Promise<unknown>) {
      const tabs = await openTabs(5, 'leader');
      const [leader, ...others] = tabs as [TabPage, ...TabPage[]];
      expect(await leaders(tabs)).to.deep.equal([leader]);
      for (const [i, tab] of tabs.entries()) await tab.do('publishForever', `tab ${i}`, 1);
      await Promise.all(tabs.map(tab => tab.settles(20)));
      await end(leader);
      await Promise.all(
        others.map(tab => tab.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected')),
      );
      await Promise.all(others.map(tab => tab.settles(20)));
      await say('after');
      await Promise.all(others.map(tab => tab.do('stop')));
      await Promise.all(others.map(tab => tab.do('reached', 'received after')));
      await allArrived(tabs.flatMap(tab => tab.settled));
      return { leader, others };
    }

    const ends: Readonly<Record<string, (leader: TabPage) => Promise<unknown>>> = {
      'is closed': ({ page }) => page.close(),
      crashes: leader => leader.crash(theatre),
      'is left': ({ page }) => page.goto(`${theatre.site.url}/elsewhere`),
      disconnects: leader => leader.do('close'),
    };
    for (const [title, end] of Object.entries(ends)) {
      it(`has another tab lead when the leader ${title}, and loses nothing`, async () => {
        const { others } = await endLeader(end);
        expect(await leaders(others)).to.have.length(1);
        // each tab had at most 10 messages that were not settled, and only these were published again
        expect(doubled().length).to.be.at.most(50);
        for (const text of doubled()) expect(arrived.get(text)).to.equal(2);
        for (const tab of others) expect(await tab.do('received')).to.deep.equal(['after']);
        await connectionsBecome(1);
        expect(await connections()).to.deep.equal({ open: 1, total: 2 });
      }).timeout(60_000);
    }

    it('has another tab lead when the browser freezes the leader, which follows it when it thaws', async () => {
      const { leader, others } = await endLeader(tab => freeze(theatre, tab));
      await thaw(theatre, leader);
      await leader.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected');
      await leader.do('stop');
      const [next, ...more] = await leaders([leader, ...others]);
      expect(others).to.include(next);
      expect(more).to.deep.equal([]);
      await connectionsBecome(1);
    }).timeout(60_000);

    it('keeps a leader in the back/forward cache, which follows the next one when the user comes back', async () => {
      const [first, second] = (await openTabs(2, 'leader')) as [TabPage, TabPage];
      await first.page.goto(`${theatre.site.url}/elsewhere`);
      await second.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected');
      await first.page.goBack({ waitUntil: 'commit' });
      await first.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected');
      await first.do('publish', 'back', 1, 1);
      expect([...arrived.keys()]).to.deep.equal(['back-0']);
      expect(await leaders([first, second])).to.deep.equal([second]);
      await connectionsBecome(1);
    });

    it('delivers what a tab has published with QoS 0 before it disconnects', async () => {
      const [first] = (await openTabs(1, 'leader')) as [TabPage];
      await first.do('publish', 'last', 5, 0);
      await first.do('leave');
      await allArrived(['last-0', 'last-1', 'last-2', 'last-3', 'last-4']);
      await connectionsBecome(0);
      expect(doubled()).to.deep.equal([]);
    });
  });
});

async function setLifecycle(theatre: Theatre, { page }: TabPage, state: 'frozen' | 'active'): Promise<void> {
  const session = await theatre.context.newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state });
  await session.detach();
}

/** As a browser does with tabs that have been in the background for a while. */
async function freeze(theatre: Theatre, tab: TabPage): Promise<void> {
  await (await theatre.show('/elsewhere')).bringToFront();
  await setLifecycle(theatre, tab, 'frozen');
}

const thaw = (theatre: Theatre, tab: TabPage): Promise<void> => setLifecycle(theatre, tab, 'active');
