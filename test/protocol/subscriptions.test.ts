import { expect } from 'chai';
import type { SubscriptionRequest } from '../../src/packets.js';
import { PacketIds } from '../../src/protocol/packet-ids.js';
import { TestSubscriptions, subscriptionsWith, throws } from './support.js';

describe('subscriptions: what is wanted, beside what the broker holds', () => {
  it('asks once for a filter that several want, and gives it up with the last', () => {
    const test = new TestSubscriptions();
    test.want('a', 'a');
    expect(test.send()).to.deep.equal(['+a']);
    test.answer(1);
    test.release('a');
    expect(test.send()).to.deep.equal([]);
    test.release('a');
    expect(test.send()).to.deep.equal(['-a']);
    test.answer(0);
    expect(test.send()).to.deep.equal([]);
    expect(test.ids.inUse).to.equal(0);
  });

  it('holds a filter from its SUBACK until it is released, refused, or forgotten with the session', () => {
    const test = new TestSubscriptions();
    const holds = () => test.subscriptions.holds('a');
    expect(holds()).to.equal(false);
    test.want('a');
    test.send();
    expect(holds()).to.equal(false);
    test.answer(1);
    expect(holds()).to.equal(true);
    test.reconnect('present');
    expect(holds()).to.equal(true);
    test.reconnect('absent');
    expect(holds()).to.equal(false);
    test.send();
    test.answer(0x87);
    expect(holds()).to.equal(false);
    test.hold('b');
    test.release('b');
    expect(test.subscriptions.holds('b')).to.equal(false);
  });

  it('asks again for a filter that it holds where its retained messages are requested, and for no other', () => {
    const test = new TestSubscriptions();
    const requested = () => {
      test.subscriptions.requestRetained('a');
      const { subscribe } = test.subscriptions.takeChanges();
      return subscribe.map(({ filter, retainHandling = 0 }) => `${filter} ${retainHandling}`);
    };
    expect(requested()).to.deep.equal([]);
    test.hold('a');
    expect(requested()).to.deep.equal(['a 0']);
  });

  it('asks again once however often, and not while a SUBSCRIBE is pending, which brings them', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    test.subscriptions.requestRetained('a');
    test.answer(1);
    expect(test.send()).to.deep.equal([]);
    test.subscriptions.requestRetained('a');
    test.subscriptions.requestRetained('a');
    expect(test.send()).to.deep.equal(['+a']);
    test.answer(1);
    expect(test.send()).to.deep.equal([]);
    expect(test.subscriptions.holds('a')).to.equal(true);
  });

  it('asks for all that changed in one packet of each kind', () => {
    const test = new TestSubscriptions();
    test.hold('a', 'b');
    test.release('a');
    test.release('b');
    test.want('c', 'd');
    expect(test.send()).to.deep.equal(['-a -b', '+c +d']);
  });

  it('sends nothing for what is wanted and released in one tick, nor for what is released and wanted', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.release('a');
    expect(test.send()).to.deep.equal([]);

    test.hold('b');
    test.release('b');
    test.want('b');
    expect(test.send()).to.deep.equal([]);
  });

  it('unsubscribes what is released while its SUBSCRIBE is pending, after the SUBACK', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    test.release('a');
    expect(test.send()).to.deep.equal([]);
    test.answer(1);
    expect(test.send()).to.deep.equal(['-a']);
  });

  it('subscribes what is wanted again while its UNSUBSCRIBE is pending, after the UNSUBACK', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.release('a');
    test.send();
    test.want('a');
    expect(test.send()).to.deep.equal([]);
    test.answer(0);
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('ignores a release too many, and of what nobody wanted', () => {
    const test = new TestSubscriptions();
    test.release('a');
    test.want('b');
    test.release('b');
    test.release('b');
    expect(test.send()).to.deep.equal([]);
    test.want('b');
    expect(test.send()).to.deep.equal(['+b']);
  });

  it('says whether there may be something to ask, and how much waits for an answer', () => {
    const test = new TestSubscriptions();
    const { subscriptions } = test;
    expect([subscriptions.hasChanges, subscriptions.requests, subscriptions.oldestRequest]).to.deep.equal([
      false,
      0,
      undefined,
    ]);
    test.want('a');
    expect(subscriptions.hasChanges).to.equal(true);
    test.send();
    expect([subscriptions.hasChanges, subscriptions.requests, subscriptions.oldestRequest]).to.deep.equal([
      false,
      1,
      1,
    ]);
    test.answer(1);
    expect([subscriptions.requests, subscriptions.oldestRequest]).to.deep.equal([0, undefined]);
  });

  it('waits when all identifiers are in use, and asks when one is free', () => {
    const test = new TestSubscriptions();
    while (test.ids.take() > 0);
    test.want('a');
    expect(test.send()).to.deep.equal([]);
    expect(test.subscriptions).to.include({ hasChanges: true, requests: 0 });
    test.ids.release(7);
    expect(test.send()).to.deep.equal(['+a']);
    expect(test.subscriptions.oldestRequest).to.equal(7);
  });
});

describe('subscriptions: options (A second consumer’s options ignored)', () => {
  const qos = (level: 0 | 1 | 2) => ({ qos: level });

  it('asks again for a higher QoS, never for a lower one [MQTT-3.8.4-3]', () => {
    const test = new TestSubscriptions();
    test.hold({ filter: 'a', ...qos(1) });
    test.want({ filter: 'a', ...qos(0) });
    expect(test.send()).to.deep.equal([]);
    test.want({ filter: 'a', ...qos(2) });
    expect(test.send()).to.deep.equal(['+a(2)']);
    test.answer(2);
    test.release('a');
    expect(test.send()).to.deep.equal([]);
  });

  it('keeps the higher QoS when the one that wanted it is gone, also for a session that is new', () => {
    const test = new TestSubscriptions();
    test.hold({ filter: 'a', ...qos(0) });
    test.want({ filter: 'a', ...qos(2) });
    test.send();
    test.answer(2);
    test.release('a');
    expect(test.send()).to.deep.equal([]);
    test.reconnect('absent');
    expect(test.send()).to.deep.equal(['+a(2)']);
    test.release('a');
    test.want({ filter: 'a', ...qos(0) });
    test.answer(2);
    expect(test.send()).to.deep.equal(['+a(0)']);
  });

  it('asks for the higher QoS after the SUBACK, when the lower one is still pending', () => {
    const test = new TestSubscriptions();
    test.want({ filter: 'a', ...qos(0) });
    test.send();
    test.want({ filter: 'a', ...qos(1) });
    expect(test.send()).to.deep.equal([]);
    test.answer(0);
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('is content with a QoS that the broker grants below the one asked for [MQTT-3.8.4-7]', () => {
    const test = new TestSubscriptions();
    test.want({ filter: 'a', ...qos(2) });
    test.send();
    test.answer(0);
    expect(test.send()).to.deep.equal([]);
  });

  for (const option of ['noLocal', 'retainAsPublished'] as const) {
    it(`cannot merge ${option}: SUBSCRIPTION_CONFLICT, and the first consumer keeps the filter`, () => {
      const test = new TestSubscriptions();
      test.hold({ filter: 'a', qos: 1, [option]: true });
      const error = throws(() => test.want('a'), 'SUBSCRIPTION_CONFLICT', { subject: 'a' });
      expect(error.message).to.contain(`${option}: true`).and.to.contain(`${option}: false`);
      expect(test.send()).to.deep.equal([]);
      test.release('a');
      expect(test.send()).to.deep.equal(['-a']);
    });

    it(`cannot merge ${option} the other way round either`, () => {
      const test = new TestSubscriptions();
      test.want('a');
      const error = throws(() => test.want({ filter: 'a', qos: 1, [option]: true }), 'SUBSCRIPTION_CONFLICT');
      expect(error.message).to.contain(`is subscribed with ${option}: false`);
    });

    it(`takes another ${option} when the others are gone`, () => {
      const test = new TestSubscriptions();
      test.hold('a');
      test.release('a');
      test.want({ filter: 'a', qos: 1, [option]: true });
      expect(test.send()).to.deep.equal(['+a']);
    });

    it(`knows that ${option}: false is the same as none`, () => {
      const test = new TestSubscriptions();
      test.hold('a');
      test.want({ filter: 'a', qos: 1, [option]: false });
      expect(test.send()).to.deep.equal([]);
    });
  }
});

describe('subscriptions: packet identifiers', () => {
  it('come from those of the messages, and are free again with the answer and at the end of the connection', () => {
    const ids = new PacketIds();
    const subscriptions = subscriptionsWith(ids);
    ids.take();
    const request: SubscriptionRequest = { filter: 'a', qos: 1 };
    subscriptions.want(request);
    expect(subscriptions.start({ kind: 'subscribe', requests: [request] })).to.equal(2);
    expect(ids.inUse).to.equal(2);
    subscriptions.end();
    expect(ids.inUse).to.equal(1);
  });
});
