import { expect } from 'chai';
import { NEVER, Subject, map } from 'rxjs';
import type { AckableMessage, MqttError, MqttMessage } from '../../src/index.js';
import { type Recorded, record } from './recorded.js';
import { VirtualBrowser } from './virtual-browser.js';

const textsOf = ({ values }: Recorded<MqttMessage>) => values.map(message => message.text());

describe('a tab that is gone', () => {
  for (const [how, hasWill] of [
    ['crashes', true],
    ['disconnects', false],
  ] as const) {
    it(`has its will published: ${hasWill} when it ${how} [S216]`, () => {
      const browser = new VirtualBrowser();
      const [observer] = browser.openConnected(1);
      const [tab] = browser.openConnected(1, { will: { topic: 'gone', payload: 'x', qos: 1, retain: true } });
      const wills = record(observer!.client.topic$('gone'));
      browser.clock.advance(10);
      if (hasWill) tab!.port.crash();
      else tab!.client.close();
      browser.clock.advance(100);
      expect(textsOf(wills)).to.deep.equal(hasWill ? ['x'] : []);
      expect(browser.broker.retained.has('gone')).to.equal(hasWill);
    });
  }

  it('has a will with a delay published then, unless it is back before [S216]', () => {
    const browser = new VirtualBrowser();
    const { clock } = browser;
    const [observer] = browser.openConnected(1);
    const will = { topic: 'gone', payload: 'x', properties: { willDelayInterval: 10 } };
    const [tab, reloaded] = browser.openConnected(2, { will });
    const wills = record(observer!.client.topic$('gone'));
    clock.advance(10);
    reloaded!.port.host.close();
    tab!.port.crash();
    clock.advance(9000);
    expect(textsOf(wills)).to.deep.equal([]);
    clock.advance(20_000);
    expect(textsOf(wills)).to.deep.equal(['x']);
  });

  it('has what it published delivered once, if it dies between PUBLISH and PUBACK [S212]', () => {
    const browser = new VirtualBrowser({ broker: { latency: 50 } });
    const { clock } = browser;
    const [observer, tab] = browser.openConnected(2);
    const messages = record(observer!.client.topic$('a'));
    clock.advance(500);
    tab!.client.publish('a', 'x', { qos: 1 }).subscribe();
    clock.advance(60);
    tab!.port.crash();
    clock.advance(5000);
    expect(textsOf(messages)).to.deep.equal(['x']);
  });

  for (const qos of [1, 2] as const) {
    it(`publishes nothing twice with QoS ${qos} when it comes back over another port [S212]`, () => {
      const browser = new VirtualBrowser({ broker: { latency: 50 } });
      const { clock } = browser;
      const [observer, tab] = browser.openConnected(2);
      const messages = record(observer!.client.topic$('a', { qos }));
      clock.advance(500);
      const results = ['1', '2', '3'].map(text => record(tab!.client.publish('a', text, { qos })));
      clock.advance(20);
      tab!.port.host.close(); // the tab notices, and opens another port
      clock.advance(5000);
      expect(tab!.pairs).to.have.length(2);
      expect(results.map(({ values }) => values.length)).to.deep.equal([1, 1, 1]);
      expect(textsOf(messages)).to.deep.equal(['1', '2', '3']);
    });
  }

  it('keeps the session over another port if nobody told the owner of the end of the first', () => {
    const browser = new VirtualBrowser();
    const { clock, broker, host } = browser;
    const counts = record(host.tabs$);
    const [tab] = browser.openConnected(1, { will: { topic: 'gone' } });
    const stream = record(tab!.client.topic$('#'));
    clock.advance(10);
    tab!.port.host.close();
    clock.advance(1000);
    expect(counts.values).to.deep.equal([0, 1, 2, 1]);
    clock.advance(200_000);
    broker.publish('a', 'x');
    clock.advance(10);
    expect(textsOf(stream)).to.deep.equal(['x']);
  });

  it('has its messages acknowledged where another tab has had them, so that they hold up nothing [S214]', () => {
    const browser = new VirtualBrowser({ client: { clean: false, clientId: 'shared' } });
    const { clock, broker } = browser;
    const [first, second] = browser.openConnected(2);
    record(first!.client.topic$('a', { ack: 'manual' }));
    record(second!.client.topic$('#'));
    clock.advance(10);
    broker.publish('a', 'x', { qos: 1 });
    clock.advance(10);
    expect(broker.sessions[0]!.inFlight).to.equal(1);
    first!.port.crash();
    clock.advance(10);
    expect(broker.sessions[0]!.inFlight).to.equal(0);
  });

  it('leaves to the broker what no other tab takes, in a session that lasts [S214]', () => {
    const browser = new VirtualBrowser({ client: { clean: false, clientId: 'shared' } });
    const { clock, broker, shared } = browser;
    const [first, second] = browser.openConnected(2);
    record(first!.client.topic$('a', { ack: 'manual' }));
    clock.advance(10);
    broker.publish('a', 'x', { qos: 1 });
    clock.advance(10);
    first!.port.crash();
    clock.advance(10);
    expect(broker.sessions[0]!.inFlight).to.equal(1);
    shared.reconnect().subscribe();
    clock.advance(100);
    const messages = record(second!.client.topic$('a'));
    clock.advance(100);
    expect(textsOf(messages)).to.deep.equal(['x']);
    expect(broker.sessions[0]!.inFlight).to.equal(0);
  });
});

describe('leave() in a tab', () => {
  it('with reconnectAfter brings the message again, and does not touch the connection to the broker', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const [tab, other] = browser.openConnected(2);
    const stream = record(tab!.client.topic$('a', { ack: 'manual' }));
    clock.advance(10);
    broker.publish('a', 'x', { qos: 1 });
    clock.advance(10);
    stream.values[0]!.leave({ reconnectAfter: 100 });
    clock.advance(2000);
    expect(textsOf(stream)).to.deep.equal(['x', 'x']);
    expect(stream.values[1]!.ack()).to.equal(true);
    expect(other!.statuses).to.deep.equal(['idle', 'connecting', 'connected']);
    clock.advance(10);
    expect(broker.sessions[0]!.inFlight).to.equal(0);
  });
});

describe('retained messages of a shared client', () => {
  const open = () => {
    const browser = new VirtualBrowser();
    for (const topic of ['r/1', 'r/2']) browser.broker.publish(topic, topic, { retain: true });
    return browser;
  };
  const retained = (stream: Recorded<MqttMessage>) =>
    stream.values.map(message => `${message.text()}${message.retain ? ' retained' : ''}`);

  for (const versions of [[5], [4]] as const) {
    it(`come to a second tab of the same filter, and not again to the first (version ${versions[0]}) [S213]`, () => {
      const browser = new VirtualBrowser({ broker: { versions } });
      const { clock, broker } = browser;
      for (const topic of ['r/1', 'r/2']) broker.publish(topic, topic, { retain: true });
      const [first, second, third] = browser.openConnected(3);
      const one = record(first!.client.topic$('r/+'));
      clock.advance(10);
      broker.publish('r/3', 'r/3', { retain: true });
      clock.advance(10);
      const two = record(second!.client.topic$('r/+'));
      const three = record(third!.client.topic$('r/+', { retainHandling: 2 }));
      clock.advance(10);
      broker.publish('r/1', 'new');
      clock.advance(10);
      expect(retained(one)).to.deep.equal(['r/1 retained', 'r/2 retained', 'r/3', 'new']);
      expect(retained(two)).to.have.members(['r/1 retained', 'r/2 retained', 'r/3 retained', 'new']);
      expect(retained(three)).to.deep.equal(['new']);
    });
  }

  it('come again after the broker has lost the session', () => {
    const browser = open();
    const { clock, broker } = browser;
    const [tab] = browser.openConnected(1);
    const stream = record(tab!.client.topic$('r/1'));
    clock.advance(10);
    broker.cut();
    broker.publish('r/1', 'missed', { retain: true });
    clock.advance(10_000);
    expect(retained(stream)).to.deep.equal(['r/1 retained', 'missed retained']);
  });
});

describe('subscriptions of several tabs', () => {
  it('have each message of $share go to one tab, in turn, and to another if that tab dies with it [S213]', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const tabs = browser.openConnected(2);
    const streams = tabs.map(({ client }) => record(client.topic$('$share/g/jobs', { ack: 'manual' })));
    clock.advance(10);
    for (const text of ['1', '2', '3', '4']) broker.publish('jobs', text, { qos: 1 });
    clock.advance(10);
    expect(streams.map(textsOf)).to.deep.equal([
      ['1', '3'],
      ['2', '4'],
    ]);
    (streams[0]!.values[0] as AckableMessage).ack();
    clock.advance(10);
    tabs[0]!.port.crash();
    clock.advance(10);
    expect(textsOf(streams[1]!)).to.deep.equal(['2', '4', '3']);
    for (const message of streams[1]!.values) (message as AckableMessage).ack();
    clock.advance(10);
    expect(broker.sessions[0]!.inFlight).to.equal(0);
  });

  it('have the QoS that each tab asks for [S213]', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const tabs = browser.openConnected(3);
    const streams = tabs.map(({ client }, qos) =>
      record(client.topic$('a', { qos: qos as 0 | 1 | 2 }).pipe(map(message => message.qos))),
    );
    clock.advance(10);
    broker.publish('a', 'x', { qos: 2 });
    clock.advance(10);
    expect(streams.map(({ values }) => values)).to.deep.equal([[0], [1], [2]]);
    expect(broker.sessions[0]!.inFlight).to.equal(0);
  });

  it('conflict where a broker cannot keep both, and the tab learns why', () => {
    const browser = new VirtualBrowser();
    const [first, second] = browser.openConnected(2);
    record(first!.client.topic$('a', { noLocal: true }));
    browser.clock.advance(10);
    const refused = record(second!.client.topic$('a'));
    browser.clock.advance(10);
    expect(refused.error).to.include({ code: 'SUBSCRIBE_REFUSED' });
    expect((refused.error as MqttError).reasonString).to.include('noLocal');
  });

  it('can be ended by unsubscribe() if an earlier program made them', () => {
    const browser = new VirtualBrowser({ client: { clean: false, clientId: 'shared' } });
    const [tab] = browser.openConnected(1);
    const result = record(tab!.client.unsubscribe('old'));
    browser.clock.advance(10);
    expect(result.values[0]).to.deep.include({ filters: ['old'], reasonCodes: [0x11] });
  });
});

describe('a tab that is slow', () => {
  it('reads no further than its buffer, and misses nothing', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const [slow, other] = browser.openConnected(2);
    const stream = record(slow!.client.topic$('a', { ack: 'manual', buffer: { size: 2 } }));
    const all = record(other!.client.topic$('a'));
    clock.advance(10);
    for (let i = 0; i < 20; i++) {
      broker.publish('a', `${i}`, { qos: 1 });
      clock.advance(1);
    }
    expect(stream.values).to.have.length(2);
    expect(all.values).to.have.length(20);
    for (let i = 0; i < 20; i++) {
      stream.values[i]!.ack();
      clock.advance(1);
    }
    expect(textsOf(stream)).to.deep.equal(textsOf(all));
    expect(broker.sessions[0]!.inFlight).to.equal(0);
  });

  it('delays the acknowledgement to the broker until all tabs have acknowledged [S214]', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const streams = browser.openConnected(3).map(({ client }) => record(client.topic$('a', { ack: 'manual' })));
    clock.advance(10);
    broker.publish('a', 'x', { qos: 2 });
    clock.advance(10);
    for (const { values } of streams) {
      expect(broker.sessions[0]!.inFlight).to.equal(1);
      values[0]!.ack();
      clock.advance(10);
    }
    expect(broker.sessions[0]!.inFlight).to.equal(0);
  });
});

describe('a tab that does not run', () => {
  it('does not keep messages from the other tabs, loses those of QoS 0, and comes back [S215]', () => {
    const browser = new VirtualBrowser();
    const { clock, broker, shared } = browser;
    const warnings = record(shared.warning$);
    const [frozen, other] = browser.openConnected(2);
    const [lost, kept] = [record(frozen!.client.topic$('#')), record(other!.client.topic$('#'))];
    clock.advance(10);
    frozen!.port.freeze();
    const payload = 'x'.repeat(100);
    for (let i = 0; i < 5000; i++) {
      broker.publish('a', payload);
      if (i % 100 === 0) clock.advance(1);
    }
    clock.advance(10);
    expect(kept.values).to.have.length(5000);
    expect(lost.values).to.have.length(0);
    expect(warnings.values[0]).to.deep.include({ code: 'TAB_NOT_READING', topic: 'a', count: 1 });
    clock.advance(10_000);
    frozen!.port.thaw();
    clock.advance(1000);
    expect(frozen!.pairs).to.have.length(2);
    const before = lost.values.length;
    broker.publish('a', 'again');
    clock.advance(10);
    expect(lost.values.slice(before).map(message => message.text())).to.deep.equal(['again']);
  });

  it('does not keep the broker waiting for its acknowledgements for longer than 10 s [S215]', () => {
    const browser = new VirtualBrowser();
    const { clock, broker } = browser;
    const [frozen, other] = browser.openConnected(2);
    record(frozen!.client.topic$('#'));
    const kept = record(other!.client.topic$('#'));
    clock.advance(10);
    frozen!.port.freeze();
    for (let i = 0; i < 3000; i++) broker.publish('a', `${i}`, { qos: 1 });
    clock.advance(11_000);
    expect(kept.values).to.have.length(3000);
    expect(broker.sessions[0]!.inFlight).to.equal(0);
  });

  it('is given up after 135 s in which it has sent nothing [S215]', () => {
    const browser = new VirtualBrowser();
    const { clock, host } = browser;
    const [other] = browser.openConnected(1);
    const counts = record(host.tabs$);
    const data$ = new Subject<unknown>();
    const posted: unknown[] = [];
    const postMessage = (message: unknown) => posted.push(message);
    host.accept({ data$, closed$: NEVER, postMessage, close: () => undefined });
    data$.next({ type: 'open', link: 1, version: 1 });
    clock.advance(130_000);
    expect(counts.values.at(-1)).to.equal(2);
    clock.advance(10_000);
    expect(counts.values.at(-1)).to.equal(1);
    expect(posted.at(-1)).to.deep.equal({ type: 'closed' });
    expect(other!.client.connection.status).to.equal('connected');
  });
});

describe('publishing of a tab', () => {
  it('fails with the error of the shared client [S212]', () => {
    const browser = new VirtualBrowser({ client: { queue: { maxMessages: 1 } } });
    const { clock, broker } = browser;
    const [tab] = browser.openConnected(1);
    broker.cut();
    clock.advance(1);
    const [queued, refused] = ['1', '2'].map(text => record(tab!.client.publish('a', text, { qos: 1 })));
    clock.advance(1);
    expect(queued!.error).to.equal(undefined);
    expect(refused!.error).to.include({ code: 'QUEUE_FULL', delivery: 'rejected', subject: 'a' });
  });

  it('fails as indeterminate where the broker has lost the session of the shared client', () => {
    const browser = new VirtualBrowser({ broker: { latency: 50 } });
    const { clock, broker } = browser;
    const [tab] = browser.openConnected(1);
    const failed = record(tab!.client.publish('a', 'x', { qos: 2 }));
    clock.advance(10);
    broker.cut();
    clock.advance(5000);
    expect(failed.error).to.include({ code: 'SESSION_LOST', delivery: 'indeterminate' });
  });

  it('is as fast as the broker, and no faster', () => {
    const browser = new VirtualBrowser({ broker: { latency: 100, connack: { receiveMaximum: 5 } } });
    const { clock } = browser;
    const [tab] = browser.openConnected(1);
    const outcomes = record(
      tab!.client.publishAll(Array.from({ length: 20 }, (_, i) => ({ topic: 'a', payload: `${i}`, qos: 1 as const }))),
    );
    clock.advance(250);
    expect(outcomes.values.length).to.be.within(5, 10);
    clock.advance(5000);
    expect(outcomes.values.map(({ status }) => status)).to.deep.equal(Array(20).fill('published'));
  });

  it('loses nothing where messages are larger than the window of the port, in both directions', () => {
    const browser = new VirtualBrowser();
    const { clock } = browser;
    const [tab, other] = browser.openConnected(2);
    const received = record(other!.client.topic$('large', { qos: 0 }));
    clock.advance(10);
    const payload = new Uint8Array(100_000);
    tab!.client
      .publishAll(
        Array.from({ length: 50 }, (_, i) => ({ topic: 'large', payload: payload.fill(i).slice(), qos: 0 as const })),
      )
      .subscribe();
    clock.advance(1000);
    expect(received.values.map(message => message.payload[99_999])).to.deep.equal(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it('loses nothing of QoS 0 where tabs publish more than the queue of the shared client holds', () => {
    const browser = new VirtualBrowser({ client: { queue: { maxMessages: 20 } } });
    const { clock, broker } = browser;
    const received = record(broker.packet$);
    const tabs = browser.openConnected(3);
    for (const { client } of tabs)
      client
        .publishAll(Array.from({ length: 500 }, (_, i) => ({ topic: 'a', payload: `${i}`, qos: 0 as const })))
        .subscribe();
    clock.advance(10_000);
    const count = received.values.filter(
      ({ direction, packet }) => direction === 'received' && packet.cmd === 'publish',
    );
    expect(count).to.have.length(1500);
  });
});
