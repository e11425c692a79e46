import { expect } from 'chai';
import { TestSubscriptions, throws } from './support.js';

describe('subscriptions: answers', () => {
  it('takes a refusal for its own filter alone (One refused filter failing or forgetting the good ones)', () => {
    const test = new TestSubscriptions();
    test.want('a', 'b', 'c');
    test.send();
    expect(test.answer(1, 0x87, 2)).to.deep.equal({ filters: ['a', 'b', 'c'], reasonCodes: [1, 0x87, 2] });
    expect(test.send()).to.deep.equal([]);
    test.reconnect('absent');
    expect(test.send()).to.deep.equal(['+a +b +c']);
  });

  it('does not take a refused filter for subscribed (A refused SUBACK reported as success)', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    test.answer(0x80);
    test.release('a');
    expect(test.send()).to.deep.equal([]);
  });

  it('does not ask for a refused filter again by itself, but when it is wanted again', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    test.answer(0x97);
    expect(test.send()).to.deep.equal([]);
    test.release('a');
    test.want('a');
    expect(test.send()).to.deep.equal(['+a']);
    test.answer(0x97);
    test.want('a');
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('asks for a refused filter again on the next connection', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    test.answer(0x97);
    test.reconnect('present');
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('ends an older subscription whose upgrade was refused, when nobody wants it any more', () => {
    const test = new TestSubscriptions();
    test.hold({ filter: 'a', qos: 0 });
    test.want('a');
    expect(test.send()).to.deep.equal(['+a']);
    test.answer(0x97);
    expect(test.send()).to.deep.equal([]);
    test.release('a');
    test.release('a');
    expect(test.send()).to.deep.equal(['-a']);
  });

  it('does not trust an older subscription whose upgrade was refused, when it is wanted again', () => {
    const test = new TestSubscriptions();
    test.hold({ filter: 'a', qos: 0 });
    test.want('a');
    test.send();
    test.answer(0x97);
    test.release('a');
    test.release('a');
    test.want({ filter: 'a', qos: 0 });
    expect(test.send()).to.deep.equal(['+a(0)']);
  });

  it('ends it also when all left before the refusal came', () => {
    const test = new TestSubscriptions();
    test.hold({ filter: 'a', qos: 0 });
    test.want('a');
    test.send();
    test.release('a');
    test.release('a');
    test.answer(0x97);
    expect(test.send()).to.deep.equal(['-a']);
  });

  it('forgets a filter that was refused after all had left', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    test.release('a');
    test.answer(0x97);
    expect(test.send()).to.deep.equal([]);
    test.reconnect('present');
    expect(test.subscriptions.hasChanges).to.equal(false); // every filter that is known is looked at then
  });

  it('does not ask for what the broker’s limits rule out, until it is wanted again', () => {
    const test = new TestSubscriptions();
    test.want('#');
    test.subscriptions.takeChanges();
    test.subscriptions.refuse('#');
    test.subscriptions.refuse('unknown');
    expect(test.send()).to.deep.equal([]);
    test.want('#');
    expect(test.send()).to.deep.equal(['+#']);
  });

  it('keeps what an UNSUBACK refuses to end, and does not insist', () => {
    const test = new TestSubscriptions();
    test.hold('a', 'b');
    test.release('a');
    test.release('b');
    test.send();
    expect(test.answer(0x80, 0x11)).to.deep.equal({ filters: ['a', 'b'], reasonCodes: [0x80, 0x11] });
    expect(test.send()).to.deep.equal([]);
    test.want('a', 'b');
    expect(test.send()).to.deep.equal(['+b']); // a is held still
  });

  it('asks for what is wanted with other options, though the UNSUBSCRIBE before was refused', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.release('a');
    test.send();
    test.want({ filter: 'a', qos: 1, noLocal: true });
    test.answer(0x80);
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('takes an UNSUBACK of 3.x, which has no codes, for success', () => {
    const test = new TestSubscriptions();
    test.hold('a', 'b');
    test.release('a');
    test.release('b');
    test.send();
    expect(test.answer()).to.deep.equal({ filters: ['a', 'b'], reasonCodes: [] });
    test.want('a');
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('ends the connection when the number of codes is wrong [MQTT-3.8.4-6] [MQTT3-3.8.4-5]', () => {
    const test = new TestSubscriptions();
    test.want('a', 'b');
    test.send();
    for (const codes of [[], [1], [1, 1, 1]])
      throws(() => test.answer(...codes), 'PROTOCOL_ERROR', { reasonCode: 0x82 });
    expect(test.subscriptions.requests).to.equal(1);
    test.answer(1, 1);
    test.release('a');
    test.release('b');
    test.send();
    throws(() => test.answer(0), 'PROTOCOL_ERROR', { reasonCode: 0x82, phase: 'mqtt', retryable: true });
  });

  it('ignores answers that nothing waits for: unknown, late, or of the other kind [MQTT-2.2.1-6] [MQTT3-2.3.1-7]', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.send();
    const { subscriptions } = test;
    expect(subscriptions.suback({ cmd: 'suback', packetId: 9, reasonCodes: [1] })).to.equal(undefined);
    expect(subscriptions.unsuback({ cmd: 'unsuback', packetId: 1, reasonCodes: [0] })).to.equal(undefined);
    test.answer(1);
    test.release('a');
    test.send();
    expect(subscriptions.suback({ cmd: 'suback', packetId: 2, reasonCodes: [1] })).to.equal(undefined);
    test.answer(0);
    expect(subscriptions.unsuback({ cmd: 'unsuback', packetId: 2, reasonCodes: [0] })).to.equal(undefined);
  });
});
