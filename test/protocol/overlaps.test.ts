import { expect } from 'chai';
import { requestSize, subscribeSize } from '../../src/protocol/packet-size.js';
import { requestFits } from '../../src/protocol/subscriptions/request-fits.js';
import { SubscriptionIds } from '../../src/protocol/subscriptions/subscription-ids.js';
import { TestSession, TestSubscriptions, limits } from './support.js';

const withIdentifiers = () => new TestSubscriptions('ifSessionLost', true);

describe('subscriptions whose filters overlap (3.8.2.1.2)', () => {
  it('get different identifiers, each SUBSCRIBE one; the others go without', () => {
    const test = withIdentifiers();
    test.want('x', 'a/#', 'y', 'a/b', '$share/g/a/b');
    expect(test.send()).to.deep.equal(['+x +y', '#1 +a/#', '#2 +a/b', '#3 +$share/g/a/b']);
  });

  it('share an identifier and a packet with those of the same form, which they never overlap', () => {
    const test = withIdentifiers();
    test.want('a/1', 'b/#', 'a/2', 'a/#', 'b/1', 'b/2');
    expect(test.send()).to.deep.equal(['#1 +a/1 +a/2 +b/1 +b/2', '#2 +b/# +a/#']);
  });

  it('have none from a broker without them', () => {
    const test = new TestSubscriptions();
    test.want('a/#', 'a/b');
    expect(test.send()).to.deep.equal(['+a/# +a/b']);
  });

  it('one that is held already gets its identifier first, and no retained message again', () => {
    const test = withIdentifiers();
    test.hold('a/b', 'z');
    test.want('a/+');
    expect(test.send()).to.deep.equal(['#2 +a/b quiet', '#1 +a/+']);
    test.answer(1);
    test.answer(1);
    expect(test.send()).to.deep.equal([]);
  });

  it('even while its SUBSCRIBE is not answered yet, in whatever order the answers come', () => {
    for (const swapped of [false, true]) {
      const test = withIdentifiers();
      test.want('a/b');
      expect(test.send()).to.deep.equal(['+a/b']);
      test.want('a/+');
      expect(test.send()).to.deep.equal(['#2 +a/b quiet', '#1 +a/+']);
      if (swapped) test.swapAnswers();
      for (const granted of [1, 1, 1]) test.answer(granted);
      expect(test.send()).to.deep.equal([]);
      expect(test.ids.inUse).to.equal(0);
      test.release('a/b');
      expect(test.send()).to.deep.equal(['-a/b']);
    }
  });

  it('all that are held get theirs before the one that overlaps them, where it takes several packets too', () => {
    const test = withIdentifiers();
    test.hold('a/b', '+/c');
    test.want('a/#');
    expect(test.send()).to.deep.equal(['#2 +a/b quiet', '#3 ++/c quiet', '#1 +a/#']);

    test.want('+/b');
    const { subscriptions } = test;
    expect(subscriptions.takeChanges(() => false).subscribe).to.deep.equal([]);
    expect(test.send()).to.deep.equal(['#3 ++/b']);
  });

  it('one that is wanted with a higher QoS too is asked for as it is wanted', () => {
    const test = withIdentifiers();
    test.hold('a/b');
    test.want('a/+', { filter: 'a/b', qos: 2 });
    expect(test.send()).to.deep.equal(['#2 +a/b(2)', '#1 +a/+']);
  });

  it('one that is given up needs none, and neither does what comes after it', () => {
    const test = withIdentifiers();
    test.hold('a/b');
    test.release('a/b');
    test.want('a/+');
    expect(test.send()).to.deep.equal(['-a/b', '+a/+']);
    test.want('a/b');
    expect(test.send()).to.deep.equal(['#2 +a/+ quiet']);
    test.answer(0);
    expect(test.send()).to.deep.equal(['#1 +a/b']);
  });

  it('one that stays keeps its identifier; that of one that is gone is not given again', () => {
    const test = withIdentifiers();
    test.hold('a/#');
    test.want('a/b');
    test.send();
    test.answer(1);
    test.answer(1);
    test.release('a/b');
    expect(test.send()).to.deep.equal(['-a/b']);
    test.answer(0);
    expect(test.send()).to.deep.equal([]);
    test.want('a/c');
    expect(test.send()).to.deep.equal(['#3 +a/c']);
  });

  it('one that is wanted again while it is being unsubscribed comes back with its identifier', () => {
    const test = withIdentifiers();
    test.want('a/#', 'a/b');
    test.send();
    test.answer(1);
    test.answer(1);
    test.release('a/b');
    test.send();
    test.want('a/b', '+/b');
    expect(test.send()).to.deep.equal(['#3 ++/b']);
    test.answer(0);
    expect(test.send()).to.deep.equal(['#2 +a/b']);
  });

  it('a broker that refuses the identifier refuses the filter; what it held may be there still', () => {
    const test = withIdentifiers();
    test.hold('a/b');
    test.want('a/+');
    test.send();
    expect(test.answer(0x80)).to.deep.include({ filters: ['a/b'], reasonCodes: [0x80] });
    test.answer(1);
    expect(test.send()).to.deep.equal([]);
    test.release('a/b');
    expect(test.send()).to.deep.equal(['-a/b']);
  });

  it('the refusal of a SUBSCRIBE that was overtaken leaves the later one to be answered', () => {
    const test = withIdentifiers();
    test.want('a/b');
    test.send();
    test.want('a/+');
    test.send();
    test.answer(0x87);
    test.release('a/b'); // its streams have errored
    expect(test.send()).to.deep.equal([]);
    test.answer(1);
    expect(test.send()).to.deep.equal(['-a/b']);
  });

  it('waits its turn when no packet identifier is free', () => {
    const test = withIdentifiers();
    test.hold('a/b');
    while (test.ids.take() > 0);
    test.want('a/+');
    expect(test.send()).to.deep.equal([]);
    test.ids.release(7);
    expect(test.send()).to.deep.equal(['#2 +a/b quiet']);
    test.ids.release(8);
    expect(test.send()).to.deep.equal(['#1 +a/+']);
  });
});

describe('subscriptions whose filters overlap, after a reconnect', () => {
  const held = (resubscribe?: 'always' | 'never') => {
    const test = new TestSubscriptions(resubscribe, true);
    test.hold('x');
    test.want('a/#', 'a/b');
    test.send();
    test.answer(1);
    test.answer(1);
    test.send();
    return test;
  };

  it('a session that is there has them with their identifiers', () => {
    const test = held();
    test.reconnect('present');
    test.want('a/+');
    expect(test.send()).to.deep.equal(['#3 +a/+']);
  });

  it('a session that is lost has them subscribed anew, in the order in which they were first wanted', () => {
    const test = held();
    test.release('a/b');
    test.want('+/x', 'y/x');
    test.reconnect('absent');
    expect(test.send()).to.deep.equal(['+x', '#3 +a/#', '#4 ++/x', '#5 +y/x']);
  });

  it('resubscribe: always asks for them with the same identifiers', () => {
    const test = held('always');
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['+x', '#1 +a/#', '#2 +a/b']);
  });

  it('resubscribe: never asks for none, and takes what is lost for no overlap until a stream asks again', () => {
    const test = held('never');
    test.reconnect('absent');
    test.want('a/+');
    expect(test.send()).to.deep.equal(['+a/+']);
    test.want('a/b');
    expect(test.send()).to.deep.equal(['#4 +a/+ quiet', '#3 +a/b']);
    test.release('a/#');
    expect(test.send()).to.deep.equal([]);
  });

  it('one that was cut off while it got its identifier gets it now, and its retained messages stay where they are', () => {
    const test = withIdentifiers();
    test.hold('a/b');
    test.want('a/+');
    test.send();
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['#2 +a/b quiet', '#1 +a/+']);
  });

  it('a broker that has none is not told any; one that has them again is', () => {
    const test = held();
    test.identifiers = false;
    test.reconnect('present');
    expect(test.send()).to.deep.equal([]);
    test.identifiers = true;
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['#3 +a/# quiet', '#4 +a/b quiet']);
  });
});

describe('subscription identifiers', () => {
  it('begin at random, and go from 1 to 268,435,455', () => {
    const first = (random: number) => new SubscriptionIds(() => random).take('a');
    expect([0, 0.5, 1 - 2 ** -53, 1].map(first)).to.deep.equal([1, 134_217_728, 268_435_455, 1]);
  });

  it('go round, and know those that were given', () => {
    const ids = new SubscriptionIds(() => 1 - 2 ** -53);
    expect([ids.hasAssigned(268_435_455), ids.hasAssigned(1)]).to.deep.equal([false, false]);
    const one = ids.take('a');
    const two = ids.take('b');
    expect([one, two, ids.take('b')]).to.deep.equal([268_435_455, 1, 1]);
    expect([ids.hasAssigned(268_435_455), ids.hasAssigned(1), ids.hasAssigned(2)]).to.deep.equal([true, true, false]);
    for (const id of [one, two, two]) ids.release(id);
    expect([ids.isUsed, ids.hasAssigned(one)]).to.deep.equal([false, true]);
  });

  it('count as bytes of the SUBSCRIBE', () => {
    const room = (maximumPacketSize: number, identifier: number | undefined) => {
      const fits = requestFits(limits({ maximumPacketSize }), Infinity, 8);
      return ['a/b', 'c/d'].filter(filter => fits('subscribe', { filter }, identifier)).length;
    };
    const size = subscribeSize(2 * requestSize('a/b'), 5);
    expect(room(size, undefined)).to.equal(2);
    expect([1, 2, 3].map(more => room(size + more, 128))).to.deep.equal([1, 1, 2]);
  });

  it('are not used for a filter that the broker could not be told with one', () => {
    const test = new TestSession();
    const maximumPacketSize = subscribeSize(requestSize('long/filter'), 5);
    test.connect('absent', { maximumPacketSize });
    for (const filter of ['long/filter', 'long/+']) test.session.subscriptions.want({ filter, qos: 1 });
    expect(test.session.subscriptions.takeChanges()).to.deep.include({ identifier: undefined });
    expect(test.session.subscriptions.takeChanges()).to.deep.include({ identifier: 1 });
  });
});
