import { expect } from 'chai';
import type { MqttError } from '../../src/errors.js';
import { UnsubscribeCall } from '../../src/protocol/subscriptions/unsubscribe-call.js';
import { createFilterSelector } from '../../src/protocol/subscriptions/request-fits.js';
import type { Unsubscribed } from '../../src/results.js';
import type { NegotiatedLimits } from '../../src/state.js';
import { TestSubscriptions, isError, limits, throws } from './support.js';

/** Removals beside subscriptions, and how each ended. */
class TestRemovals extends TestSubscriptions {
  readonly results: (Unsubscribed | string)[] = [];
  maxFilters = Infinity;
  limits: Partial<NegotiatedLimits> = {};
  readonly errors: MqttError[] = [];
  readonly #waiting: number[] = [];

  remove(...filters: string[]): UnsubscribeCall {
    const removal = new UnsubscribeCall(filters, undefined, (error, result) => {
      if (error !== undefined) this.errors.push(error);
      this.results.push(error?.code ?? result!);
    });
    this.subscriptions.unsubscribe(removal);
    return removal;
  }

  /** The UNSUBSCRIBEs of removals that go out now. */
  sendRemovals(): string[] {
    const packets: string[] = [];
    const selectFilters = createFilterSelector(limits(this.limits), this.maxFilters);
    for (let request; (request = this.subscriptions.takeUnsubscribe(selectFilters)) !== undefined;) {
      this.#waiting.push(this.subscriptions.start(request));
      packets.push(request.filters.map(filter => `-${filter}`).join(' '));
    }
    return packets;
  }

  /** Answers the oldest of them. */
  unsuback(...reasonCodes: number[]): void {
    this.subscriptions.unsuback({ cmd: 'unsuback', packetId: this.#waiting.shift()!, reasonCodes });
  }

  override reconnect(session: 'present' | 'absent'): void {
    super.reconnect(session);
    this.#waiting.length = 0;
  }
}

describe('subscriptions: filters that are to be ended, whoever has subscribed them', () => {
  it('go out in an UNSUBSCRIBE of their own, each once, and the caller is told what the broker says', () => {
    const test = new TestRemovals();
    test.remove('a', 'b/#', 'a');
    expect(test.subscriptions.hasChanges).to.equal(true);
    expect(test.sendRemovals()).to.deep.equal(['-a -b/#']);
    test.unsuback(0, 0x11);
    expect(test.results).to.deep.equal([{ filters: ['a', 'b/#'], reasonCodes: [0, 0x11], packetId: 1 }]);
    expect(test.sendRemovals()).to.deep.equal([]);
    expect(test.ids.inUse).to.equal(0);
  });

  it('have no reason codes in 3.x', () => {
    const test = new TestRemovals();
    test.remove('a');
    test.sendRemovals();
    test.unsuback();
    expect(test.results).to.deep.equal([{ filters: ['a'], reasonCodes: [], packetId: 1 }]);
  });

  it('a refused one is an error, and never a result', () => {
    const test = new TestRemovals();
    test.remove('a', 'b', 'c');
    test.sendRemovals();
    test.unsuback(0, 0x87, 0x80);
    expect(test.results).to.deep.equal(['UNSUBSCRIBE_REFUSED']);
    const error = isError(test.errors[0], 'UNSUBSCRIBE_REFUSED', { subject: 'b', reasonCode: 0x87 });
    expect(error.message).to.contain("'b'").and.to.contain("'c'").and.not.to.contain("'a'");
  });

  it('take several UNSUBSCRIBEs where one is not enough, and have one result in the order of the filters', () => {
    const test = new TestRemovals();
    test.maxFilters = 2;
    test.remove('a', 'b', 'c', 'd', 'e');
    expect(test.sendRemovals()).to.deep.equal(['-a -b', '-c -d', '-e']);
    test.unsuback(1, 2);
    test.unsuback(3, 4);
    expect(test.results).to.deep.equal([]);
    test.unsuback(5);
    const filters = ['a', 'b', 'c', 'd', 'e'];
    expect(test.results).to.deep.equal([{ filters, reasonCodes: [1, 2, 3, 4, 5], packetId: 3 }]);
  });

  it('are refused while a stream holds one of them: at the call, and when a stream has come before they go out', () => {
    const test = new TestRemovals();
    test.hold('a');
    throws(() => test.remove('x', 'a'), 'SUBSCRIPTION_CONFLICT', { subject: 'a' });
    expect(test.sendRemovals()).to.deep.equal([]);
    test.remove('b');
    test.want('b');
    expect(test.sendRemovals()).to.deep.equal([]);
    expect(test.results).to.deep.equal(['SUBSCRIPTION_CONFLICT']);
    expect(test.send()).to.deep.equal(['+b']);
  });

  it('are refused as a whole where the broker does not take one of them', () => {
    const test = new TestRemovals();
    test.limits = { maximumPacketSize: 20 };
    test.remove('a', 'a/filter/that/is/too/long', 'b');
    expect(test.sendRemovals()).to.deep.equal([]);
    isError(test.errors[0], 'PACKET_TOO_LARGE', { subject: 'a/filter/that/is/too/long', reasonCode: 0x95 });
  });

  it('go out again when the connection ended before UNSUBACK, in their order', () => {
    const test = new TestRemovals();
    test.maxFilters = 2;
    test.remove('a', 'b', 'c', 'd', 'e');
    test.sendRemovals();
    test.unsuback(0, 0);
    test.reconnect('present');
    expect(test.sendRemovals()).to.deep.equal(['-c -d', '-e']);
    test.unsuback(0x11, 0x11);
    test.unsuback(0);
    expect(test.results).to.have.nested.property('[0].reasonCodes').that.deep.equals([0, 0, 0x11, 0x11, 0]);
  });

  it('do not go out again where a stream has come meanwhile: it keeps its filter', () => {
    const test = new TestRemovals();
    test.remove('a');
    test.sendRemovals();
    test.want('a');
    expect(test.send()).to.deep.equal(['+a']);
    test.reconnect('present');
    expect(test.sendRemovals()).to.deep.equal([]);
    expect(test.results).to.deep.equal(['SUBSCRIPTION_CONFLICT']);
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('a stream that comes while one is on its way is subscribed after it', () => {
    const test = new TestRemovals();
    test.hold('a');
    test.subscriptions.release('a', true);
    expect(test.send()).to.deep.equal([]);
    test.remove('a');
    test.sendRemovals();
    test.want('a');
    expect(test.send()).to.deep.equal([]);
    test.unsuback(0);
    expect(test.send()).to.deep.equal(['+a']);
  });

  it('one waits for the answer to what was asked of its filter before', () => {
    const test = new TestRemovals();
    test.want('a');
    test.send();
    test.release('a');
    test.remove('a');
    expect([test.sendRemovals(), test.send()]).to.deep.equal([[], []]);
    test.answer(1);
    expect([test.sendRemovals(), test.send()]).to.deep.equal([['-a'], []]);
  });

  it('one that nobody waits for any more is not sent, and the filter is ended as it would have been', () => {
    const test = new TestRemovals();
    test.hold('a');
    test.release('a');
    const removal = test.remove('a', 'b');
    expect(test.send()).to.deep.equal([]);
    test.subscriptions.cancelUnsubscribe(removal);
    expect([test.sendRemovals(), test.send()]).to.deep.equal([[], ['-a']]);
  });

  it('one that was sent goes on though nobody waits for it any more, on this connection', () => {
    const test = new TestRemovals();
    const removal = test.remove('a');
    test.sendRemovals();
    test.subscriptions.cancelUnsubscribe(removal);
    test.unsuback(0x87);
    test.reconnect('present');
    expect([test.sendRemovals(), test.results]).to.deep.equal([[], []]);
  });

  it('wait their turn when no packet identifier is free', () => {
    const test = new TestRemovals();
    while (test.ids.take() > 0);
    test.remove('a');
    const request = test.subscriptions.takeUnsubscribe(createFilterSelector(limits(), Infinity))!;
    expect(test.subscriptions.start(request)).to.equal(0);
    test.ids.release(7);
    expect(test.sendRemovals()).to.deep.equal(['-a']);
  });
});

describe('subscriptions: filters that the broker is to go on with', () => {
  it('are not unsubscribed after the last stream, whichever of them said so, and are there for the next', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.want('a');
    test.subscriptions.release('a', true);
    test.release('a');
    expect(test.send()).to.deep.equal([]);
    test.want('a');
    expect(test.send()).to.deep.equal([]);
    test.release('a');
    test.reconnect('present');
    expect(test.send()).to.deep.equal([]);
  });

  it('are subscribed with other options where the next stream asks for them', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.subscriptions.release('a', true);
    test.want({ filter: 'a', qos: 2 });
    expect(test.send()).to.deep.equal(['+a(2)']);
  });

  it('go with the session', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.subscriptions.release('a', true);
    test.reconnect('absent');
    expect(test.send()).to.deep.equal([]);
    test.hold('a');
    test.release('a');
    expect(test.send()).to.deep.equal(['-a']);
  });

  it('are never subscribed for a stream that went before its SUBSCRIBE', () => {
    const test = new TestSubscriptions();
    test.want('a');
    test.subscriptions.release('a', true);
    expect(test.send()).to.deep.equal([]);
  });
});

describe('subscriptions: user properties', () => {
  const properties = (value: string) => ({ userProperties: [['site', value]] as const });

  it('go in a SUBSCRIBE of their own; the same ones share it', () => {
    const test = new TestSubscriptions();
    test.want({ filter: 'a', qos: 1, ...properties('1') }, 'b', { filter: 'c', qos: 1, ...properties('2') });
    test.want({ filter: 'd', qos: 1, ...properties('1') });
    expect(test.send()).to.deep.equal(['+a +d', '+b', '+c']);
  });

  it('are asked for where the filter is held without, and stay when a stream comes that has none', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.want({ filter: 'a', qos: 1, ...properties('1') });
    expect(test.send()).to.deep.equal(['+a']);
    test.answer(1);
    test.want('a');
    test.want({ filter: 'a', qos: 1, ...properties('1') });
    expect(test.send()).to.deep.equal([]);
    throws(() => test.want({ filter: 'a', qos: 1, ...properties('2') }), 'SUBSCRIPTION_CONFLICT', { subject: 'a' });
  });
});
