import { expect } from 'chai';
import fc from 'fast-check';
import type { MqttMessage, QoS } from '../../src/index.js';
import { type Recorded, record } from './recorded.js';
import { VirtualBrowser, type VirtualTab } from './virtual-browser.js';

type Action = 'open' | 'close' | 'crash' | 'renew' | 'freeze' | 'thaw' | 'subscribe' | 'publish' | 'cut';

interface Step {
  readonly action: Action;
  readonly tab: number;
  readonly qos: 1 | 2;
  /** ms before the next step. */
  readonly wait: number;
}

const frequent: Action[] = [
  'open',
  'subscribe',
  'renew',
  'renew',
  'publish',
  'publish',
  'publish',
  'publish',
  'publish',
];

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom<Action>(...frequent, 'close', 'crash', 'freeze', 'thaw', 'cut'),
  tab: fc.nat(3),
  qos: fc.constantFrom(1, 2),
  wait: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(500)),
});

interface Published {
  readonly text: string;
  readonly qos: QoS;
  readonly outcome: Recorded<unknown>;
}

/** Runs the steps, with tabs that come and go around one that stays. Returns what was published, and what the tab that stays received. */
function run(steps: readonly Step[]) {
  const browser = new VirtualBrowser({
    broker: { latency: 20 },
    client: { clean: false, clientId: 'shared', sessionExpiry: 3600 },
  });
  const { clock, broker } = browser;
  const [observer] = browser.openConnected(1);
  const received = record(observer!.client.topic$('a/#', { qos: 2 }));
  clock.advance(500);
  const tabs: (VirtualTab | undefined)[] = [];
  const gone = new Set<VirtualTab>();
  const published: Published[] = [];

  const act = ({ action, tab, qos }: Step) => {
    if (action === 'cut') return broker.cut();
    const own = tabs[tab];
    if (own === undefined || gone.has(own)) {
      tabs[tab] = browser.open();
      record(tabs[tab].client.connect());
      return;
    }
    switch (action) {
      case 'publish': {
        const text = `${published.length}`;
        published.push({ text, qos, outcome: record(own.client.publish(`a/${text}`, text, { qos })) });
        return;
      }
      case 'subscribe':
        record(own.client.topic$('a/+'));
        return;
      case 'close':
        gone.add(own);
        return own.client.close();
      case 'freeze':
        return own.port.freeze();
      case 'thaw':
        return own.port.thaw();
      case 'renew':
        return own.port.host.close();
      case 'crash':
        gone.add(own);
        return own.port.crash();
      case 'open':
    }
  };
  for (const each of steps) {
    act(each);
    clock.advance(each.wait);
  }
  for (const { port } of tabs.filter(each => each !== undefined)) port.thaw();
  clock.advance(60_000);
  return { browser, published, texts: received.values.map((message: MqttMessage) => message.text()) };
}

describe('tabs that come and go, compared with a model', () => {
  it('lose no message that has settled, and get none twice [S212]', function () {
    this.timeout(60_000);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const { browser, published, texts } = run(steps);
        const isCut = steps.some(each => each.action === 'cut');
        const counts = new Map<string, number>();
        for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
        for (const { text, qos, outcome } of published) {
          const count = counts.get(text) ?? 0;
          if (outcome.values.length > 0) expect(count, `${text} has settled`).to.be.at.least(1);
          // the resent PUBLISH of a lost connection is another message of QoS 1 to the broker
          if (qos === 2 || !isCut) expect(count, `${text} with QoS ${qos}`).to.be.at.most(1);
        }
        expect(browser.broker.sessions[0]!.inFlight, 'unacknowledged').to.equal(0);
      }),
      { numRuns: 200 },
    );
  });
});
