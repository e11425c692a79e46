import { expect } from 'chai';
import { type Observable, Subject, Subscription } from 'rxjs';
import { MqttError } from '../../../src/index.js';
import type { ChannelPort } from '../../../src/shared/browser/channel-port.js';
import { openLeaderPort } from '../../../src/shared/browser/leader-ports.js';
import { Leadership, type TabHost } from '../../../src/shared/browser/leadership.js';
import type { SharedPort } from '../../../src/shared/port.js';
import { FakeBrowser, type FakeContext } from './fake-browser.js';

const group = 'app';

/** A host that answers each message with its own name. */
class EchoHost implements TabHost {
  readonly ports: SharedPort[] = [];
  readonly left$ = new Subject<void>();
  isLeaving = false;
  isClosed = false;

  constructor(readonly name: string) {}

  accept(port: SharedPort): void {
    this.ports.push(port);
    port.data$.subscribe(data => port.postMessage(`${String(data)} to ${this.name}`));
  }

  leave(): Observable<unknown> {
    this.isLeaving = true;
    this.#closePorts();
    return this.left$;
  }

  close(): void {
    this.isClosed = true;
    this.#closePorts();
  }

  #closePorts(): void {
    for (const port of this.ports) port.close();
  }
}

/** A tab that opens a port, and another one when that is closed, as its client does. */
class Tab {
  readonly context: FakeContext;
  readonly leadership: Leadership;
  readonly hosts: EchoHost[] = [];
  readonly answers: unknown[] = [];
  port: ChannelPort | undefined;
  error: unknown;
  ports = 0;
  #opening = Subscription.EMPTY;

  constructor(
    browser: FakeBrowser,
    readonly name: string,
  ) {
    this.context = browser.openContext();
    const createHost = (): EchoHost => {
      const host = new EchoHost(name);
      this.hosts.push(host);
      return host;
    };
    this.leadership = new Leadership(group, createHost, this.context.platform);
  }

  open(): this {
    const opening = openLeaderPort(group, this.leadership, this.context.platform).subscribe({
      next: port => {
        this.port = port;
        this.ports++;
        port.data$.subscribe(data => this.answers.push(data));
        port.closed$.subscribe(() => {
          this.port = undefined;
          opening.unsubscribe();
          this.open();
        });
      },
      error: (error: unknown) => (this.error = error),
    });
    this.#opening = opening;
    return this;
  }

  close(): void {
    this.#opening.unsubscribe();
  }

  /** Asks the leader for its name. */
  ask(): void {
    this.port!.postMessage(this.name);
  }
}

describe('tabs without a SharedWorker', () => {
  async function openTabs(...names: string[]) {
    const browser = new FakeBrowser();
    const tabs = names.map(name => new Tab(browser, name).open());
    await browser.settled();
    return { browser, tabs };
  }

  const leaders = (tabs: readonly Tab[]) =>
    tabs.filter(({ hosts, context }) => !context.isDead && hosts.some(({ isClosed }) => !isClosed));

  it('have one leader, which hears all of them, and answers each of them only', async () => {
    const { browser, tabs } = await openTabs('a', 'b', 'c');
    expect(leaders(tabs).map(({ name }) => name)).to.deep.equal(['a']);
    for (const tab of tabs) tab.ask();
    await browser.settled();
    expect(tabs.map(({ answers }) => answers)).to.deep.equal([['a to a'], ['b to a'], ['c to a']]);
  });

  for (const end of ['kill', 'abandon'] as const) {
    it(`have another leader when the first one ${end === 'kill' ? 'crashes' : 'is left'}`, async () => {
      const { browser, tabs } = await openTabs('a', 'b', 'c');
      const [a, b, c] = tabs as [Tab, Tab, Tab];
      if (end === 'kill') a.context.kill();
      else {
        a.close();
        a.leadership.abandon();
      }
      await browser.settled();
      browser.elapse(100);
      await browser.settled();
      expect(leaders(tabs).map(({ name }) => name)).to.deep.equal(['b']);
      for (const tab of [b, c]) tab.ask();
      await browser.settled();
      expect([b.answers, c.answers]).to.deep.equal([['b to b'], ['c to b']]);
      expect([b.ports, c.ports]).to.deep.equal([2, 2]);
    });
  }

  it('hand the lead over only when the leader has left the broker in order', async () => {
    const { browser, tabs } = await openTabs('a', 'b');
    const [a, b] = tabs as [Tab, Tab];
    a.close();
    a.leadership.resign();
    await browser.settled();
    expect(a.hosts[0]!.isLeaving).to.equal(true);
    expect(a.hosts[0]!.isClosed).to.equal(false);
    expect(b.hosts).to.deep.equal([]);
    a.hosts[0]!.left$.complete();
    await browser.settled();
    expect(leaders(tabs)).to.deep.equal([b]);
    b.ask();
    await browser.settled();
    expect(b.answers).to.deep.equal(['b to b']);
  });

  it('lead again after they have resigned', async () => {
    const { browser, tabs } = await openTabs('a');
    const [a] = tabs as [Tab];
    a.close();
    a.leadership.resign();
    a.open();
    await browser.settled();
    expect(a.hosts).to.have.length(1);
    a.hosts[0]!.left$.complete();
    await browser.settled();
    expect(a.hosts.map(({ isClosed }) => isClosed)).to.deep.equal([true, false]);
    a.ask();
    await browser.settled();
    expect(a.answers).to.deep.equal(['a to a']);
  });

  it('stop waiting for the lead when they leave', async () => {
    const { browser, tabs } = await openTabs('a', 'b');
    const [a, b] = tabs as [Tab, Tab];
    b.close();
    b.leadership.resign();
    a.context.kill();
    await browser.settled();
    browser.elapse(10_000);
    await browser.settled();
    expect(b.hosts).to.deep.equal([]);
    expect(browser.locksOf(b.context)).to.deep.equal([]);
  });

  it('take the lead from a leader that is frozen, after 5 s', async () => {
    const { browser, tabs } = await openTabs('a', 'b');
    const [a, b] = tabs as [Tab, Tab];
    a.context.freeze();
    b.port!.end(); // what the client does when its PINGREQ is not answered
    await browser.settled();
    browser.elapse(4_999);
    await browser.settled();
    expect(b.hosts).to.deep.equal([]);
    browser.elapse(1);
    await browser.settled();
    b.ask();
    await browser.settled();
    expect(b.answers).to.deep.equal(['b to b']);
  });

  it('follow the new leader when they thaw, and stop leading', async () => {
    const { browser, tabs } = await openTabs('a', 'b');
    const [a, b] = tabs as [Tab, Tab];
    a.context.freeze();
    b.port!.end();
    await browser.settled();
    browser.elapse(5_000);
    await browser.settled();
    a.context.thaw();
    await browser.settled();
    browser.elapse(100);
    await browser.settled();
    expect(leaders(tabs)).to.deep.equal([b]);
    a.ask();
    await browser.settled();
    expect(a.answers).to.deep.equal(['a to b']);
    // and a is the next one to lead
    b.context.kill();
    await browser.settled();
    browser.elapse(100);
    await browser.settled();
    expect(leaders(tabs)).to.deep.equal([a]);
  });

  it('do not take the lead from a leader that answers late', async () => {
    const { browser, tabs } = await openTabs('a', 'b');
    const [a, b] = tabs as [Tab, Tab];
    a.context.freeze();
    b.port!.end();
    await browser.settled();
    browser.elapse(4_999);
    a.context.thaw();
    await browser.settled();
    browser.elapse(10_000);
    await browser.settled();
    expect(leaders(tabs)).to.deep.equal([a]);
    b.ask();
    await browser.settled();
    expect(b.answers).to.deep.equal(['b to a']);
  });

  it('have one leader again when two take the lead from a frozen one at the same time', async () => {
    const { browser, tabs } = await openTabs('a', 'b', 'c');
    const [a, b, c] = tabs as [Tab, Tab, Tab];
    a.context.freeze();
    b.port!.end();
    c.port!.end();
    await browser.settled();
    browser.elapse(5_000);
    await browser.settled();
    browser.elapse(100);
    await browser.settled();
    const [leader, ...others] = leaders([b, c]);
    expect(others).to.deep.equal([]);
    for (const tab of [b, c]) tab.ask();
    await browser.settled();
    expect(b.answers.at(-1)).to.equal(`b to ${leader!.name}`);
    expect(c.answers.at(-1)).to.equal(`c to ${leader!.name}`);
  });

  it('say why they cannot lead', async () => {
    const browser = new FakeBrowser();
    const { platform } = browser.openContext();
    let isBroken = true;
    const createHost = (): TabHost => {
      if (isBroken) throw new TypeError('no such module');
      return new EchoHost('a');
    };
    const leadership = new Leadership(group, createHost, platform);
    const errors: unknown[] = [];
    const open = () =>
      openLeaderPort(group, leadership, platform).subscribe({ error: (error: unknown) => errors.push(error) });
    open();
    await browser.settled();
    expect(errors).to.have.length(1);
    expect(MqttError.is(errors[0], 'CONNECTION_FAILED')).to.equal(true);
    expect(String(errors[0])).to.match(/this tab cannot run the shared client: TypeError: no such module/);
    isBroken = false;
    open();
    await browser.settled();
    expect(errors).to.have.length(1);
    expect(browser.holder('rxjs-mqtt:app')).to.not.equal(undefined);
  });

  it('ignore what others say on their channel', async () => {
    const { browser, tabs } = await openTabs('a', 'b');
    const stranger = browser.openContext().openChannel('rxjs-mqtt:app');
    for (const data of [null, 1, 'hello', {}, { rxjsMqtt: 'what?' }, { rxjsMqtt: 'welcome', tab: 'x', host: 'y' }]) {
      stranger.postMessage(data);
    }
    await browser.settled();
    for (const tab of tabs) tab.ask();
    await browser.settled();
    expect(tabs.map(({ answers }) => answers)).to.deep.equal([['a to a'], ['b to a']]);
  });
});
