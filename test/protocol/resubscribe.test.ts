import { expect } from 'chai';
import { type Resubscribe, TestSubscriptions } from './support.js';

describe('subscriptions after a reconnect', () => {
  const rows: [Resubscribe, 'present' | 'absent', string[]][] = [
    ['ifSessionLost', 'present', []],
    ['ifSessionLost', 'absent', ['+a +b(2)']],
    ['always', 'present', ['+a +b(2)']],
    ['always', 'absent', ['+a +b(2)']],
    ['never', 'present', []],
    ['never', 'absent', []],
  ];
  for (const [policy, session, expected] of rows) {
    it(`resubscribe: ${policy}, the session is ${session}`, () => {
      const test = new TestSubscriptions(policy);
      test.hold('a', { filter: 'b', qos: 2 });
      test.reconnect(session);
      expect(test.send()).to.deep.equal(expected);
    });

    it(`subscribes what was new meanwhile, with resubscribe: ${policy} and the session ${session}`, () => {
      const test = new TestSubscriptions(policy);
      test.subscriptions.end();
      test.want('new');
      test.reconnect(session);
      expect(test.send()).to.deep.equal(['+new']);
    });

    it(`asks again for what was never answered, with resubscribe: ${policy} and the session ${session}`, () => {
      const test = new TestSubscriptions(policy);
      test.want('a');
      test.send();
      test.reconnect(session);
      expect(test.send()).to.deep.equal(['+a']);
      expect(test.ids.inUse).to.equal(1);
    });
  }

  describe('filters of QoS 0, which brokers drop from a session that they call present (RabbitMQ)', () => {
    const held = (policy: Resubscribe, granted: number) => {
      const test = new TestSubscriptions(policy);
      test.want('a', { filter: 'b', qos: 0 }, { filter: 'c', qos: 0, retainHandling: 1 }, 'd');
      test.send();
      test.answer(1, 0, 0, granted);
      test.reconnect('present');
      return test;
    };

    it('are asked for again, in one SUBSCRIBE that brings no retained messages', () => {
      const test = held('ifSessionLost', 1);
      expect(test.send()).to.deep.equal(['+b(0) quiet +c(0) quiet']);
      expect(test.subscriptions.grantOf('b')).to.equal(undefined);
      expect(test.subscriptions.grantOf('a')).to.include({ reasonCode: 1 });
      test.answer(0, 0);
      expect(test.send()).to.deep.equal([]);
      expect(test.subscriptions.grantOf('b')).to.include({ reasonCode: 0 });
    });

    it('are those that the broker lowered to QoS 0, too', () => {
      expect(held('ifSessionLost', 0).send()).to.deep.equal(['+b(0) quiet +c(0) quiet +d quiet']);
    });

    it('are asked for as all others with resubscribe: always, and never with never', () => {
      expect(held('always', 1).send()).to.deep.equal(['+a +b(0) +c(0) +d']);
      expect(held('never', 1).send()).to.deep.equal([]);
    });

    it('are asked for once more when that SUBSCRIBE is lost, and not when nobody wants them any more', () => {
      const test = held('ifSessionLost', 1);
      test.send();
      test.release('c');
      test.reconnect('present');
      expect(test.send()).to.deep.equal(['-c', '+b(0) quiet']);
    });
  });

  it('asks with all options again (Resubscribing without the options)', () => {
    const test = new TestSubscriptions();
    const request = { filter: 'a', qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 1 } as const;
    test.hold(request);
    test.reconnect('absent');
    expect(test.subscriptions.takeChanges()).to.deep.include({ subscribe: [request], unsubscribe: [] });
  });

  it('ends in a session that is present what was released meanwhile', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.subscriptions.end();
    test.release('a');
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['-a']);
  });

  it('ends it with resubscribe: always too', () => {
    const test = new TestSubscriptions('always');
    test.hold('a');
    test.release('a');
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['-a']);
  });

  it('has nothing to end in a session that is gone', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.release('a');
    test.reconnect('absent');
    expect(test.send()).to.deep.equal([]);
  });

  it('unsubscribes again what was not answered, while the session is present', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.release('a');
    expect(test.send()).to.deep.equal(['-a']);
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['-a']);
  });

  it('unsubscribes what the broker may hold: its SUBSCRIBE was cut off, and nobody wants it any more', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    test.subscriptions.end();
    test.release('a');
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['-a']);
    test.answer(0x11);
    expect(test.send()).to.deep.equal([]);
  });

  it('forgets what the broker may have held, when the session is gone', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    test.release('a');
    test.reconnect('absent');
    expect(test.send()).to.deep.equal([]);
  });

  it('asks again for the higher QoS whose SUBSCRIBE was cut off', () => {
    const test = new TestSubscriptions();
    test.hold({ filter: 'a', qos: 0 });
    test.want('a');
    test.send();
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('ignores an answer to a request of the connection before (late UNSUBACK ignored)', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.release('a');
    test.send();
    test.reconnect('present');
    expect(test.subscriptions.unsuback({ cmd: 'unsuback', packetId: 2, reasonCodes: [0] })).to.equal(undefined);
    expect(test.send()).to.deep.equal(['-a']);
  });
});
