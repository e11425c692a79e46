import { expect } from 'chai';
import { PickyBroker, why } from './hang-ups.js';

const names = (n: number, of = 'good') => Array.from({ length: n }, (_, i) => `${of}/${i}`);

describe('a filter at which connections end', () => {
  for (const session of ['present', 'absent'] as const) {
    describe(`session ${session}`, () => {
      it('is isolated after maxDeliveries, then its stream errors; nothing else is starved [S93] [S94]', () => {
        const broker = new PickyBroker(session, ['subscribe bad']);
        broker.want(...names(30), 'bad', ...names(30, 'fine'));
        broker.test.enqueue(names(20, 'm').join(' '));
        broker.run();
        expect(broker.given).to.deep.equal(['bad SUBSCRIBE_REFUSED']);
        expect(broker.errors[0]).to.include({ reasonCode: 0x83, reasonString: 'no', subject: 'bad', cause: why });
        expect(broker.errors[0]!.message).to.match(/^at least 4 connections ended at the SUBSCRIBE of 'bad', .* alone/);
        expect(broker.connections).to.equal(5);
        expect([...broker.held].sort()).to.deep.equal([...names(30), ...names(30, 'fine')].sort());
        expect(broker.delivered.size).to.equal(20);
        expect(broker.test.settled.filter(each => each.includes('_'))).to.deep.equal([]);
        expect(broker.test.session.snapshot()).to.include({ inFlight: 0, queued: 0, packetIdsInUse: 0, requests: 0 });
      });

      it('is found though the answers to all before it are lost with each connection [S94]', () => {
        const broker = new PickyBroker(session, ['subscribe bad']);
        broker.want(...names(3), 'bad', 'last');
        broker.test.enqueue(names(20, 'm').join(' '));
        broker.run(Infinity);
        expect(broker.given).to.deep.equal(['bad SUBSCRIBE_REFUSED']);
        expect([...broker.held].sort()).to.deep.equal([...names(3), 'last'].sort());
        expect(broker.test.settled.filter(each => each.includes('_'))).to.deep.equal([]);
      });

      it('is found in a stream of messages whose answers are lost with each connection [S94]', () => {
        const broker = new PickyBroker(session, ['subscribe bad']);
        broker.want('a', 'bad');
        broker.backlog = 200;
        broker.slow = true;
        broker.run(Infinity);
        expect(broker.given).to.deep.equal(['bad SUBSCRIBE_REFUSED']);
        expect(broker.connections).to.be.at.most(8);
        expect(broker.delivered.size).to.equal(200);
        expect(broker.test.settled.filter(each => each.includes('_'))).to.deep.equal([]);
      });

      it('lets the messages that wait for it go on when it is answered [S94]', () => {
        const broker = new PickyBroker(session, ['subscribe bad']);
        const { subscriptions, test } = broker;
        broker.want('bad');
        for (let i = 0; i < 2; i++) broker.connection();
        broker.taboos.clear();
        broker.begin();
        broker.send();
        expect(test.session.isolation.holdsMessages).to.equal(true);
        broker.answer();
        expect(test.session.isolation.holdsMessages).to.equal(false);
        expect(subscriptions.isComplete).to.equal(false);
        broker.send();
        expect(subscriptions.isComplete).to.equal(true);
      });

      it('and a message at which they end are both given up, and nothing else [S93]', () => {
        for (const swallow of [0, Infinity]) {
          const broker = new PickyBroker(session, ['subscribe bad', 'publish worse']);
          broker.want('a', 'bad', 'b');
          broker.test.enqueue('m worse n');
          broker.run(swallow);
          expect(broker.given, `swallow ${swallow}`).to.deep.equal(['bad SUBSCRIBE_REFUSED']);
          expect(broker.test.settled).to.include('worse DELIVERY_GIVEN_UP').and.to.have.length(3);
          expect([...broker.delivered].sort()).to.deep.equal(['m', 'n']);
          expect([...broker.held].sort()).to.deep.equal(['a', 'b']);
        }
      });

      it('is asked for for ever with maxDeliveries Infinity [S93]', () => {
        const broker = new PickyBroker(session, ['subscribe bad'], Infinity);
        broker.want('bad');
        expect(() => broker.run()).to.throw('no connection holds');
        expect(broker.given).to.deep.equal([]);
      });

      it('is isolated at once with maxDeliveries 1; of several in one SUBSCRIBE each is tried for itself [S94]', () => {
        const broker = new PickyBroker(session, ['subscribe bad'], 1);
        broker.want('a', 'bad', 'b');
        broker.run();
        expect(broker.given).to.deep.equal(['bad SUBSCRIBE_REFUSED']);
        expect(broker.connections).to.equal(4);
        expect([...broker.held].sort()).to.deep.equal(['a', 'b']);
      });

      it('is not unsubscribed when it is given up, and can be subscribed anew [S95]', () => {
        const broker = new PickyBroker(session, ['subscribe bad', 'unsubscribe bad']);
        broker.want('bad');
        broker.run();
        expect(broker.given).to.deep.equal(['bad SUBSCRIBE_REFUSED']);
        expect(broker.packets).to.deep.equal([]);
        broker.taboos.clear();
        broker.want('bad');
        broker.send();
        expect(broker.packets).to.deep.equal(['+bad']);
      });

      it('keeps its count when a second stream joins, and when its own leaves [S95]', () => {
        const broker = new PickyBroker(session, ['subscribe bad']);
        broker.want('bad');
        for (let i = 0; i < 4; i++) {
          expect(broker.connection()).to.equal(false);
          broker.want('bad');
          broker.release('bad');
        }
        expect(broker.given).to.deep.equal(['bad SUBSCRIBE_REFUSED']);
      });

      it('that is wanted again by who is told begins anew [S95]', () => {
        const broker = new PickyBroker(session, ['subscribe bad']);
        broker.onGivenUp = () => {
          broker.release('bad');
          if (broker.given.length < 2) broker.want('bad');
        };
        broker.want('bad', 'a');
        broker.run();
        expect(broker.given.length).to.equal(2);
        expect(broker.connections).to.equal(9);
        expect([...broker.held]).to.deep.equal(['a']);
      });

      it('is not blamed for an end of ours, nor for one 10 s after it was asked for [S96]', () => {
        const broker = new PickyBroker(session, []);
        broker.want('slow');
        for (let i = 0; i < 20; i++) {
          broker.begin();
          broker.send();
          if (i % 2 === 0) broker.test.cut();
          else {
            broker.test.now += 10_001;
            broker.hangUp();
          }
        }
        expect(broker.given).to.deep.equal([]);
        expect(broker.connection()).to.equal(true);
        expect(broker.connections).to.equal(21);
        expect([...broker.held]).to.deep.equal(['slow']);
      });
    });
  }

  it('is blamed, and not the messages behind it: of each connection what went out first [S93]', () => {
    const broker = new PickyBroker('present', ['subscribe bad']);
    const messages = broker.test.enqueue('m n');
    broker.want('bad');
    expect(broker.connection()).to.equal(false);
    expect(broker.packets).to.deep.equal(['+bad', 'm', 'n']);
    broker.begin();
    expect(messages.map(({ hangUps }) => hangUps)).to.deep.equal([0, 0]);
  });

  it('is not blamed where a message went out before it [S93]', () => {
    const broker = new PickyBroker('present', [], 1);
    const [first] = broker.test.enqueue('m');
    broker.begin();
    broker.send();
    broker.want('a');
    broker.send();
    expect(broker.packets).to.deep.equal(['m', '+a']);
    broker.hangUp();
    broker.begin();
    broker.send();
    expect(first).to.include({ hangUps: 1, isolated: true });
    expect(broker.packets).to.deep.equal(['+a']);
  });

  it('is asked for alone: meanwhile nothing else goes out [S94]', () => {
    const broker = new PickyBroker('present', ['subscribe bad'], 1);
    broker.want('bad');
    expect(broker.connection()).to.equal(false);
    broker.begin();
    broker.send();
    expect(broker.packets).to.deep.equal([]);
    broker.test.now += 1_000;
    broker.send();
    expect(broker.packets).to.deep.equal(['+bad']);
    broker.want('a');
    broker.remove('b');
    broker.test.enqueue('m');
    broker.send();
    expect(broker.packets, 'during the trial').to.deep.equal(['+bad']);
    broker.test.now += 1_000;
    broker.send();
    expect(broker.packets, 'no answer came').to.deep.equal(['+bad', '-b', '+a', 'm']);
    broker.taboos.clear();
    expect(broker.answer()).to.equal(true);
    expect(broker.test.session.isolation.isActive).to.equal(false);
    expect(broker.given).to.deep.equal([]);
  });

  it('waits until what is outstanding has its answer, and messages wait for suspects [S94]', () => {
    const broker = new PickyBroker('absent', ['subscribe bad']);
    broker.want('a', 'bad', 'b');
    broker.test.enqueue('m');
    broker.connection();
    broker.connection();
    broker.begin();
    const steps: string[][] = [];
    do {
      broker.packets = [];
      broker.send();
      steps.push(broker.packets);
    } while (broker.answer());
    broker.hangUp();
    expect(steps).to.deep.equal([['+a'], ['+bad']]);
    broker.begin();
    broker.send();
    expect(broker.answer()).to.equal(true);
    broker.send();
    expect(broker.packets).to.deep.equal(['+a', '+b']);
  });

  it('holds messages back no longer than 10 s where the broker does not answer [S94]', () => {
    const broker = new PickyBroker('absent', ['subscribe bad'], 2);
    broker.want('bad');
    broker.test.enqueue('m');
    broker.connection();
    broker.begin();
    broker.send();
    expect(broker.packets).to.deep.equal(['+bad']);
    broker.test.now += 10_000;
    broker.send();
    expect(broker.packets).to.deep.equal(['+bad', 'm']);
  });

  it('that nobody wants any more holds nothing up [S95]', () => {
    for (const session of ['present', 'absent'] as const) {
      const broker = new PickyBroker(session, ['subscribe bad'], 1);
      broker.want('bad', 'a');
      broker.connection();
      broker.connection();
      broker.release('bad');
      broker.test.enqueue('m');
      broker.run();
      expect([...broker.delivered]).to.deep.equal(['m']);
      expect([...broker.held]).to.deep.equal(['a']);
      expect(broker.test.session.isolation.isActive).to.equal(false);
    }
  });

  it('that these limits rule out is not tried [S95]', () => {
    const broker = new PickyBroker('present', ['subscribe bad'], 1);
    broker.want('bad');
    broker.connection();
    broker.begin();
    broker.test.now += 1_000;
    expect(broker.subscriptions.takeChanges().subscribe.map(({ filter }) => filter)).to.deep.equal(['bad']);
    broker.subscriptions.refuse('bad');
    expect(broker.test.session.isolation.isActive).to.equal(false);
  });
});

describe('an UNSUBSCRIBE at which connections end', () => {
  it('of a filter that no stream holds is given up; what is to be unsubscribed beside it is [S97]', () => {
    const broker = new PickyBroker('present', ['unsubscribe bad']);
    broker.want('a', 'bad', 'b');
    broker.run();
    broker.connection();
    for (const filter of ['a', 'bad', 'b']) broker.release(filter);
    broker.test.enqueue('m');
    broker.run();
    expect(broker.given).to.deep.equal(['bad UNSUBSCRIBE_REFUSED']);
    expect([...broker.held]).to.deep.equal(['bad']);
    expect([...broker.delivered]).to.deep.equal(['m']);
    expect(broker.connection(), 'it is not sent again').to.equal(true);
    expect(broker.packets).to.deep.equal([]);
  });

  it('of unsubscribe() is given up, and its caller told; other calls go on [S97]', () => {
    for (const session of ['present', 'absent'] as const) {
      const broker = new PickyBroker(session, ['unsubscribe bad']);
      broker.remove('a');
      broker.remove('b', 'bad');
      broker.remove('c');
      broker.want('d');
      broker.run();
      expect(broker.removed).to.deep.equal(['a done', 'c done', 'b,bad UNSUBSCRIBE_REFUSED']);
      expect(broker.errors[0]).to.include({ reasonCode: 0x83, cause: why, subject: 'b' });
      expect(broker.errors[0]!.message).to.include("the UNSUBSCRIBE of 'b', 'bad'");
      expect(broker.connections).to.equal(5);
      expect([...broker.held]).to.deep.equal(['d']);
    }
  });

  it('for which nobody waits any more holds nothing up, whether it was accused or isolated [S97]', () => {
    for (const connections of [1, 2, 3]) {
      const broker = new PickyBroker('present', ['unsubscribe bad'], 2);
      const removal = broker.remove('bad');
      for (let i = 0; i < connections; i++) broker.connection();
      broker.subscriptions.cancelUnsubscribe(removal);
      broker.test.enqueue('m');
      expect(broker.connection()).to.equal(true);
      expect([...broker.delivered]).to.deep.equal(['m']);
      expect(broker.test.session.isolation.isActive).to.equal(false);
    }
  });
});

describe('the server goes away', () => {
  it('an end that is followed by an outage counts half: restarts isolate nothing so soon [S98]', () => {
    const broker = new PickyBroker('present', []);
    const [message] = broker.test.enqueue('m');
    const restart = () => {
      broker.begin();
      broker.send();
      broker.hangUp();
      broker.test.session.isolation.markUnreachable();
      broker.test.session.isolation.markUnreachable();
    };
    for (let i = 0; i < 5; i++) restart();
    broker.begin();
    expect(message).to.include({ hangUps: 2.5, isolated: false });
    expect(broker.test.session.isolation.isActive).to.equal(false);
  });

  it('an item that stops the server each time is given up all the same [S98]', () => {
    for (const taboo of ['publish bad', 'subscribe bad'] as const) {
      const broker = new PickyBroker('present', [taboo]);
      if (taboo === 'publish bad') broker.test.enqueue('bad');
      else broker.want('bad');
      broker.want('a');
      while (!broker.connection()) {
        broker.test.session.isolation.markUnreachable();
        expect(broker.connections).to.be.below(20);
      }
      expect([...broker.given, ...broker.test.settled]).to.have.length(1);
      expect([...broker.held]).to.deep.equal(['a']);
      expect(broker.connections).to.equal(8);
    }
  });
});
