import { createServer } from 'node:http';
import { expect } from 'chai';
import { WebSocketServer } from 'ws';
import { CuttableServer } from '../support/cuttable-server.js';
import { type WebBroker, aedes } from './brokers.js';
import { type Global, describeChromium } from './chromium.js';

describeChromium('what a browser forbids', theatre => {
  let broker: WebBroker;
  before(async () => (broker = await aedes()));
  after(() => broker.stop());

  /** What a page shows that comes with this policy. */
  const strict = async (connectSrc: string) => {
    const csp = `default-src 'none'; script-src 'self'; connect-src ${connectSrc}; require-trusted-types-for 'script'`;
    const page = await theatre.show(`/strict?${String(new URLSearchParams({ csp, broker: broker.urls.ws }))}`);
    const output = page.locator('output', { hasText: 'violations' });
    return JSON.parse((await output.textContent())!) as { result: unknown; violations: string[] };
  };

  it('a strict policy needs to name the broker, and nothing else: no eval, no blob, no worker', async () => {
    const { result, violations } = await strict(broker.urls.ws);
    expect(violations).to.deep.equal([]);
    expect(result).to.deep.include({ sent: [0, 1, 2] });
  });

  it('a policy that does not name the broker is a failure, with the way to find out', async () => {
    const { result, violations } = await strict("'none'");
    expect(violations).to.deep.equal(['connect-src']);
    expect(result).to.match(/no WebSocket at .* does not say why: see its console.*policy/);
  });

  it('ws:// on a page of https:// says what it needs', async () => {
    const page = await theatre.show('/', theatre.site.secureUrl);
    const failure = await page.evaluate(
      url => (globalThis as unknown as Global).stage.page('failure', url),
      'ws://broker.example',
    );
    expect(failure).to.match(/^INVALID_ARGUMENT websocket: .*a page of https:\/\/ needs wss:\/\//);
  });

  it('a wrong path', async () => {
    const actor = await theatre.actor();
    expect(await actor.do('failure', `${broker.urls.ws}/elsewhere`)).to.match(
      /^CONNECTION_FAILED websocket: no WebSocket at 127\.0\.0\.1:\d+\/elsewhere .*path \(most brokers have \/mqtt\)/,
    );
  });

  it('a server that does not choose our sub-protocol', async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server, handleProtocols: () => false });
    const door = await CuttableServer.over(server);
    const actor = await theatre.actor();
    const failure = await actor.do('failure', `ws://127.0.0.1:${door.port}`);
    expect(failure).to.match(/^CONNECTION_FAILED websocket: .*sub-protocol/);
    sockets.close();
    await door.stop();
  });

  it('nobody there', async () => {
    const actor = await theatre.actor();
    expect(await actor.do('failure', 'ws://127.0.0.1:1')).to.match(
      /^CONNECTION_FAILED websocket: .*look at host, port/,
    );
  });

  it('mqtt:// names what there is', async () => {
    const actor = await theatre.actor();
    const failure = actor.do('failure', 'mqtt://127.0.0.1').then(String, String);
    expect(await failure).to.match(/NOT_SUPPORTED.*ws:/);
  });
});
