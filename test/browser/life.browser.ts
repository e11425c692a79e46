import { expect } from 'chai';
import { type WebBroker, mosquitto } from './brokers.js';
import { type Actor, describeChromium } from './chromium.js';
import { type Wire, wireTo } from './wire.js';

const options = { probeTimeout: 300, connectTimeout: 1_000, reconnect: { initial: 60_000 } } as const;

describeChromium('the life of a page in Chromium', theatre => {
  let broker: WebBroker;
  let wire: Wire;
  let url: string;
  before(async () => (broker = await mosquitto()));
  beforeEach(async () => {
    wire = await wireTo(Number(new URL(broker.urls.ws).port));
    url = `ws://127.0.0.1:${wire.port}`;
  });
  afterEach(() => wire.close());
  after(() => broker.stop());

  /** As a browser does with tabs that have been in the background for a while. */
  const lifecycle = async ({ page }: Actor, state: 'frozen' | 'active') => {
    const session = await theatre.context.newCDPSession(page);
    await session.send('Page.setWebLifecycleState', { state });
    await session.detach();
  };

  /** Another tab is in front. */
  const hide = async (actor: Actor) => {
    await (await theatre.show('/elsewhere')).bringToFront();
    await actor.do('becomes', 'hidden');
  };
  const show = async (actor: Actor) => {
    await actor.page.bringToFront();
    await actor.do('becomes', 'visible');
  };

  it('finds a dead connection when the network goes, and is back as soon as the network is', async () => {
    const actor = await theatre.actor();
    await actor.do('watch', url, options);
    await actor.do('reached', 'connected');
    wire.dead();
    await theatre.context.setOffline(true);
    await actor.do('reached', 'connected', 'reconnecting KEEPALIVE_TIMEOUT');
    wire.alive();
    await theatre.context.setOffline(false);
    await actor.do('reached', 'connected', 'reconnecting KEEPALIVE_TIMEOUT', 'connected');
  });

  it('keeps a connection that outlives a moment without network', async () => {
    const actor = await theatre.actor();
    await actor.do('watch', url, options);
    await actor.do('reached', 'connected');
    await theatre.context.setOffline(true);
    await theatre.context.setOffline(false);
    await actor.do('say', 'still here');
    await actor.do('reached', 'still here');
    expect(await actor.do('journal')).to.deep.equal(['idle', 'connecting', 'connected', 'still here']);
  });

  it('keeps its connection in a hidden tab, whose timers are throttled', async () => {
    const actor = await theatre.actor();
    await actor.do('watch', url, { ...options, keepalive: 1, pingTimeout: 500 });
    await actor.do('reached', 'connected');
    await hide(actor);
    await actor.do('pongs', 3);
    await actor.do('say', 'hidden');
    await actor.do('reached', 'hidden');
    expect(await actor.do('journal')).to.deep.equal(['idle', 'connecting', 'connected', 'hidden']);
  });

  it('finds out when it is looked at again that the connection has died, and connects', async () => {
    const actor = await theatre.actor();
    await actor.do('watch', url, { ...options, reconnect: { initial: 50 } });
    await actor.do('reached', 'connected');
    await hide(actor);
    wire.dead();
    wire.alive();
    await show(actor);
    await actor.do('reached', 'connected', 'reconnecting KEEPALIVE_TIMEOUT', 'connected');
  });

  it('does not wait for the backoff when it is looked at again', async () => {
    const actor = await theatre.actor();
    await actor.do('watch', url, options);
    await actor.do('reached', 'connected');
    await hide(actor);
    wire.cut();
    await actor.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED');
    await show(actor);
    await actor.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected');
  });

  it('connects again when it thaws: Chromium closes the WebSockets of a page that it freezes', async () => {
    const actor = await theatre.actor();
    await actor.do('watch', url, { ...options, reconnect: { initial: 50 } });
    await actor.do('reached', 'connected');
    await hide(actor);
    await lifecycle(actor, 'frozen');
    await lifecycle(actor, 'active');
    await actor.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected');
    await actor.do('say', 'thawed');
    await actor.do('reached', 'thawed');
  });

  describe('that is left', () => {
    it('says goodbye, so that it can be kept, and connects again when the user comes back', async () => {
      const actor = await theatre.actor();
      await actor.do('watch', url, options);
      await actor.do('reached', 'connected');
      await actor.page.goto(`${theatre.site.url}/elsewhere`);
      // a page from the cache is not loaded
      await actor.page.goBack({ waitUntil: 'commit' });
      await actor.do('reached', 'connected', 'reconnecting CONNECTION_CLOSED', 'connected');
      await actor.do('say', 'back');
      await actor.do('reached', 'back');
      expect(await actor.do('journal')).to.deep.equal([
        'idle',
        'connecting',
        'connected',
        'reconnecting CONNECTION_CLOSED',
        'connecting',
        'connected',
        'back',
      ]);
    });

    for (const protocolVersion of [4, 5] as const) {
      it(`has the broker publish its will, by version ${protocolVersion}`, async () => {
        const witness = await theatre.actor();
        await witness.do('watch', url, options);
        const actor = await theatre.actor();
        await actor.do('watch', url, { ...options, protocolVersion, will: { topic: 'news', payload: 'gone', qos: 1 } });
        await actor.do('reached', 'connected');
        await actor.do('say', 'here');
        await witness.do('reached', 'here');
        await actor.page.close({ runBeforeUnload: true });
        await witness.do('reached', 'here', 'gone');
      });
    }
  });
});
