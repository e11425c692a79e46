import { expect } from 'chai';
import { NEVER, Subject } from 'rxjs';
import { type MqttClient, type MqttError, type PlatformSignal, addHooks } from '../../src/index.js';
import { hostClient, sharedClient } from '../../src/shared/index.js';
import { caught } from '../codec/support.js';
import { record } from './recorded.js';
import { VirtualBrowser } from './virtual-browser.js';

describe('the connection of a tab', () => {
  it('is connected when the broker is, and shows its CONNACK and limits [S211]', () => {
    const browser = new VirtualBrowser({
      broker: { latency: 100, connack: { maximumQoS: 1, receiveMaximum: 7, userProperties: [['zone', 'a']] } },
    });
    const { clock } = browser;
    const tab = browser.open();
    const connack = record(tab.client.connect());
    clock.advance(150);
    expect(tab.statuses).to.deep.equal(['idle', 'connecting']);
    clock.advance(200);
    expect(tab.client.connection).to.deep.include({ status: 'connected' });
    expect(connack.values[0])
      .to.have.nested.property('properties.userProperties')
      .that.deep.equals([['zone', 'a']]);
    expect(tab.client.connection).to.have.property('limits').that.includes({ maximumQoS: 1, receiveMaximum: 7 });
  });

  it('is reconnecting with the error of the shared client while the broker is away, and keeps what it has [S211]', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const [tab, other] = browser.openConnected(2);
    const messages = record(tab!.client.topic$('a'));
    clock.advance(10);
    broker.disconnect(0x8b);
    clock.advance(1);
    expect(tab!.client.connection).to.have.property('status', 'reconnecting');
    expect(tab!.client.connection).to.have.property('error').that.includes({
      code: 'SERVER_DISCONNECTED',
      reasonCode: 0x8b,
    });
    const result = record(other!.client.publish('a', 'while away', { qos: 1 }));
    clock.advance(5000);
    expect(tab!.client.connection.status).to.equal('connected');
    expect(result.values).to.have.length(1);
    expect(messages.values.map(message => message.text())).to.deep.equal(['while away']);
    expect(tab!.pairs).to.have.length(1);
  });

  it('opens while the broker cannot be reached, and has no limits until it is [S212]', () => {
    const browser = new VirtualBrowser({ broker: { connack: { maximumQoS: 1 } } });
    const { clock, broker } = browser;
    broker.inject({ fault: 'unreachable', times: 3 });
    const tab = browser.open();
    const result = record(tab.client.publish('a', 'x', { qos: 1 }));
    const refused = record(tab.client.publish('a', 'x'));
    const connack = record(tab.client.connect());
    clock.advance(1000);
    expect(tab.client.connection.status).to.equal('reconnecting');
    expect(connack.values).to.have.length(0);
    expect(refused.error).to.include({ code: 'NOT_CONNECTED', delivery: 'rejected' });
    clock.advance(20_000);
    expect(tab.client.connection).to.have.property('limits').that.includes({ maximumQoS: 1 });
    expect(connack.values).to.have.length(1);
    expect(result.values[0]).to.deep.include({ reached: 'acknowledged' });
  });

  it('has what it publishes while the broker is away delivered once, though the tab is closed [S212]', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const [tab, other] = browser.openConnected(2);
    const messages = record(other!.client.topic$('a'));
    clock.advance(10);
    broker.cut();
    clock.advance(1);
    tab!.client.publish('a', 'x', { qos: 1 }).subscribe();
    clock.advance(1);
    tab!.port.crash();
    clock.advance(10_000);
    expect(messages.values.map(message => message.text())).to.deep.equal(['x']);
  });

  it('shows further errors of a shared client that does not reach its broker', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const [tab] = browser.openConnected(1);
    broker.inject({ fault: 'refuse', reasonCode: 0x88, times: 3 });
    broker.cut();
    clock.advance(20_000);
    const errors = tab!.states.flatMap(state => (state.status === 'reconnecting' ? [state.error.code] : []));
    expect(errors).to.deep.equal(['TRANSPORT_ERROR', 'CONNECTION_REFUSED', 'CONNECTION_REFUSED', 'CONNECTION_REFUSED']);
    expect(tab!.client.connection.status).to.equal('connected');
  });

  it('is closed with the error of the shared client when that gives up', () => {
    const browser = new VirtualBrowser({ broker: { authenticate: () => false } });
    const tab = browser.open();
    const failed = record(tab.client.topic$('a'));
    browser.clock.advance(1000);
    expect(tab.client.connection).to.have.property('status', 'closed');
    expect(failed.error).to.include({ code: 'CONNECTION_REFUSED', reasonCode: 0x86 });
  });

  it('ends with disconnect() of the tab alone, and for all of them when the last tab has gone [S211]', () => {
    const browser = new VirtualBrowser({ host: { linger: 3000 } });
    const { clock, shared, host } = browser;
    const counts = record(host.tabs$);
    const [first, second] = browser.openConnected(2);
    const stream = record(first!.client.topic$('a'));
    const done = record(first!.client.disconnect());
    clock.advance(100);
    expect(done.isComplete && stream.isComplete).to.equal(true);
    expect(second!.client.connection.status).to.equal('connected');
    second!.client.close();
    clock.advance(2000);
    expect(shared.connection.status).to.equal('connected');
    expect(counts.values).to.deep.equal([0, 1, 2, 1, 0]);
    clock.advance(2000);
    expect(shared.connection).to.deep.equal({ status: 'closed' });
    const third = browser.open();
    third.client.connect().subscribe();
    clock.advance(100);
    expect(third.client.connection.status).to.equal('connected');
  });

  it('opens again for a tab that comes while the connection ends', () => {
    const browser = new VirtualBrowser({ broker: { latency: 2000 }, host: { linger: 0, drain: 10_000 } });
    const { clock, shared } = browser;
    const first = browser.open();
    first.client.connect().subscribe();
    clock.advance(10_000);
    first.client.publish('a', 'x', { qos: 1 }).subscribe({ error: () => undefined });
    clock.advance(10);
    first.port.crash();
    clock.advance(10);
    expect(shared.connection.status).to.equal('disconnecting');
    const second = browser.open();
    const connack = record(second.client.connect());
    clock.advance(30_000);
    expect(connack.values).to.have.length(1);
    expect([...new Set(second.statuses)]).to.deep.equal(['idle', 'connecting', 'connected']);
  });

  it('is closed, and stays so, when a shared client with streams gives up', () => {
    const browser = new VirtualBrowser();
    const { clock, broker, shared } = browser;
    const [tab] = browser.openConnected(1);
    const stream = record(tab!.client.topic$('a'));
    clock.advance(10);
    broker.disconnect(0x8e);
    clock.advance(10_000);
    expect(stream.error).to.include({ code: 'SERVER_DISCONNECTED', reasonCode: 0x8e });
    expect([tab!.client.connection.status, shared.connection.status]).to.deep.equal(['closed', 'closed']);
  });

  it('tells a tab when the broker no longer grants a filter', () => {
    let allowed = true;
    const browser = new VirtualBrowser({ broker: { authorize: () => allowed } });
    const { clock, broker } = browser;
    const [tab] = browser.openConnected(1);
    const [stream, other] = [record(tab!.client.topic$('a')), record(tab!.client.topic$('b'))];
    clock.advance(10);
    allowed = false;
    broker.restart();
    clock.advance(10_000);
    expect(stream.error).to.include({ code: 'SUBSCRIBE_REFUSED', reasonCode: 0x87, subject: 'a' });
    expect(other.error).to.include({ code: 'SUBSCRIBE_REFUSED', subject: 'b' });
    expect(tab!.client.connection.status).to.equal('connected');
  });

  it('stays for a page that follows within the linger [S211]', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const connects = record(broker.packet$);
    const [first] = browser.openConnected(1);
    first!.port.crash();
    clock.advance(1000);
    browser.openConnected(1);
    clock.advance(10_000);
    expect(connects.values.filter(({ packet }) => packet.cmd === 'connect')).to.have.length(1);
    expect(browser.shared.connection.status).to.equal('connected');
  });

  it('tells a tab of an older version of MQTT, so that requests go by topics', () => {
    const browser = new VirtualBrowser({ broker: { versions: [4] } });
    const [tab, other] = browser.openConnected(2);
    expect(tab!.client.connection).to.deep.equal(browser.shared.connection);
    other!.client.respond('sum', request => `${request.text()}!`).subscribe();
    browser.clock.advance(100);
    const reply = record(tab!.client.request('sum', '1'));
    browser.clock.advance(100);
    expect(reply.values.map(message => message.text())).to.deep.equal(['1!']);
  });

  it('is made anew for all tabs by reconnect()', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const [first, second] = browser.openConnected(2);
    const connects = record(broker.packet$);
    const connack = record(first!.client.reconnect());
    clock.advance(1000);
    expect(connack.isComplete).to.equal(true);
    expect(connack.values).to.have.length(1);
    expect(connects.values.filter(({ packet }) => packet.cmd === 'connect')).to.have.length(1);
    expect(second!.statuses.slice(-3)).to.deep.equal(['connected', 'connecting', 'connected']);
  });

  it('is authenticated again by the shared client', () => {
    const browser = new VirtualBrowser();
    const [tab] = browser.openConnected(1);
    const done = record(tab!.client.reauthenticate());
    browser.clock.advance(10);
    expect(done.error).to.include({ code: 'NOT_SUPPORTED' });
    const offline = record(browser.open().client.reauthenticate());
    expect(offline.error).to.include({ code: 'NOT_CONNECTED' });
  });

  it('goes on over another port when the owner of the shared client changes', () => {
    const browser = new VirtualBrowser();
    const { clock } = browser;
    const [tab] = browser.openConnected(1);
    const messages = record(tab!.client.topic$('a'));
    clock.advance(100);
    const next = new VirtualBrowser();
    browser.host.close();
    browser.host = next.host;
    for (let i = 0; i < 50; i++) {
      clock.advance(100);
      next.clock.advance(100);
    }
    expect(tab!.client.connection.status).to.equal('connected');
    next.broker.publish('a', 'x');
    next.clock.advance(1);
    clock.advance(1);
    expect(messages.values.map(message => message.text())).to.deep.equal(['x']);
  });

  it('is not given by an owner that has ended, nor by wrong arguments', () => {
    const browser = new VirtualBrowser();
    browser.host.close();
    const posted: unknown[] = [];
    let isClosed = false;
    browser.host.accept({
      data$: NEVER,
      closed$: NEVER,
      postMessage: data => posted.push(data),
      close: () => (isClosed = true),
    });
    expect(posted).to.deep.equal([{ type: 'closed' }]);
    expect(isClosed).to.equal(true);
    for (const [options, subject] of [
      [{ linger: -1 }, 'linger'],
      [{ drain: '1' }, 'drain'],
      [{ keep: 1 }, 'keep'],
    ] as const)
      expect(caught(() => hostClient(browser.shared, options as never))).to.include({
        code: 'INVALID_ARGUMENT',
        subject,
      });
    const wrapped = Object.create(null) as MqttClient;
    expect(caught(() => hostClient(wrapped))).to.include({ code: 'INVALID_ARGUMENT', subject: 'client' });
    const ofConnection = { username: 'user' } as never;
    expect(caught(() => sharedClient(() => NEVER, ofConnection))).to.include({
      code: 'INVALID_ARGUMENT',
      subject: 'username',
    });
  });

  it('is refused by an owner of another version, with what to do', () => {
    const browser = new VirtualBrowser();
    const messages: unknown[] = [];
    const received$ = new Subject<unknown>();
    browser.host.accept({
      data$: received$,
      closed$: new Subject(),
      postMessage: data => messages.push(data),
      close: () => undefined,
    });
    received$.next({ type: 'open', link: 1, version: 0 });
    expect(messages[0]).to.deep.include({ type: 'lost', isFinal: true });
    expect((messages[0] as { error: MqttError }).error)
      .to.include({ code: 'NOT_SUPPORTED' })
      .and.to.have.property('message')
      .that.includes('reload');
  });

  it('ends while the page is hidden, and comes back with its streams', () => {
    const browser = new VirtualBrowser();
    const { clock } = browser;
    const signal$ = new Subject<PlatformSignal>();
    const [tab] = browser.openConnected(1, { platformSignal$: signal$ });
    browser.openConnected(1);
    const counts = record(browser.host.tabs$);
    const messages = record(tab!.client.topic$('a'));
    clock.advance(10);
    signal$.next('pagehide');
    clock.advance(10);
    expect(counts.values.at(-1)).to.equal(1);
    signal$.next('pageshow');
    clock.advance(1000);
    browser.broker.publish('a', 'x');
    clock.advance(10);
    expect(messages.values.map(message => message.text())).to.deep.equal(['x']);
  });

  it('shows the warnings of the shared client', () => {
    const browser = new VirtualBrowser();
    const [tab] = browser.openConnected(1);
    const warnings = record(tab!.client.warning$);
    addHooks(browser.shared, {
      onPublish: () => {
        throw new TypeError('broken');
      },
    });
    tab!.client.publish('a', 'x').subscribe();
    browser.clock.advance(10);
    expect(warnings.values[0]).to.deep.include({ code: 'HOOK_FAILED', hook: 'onPublish', error: 'broken' });
  });
});
