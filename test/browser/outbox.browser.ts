import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { Subject, filter, firstValueFrom, startWith } from 'rxjs';
import { type MqttClient, mqtt } from '../../src/index.js';
import { countAssertion } from '../support/assertions.js';
import { type WebBroker, mosquitto } from './brokers.js';
import { type Theatre, callIn, describeChromium } from './chromium.js';
import type { Outbox } from './outbox.js';
import { wireTo } from './wire.js';

type Result<K extends keyof Outbox> = Promise<Awaited<ReturnType<Outbox[K]>>>;

/** The page `/outbox`, and what it has told. */
class OutboxPage {
  private constructor(
    readonly page: Page,
    readonly told: string[],
    readonly told$: Subject<void>,
  ) {}

  static async show(theatre: Theatre): Promise<OutboxPage> {
    const page = await theatre.context.newPage();
    const [told, told$] = [[] as string[], new Subject<void>()];
    page.on('console', message => {
      told.push(message.text());
      told$.next();
    });
    await page.goto(`${theatre.site.url}/outbox`);
    return new OutboxPage(page, told, told$);
  }

  do<K extends keyof Outbox>(name: K, ...args: Parameters<Outbox[K]>): Result<K> {
    return callIn(this.page, 'outbox', name, args) as Result<K>;
  }

  /** Resolves when the page has told an entry that matches. */
  async tells(pattern: RegExp): Promise<void> {
    await firstValueFrom(
      this.told$.pipe(
        startWith(undefined),
        filter(() => this.told.some(entry => pattern.test(entry))),
      ),
    );
  }
}

describeChromium('a client with its session in IndexedDB', theatre => {
  let broker: WebBroker;
  let witness: MqttClient;
  /** How often each message of `out` has arrived. */
  let arrived: Map<string, number>;
  const arrived$ = new Subject<string>();
  let clientId: string;
  let clients = 0;

  before(async () => {
    broker = await mosquitto(['max_queued_messages 0', 'max_inflight_messages 0']);
    witness = mqtt(broker.urls.mqtt, { clientId: 'witness' });
    witness.topic$('out', { qos: 2 }).subscribe(message => {
      const name = message.text();
      arrived.set(name, (arrived.get(name) ?? 0) + 1);
      arrived$.next(name);
    });
    await firstValueFrom(witness.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
  });
  beforeEach(() => {
    arrived = new Map();
    clientId = `page ${clients++}`;
  });
  after(async () => {
    witness.close();
    await broker.stop();
  });

  const show = () => OutboxPage.show(theatre);
  const started = async () => {
    const page = await show();
    await page.do('start', broker.urls.ws, clientId);
    await page.do('reached', 'connected');
    return page;
  };
  const whenArrived = async (isComplete: () => boolean) => {
    countAssertion();
    await firstValueFrom(arrived$.pipe(startWith(''), filter(isComplete)));
  };

  const deaths: Readonly<Record<string, (page: Page) => Promise<Page | undefined>>> = {
    'is closed': async page => {
      await page.close();
      return undefined;
    },
    'is closed with all its handlers': async page => {
      const closed = page.waitForEvent('close');
      await page.close({ runBeforeUnload: true });
      await closed;
      return undefined;
    },
    crashes: async page => {
      const crashed = page.waitForEvent('crash');
      const session = await theatre.context.newCDPSession(page);
      session.send('Page.crash').catch(() => undefined);
      await crashed;
      await page.close();
      return undefined;
    },
    'is reloaded': async page => {
      await page.reload();
      return page;
    },
    'is left for another page of its own kind': async page => {
      await page.goto(`${theatre.site.url}/outbox?again`);
      return page;
    },
  };
  for (const [death, die] of Object.entries(deaths)) {
    it(`loses nothing and sends QoS 2 once when its page ${death} midway, again and again`, async () => {
      const told: string[] = [];
      const received: string[][] = [];
      let outbox = await show();
      let sent = 0;
      for (let life = 0; life < 5; life++) {
        await outbox.do('start', broker.urls.ws, clientId);
        await outbox.do('reached', 'connected');
        await outbox.do('publishForever', `${death}-${life}`);
        const first = arrived.size;
        const many = firstValueFrom(arrived$.pipe(filter(() => arrived.size > first + 30 + life * 17)));
        if (life > 0) for (let i = 0; i < 20; i++) witness.publish('in', String(sent++), { qos: 2 }).subscribe();
        await many;
        await outbox.tells(/^durable/);
        const page = await die(outbox.page);
        told.push(...outbox.told);
        received.push(outbox.told.filter(entry => entry.startsWith('received')));
        outbox.told.length = 0;
        if (page === undefined) outbox = await show();
      }
      await outbox.do('start', broker.urls.ws, clientId);
      await outbox.do('reached', 'connected');
      await outbox.do('drained');
      const durable = told.filter(entry => entry.startsWith('durable')).map(entry => entry.slice(8));
      await whenArrived(() => durable.every(name => arrived.has(name)));
      expect(durable.length).to.be.above(100);
      expect(told.filter(entry => /^(failed|closed)/.test(entry))).to.deep.equal([]);
      const isQos2 = (name: string) => Number(name.split('-').at(-1)) % 2 === 1;
      expect([...arrived].filter(([name, times]) => isQos2(name) && times > 1)).to.deep.equal([]);
      // the page may have said no more of what it had got
      const known = new Set(received.flat());
      const missing = Array.from({ length: sent }, (_, i) => `received ${i}`).filter(entry => !known.has(entry));
      await outbox.do('reached', ...missing.slice(-1));
      expect(await outbox.do('left')).to.deep.equal([]);
    });
  }

  it('keeps what it took without a network, and sends it from the next page', async () => {
    const page = await show();
    await theatre.context.setOffline(true);
    await page.do('start', broker.urls.ws, clientId);
    await page.do('reached', 'reconnecting CONNECTION_FAILED');
    const names = ['a', 'b', 'c', 'd'].map(name => `offline ${name}`);
    for (const [i, name] of names.entries()) await page.do('publish', name, i % 2 === 0 ? 2 : 1);
    await page.do('reached', ...names.map(name => `durable ${name}`));
    await page.page.close();
    await theatre.context.setOffline(false);
    expect([...arrived]).to.deep.equal([]);
    const next = await started();
    await next.do('drained');
    await whenArrived(() => arrived.size === names.length);
    // the broker passes a message of QoS 2 on when it is released, so those of QoS 1 may be earlier
    expect([...arrived].sort()).to.deep.equal(names.map(name => [name, 1]));
    expect(await next.do('left')).to.deep.equal([]);
  });

  it('is refused at once in a second tab, and goes on in the first one', async () => {
    const first = await started();
    const second = await show();
    await second.do('waitForever');
    await second.do('start', broker.urls.ws, clientId);
    await second.do('reached', 'closed STORE_IN_USE');
    await first.do('deliver', 'one owner', 2);
    await first.do('reached', 'delivered one owner');
    expect(await first.do('left')).to.deep.equal([]);
    await second.page.reload();
    await second.do('start', broker.urls.ws, clientId);
    await second.do('reached', 'connected');
  });

  it('is never refused after a reload or in a new tab after the last one was closed', async () => {
    let page = await started();
    for (let i = 0; i < 15; i++) {
      await page.do('publish', `reload ${i}`, 2);
      await page.page.reload();
      await page.do('start', broker.urls.ws, clientId);
      await page.do('reached', 'connected');
      await page.page.close();
      page = await show();
      await page.do('start', broker.urls.ws, clientId);
      await page.do('reached', 'connected');
      expect(page.told).not.to.include('closed STORE_IN_USE');
    }
  });

  describe('in the back/forward cache', () => {
    const leave = async (page: OutboxPage) => {
      await page.do('quiet');
      await page.page.goto(`${theatre.site.url}/elsewhere`);
    };
    // a page from the cache is not loaded, so that its journal is the one from before
    const comeBack = (page: OutboxPage) => page.page.goBack({ waitUntil: 'commit' });

    it('leaves the session to another tab, and goes on with it afterwards', async () => {
      const first = await started();
      await first.do('deliver', 'before', 2);
      await first.do('reached', 'delivered before');
      await leave(first);
      const second = await started();
      await second.do('deliver', 'meanwhile', 2);
      await second.do('reached', 'delivered meanwhile');
      await second.page.close();
      await comeBack(first);
      await first.do('reached', 'delivered before', 'reconnecting CONNECTION_CLOSED', 'connecting', 'connected');
      await first.do('deliver', 'after', 2);
      await first.do('reached', 'delivered after');
      expect([...arrived]).to.deep.equal([
        ['before', 1],
        ['meanwhile', 1],
        ['after', 1],
      ]);
      expect(await first.do('left')).to.deep.equal([]);
    });

    it('is refused when it comes back while another tab has the session', async () => {
      const first = await started();
      await leave(first);
      const second = await started();
      await comeBack(first);
      await first.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'closed STORE_IN_USE');
      await second.do('deliver', 'still here', 2);
      await second.do('reached', 'delivered still here');
      expect(await second.do('left')).to.deep.equal([]);
    });

    it('tells the outcome of what it had published before', async () => {
      const wire = await wireTo(Number(new URL(broker.urls.ws).port));
      try {
        const page = await show();
        await page.do('start', `ws://127.0.0.1:${wire.port}`, clientId);
        await page.do('reached', 'connected');
        wire.dead();
        await page.do('deliver', 'in flight', 2);
        await page.do('publish', 'waits', 1);
        await page.do('reached', 'durable waits');
        await leave(page);
        wire.alive();
        await comeBack(page);
        await page.do('reached', 'durable waits', 'connected', 'delivered in flight');
        await page.do('drained');
        await whenArrived(() => arrived.size === 2);
        expect([...arrived].sort()).to.deep.equal([
          ['in flight', 1],
          ['waits', 1],
        ]);
        expect(await page.do('left')).to.deep.equal([]);
      } finally {
        await wire.close();
      }
    });
  });
});
