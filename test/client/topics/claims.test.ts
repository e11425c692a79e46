import { expect } from 'chai';
import { Observable, type Subscriber, VirtualTimeScheduler } from 'rxjs';
import { type AckableMessage, MqttMessage } from '../../../src/index.js';
import { ReceivePressure } from '../../../src/client/topics/acknowledgement/receive-pressure.js';
import { Instrumentation } from '../../../src/client/instrumentation/instrumentation.js';
import { ManualSubscriber, ManualSubscribers } from '../../../src/client/topics/acknowledgement/manual-subscribers.js';
import { Warnings } from '../../../src/client/warnings.js';
import { type Route, deliverToAll, matchesAny } from '../../../src/client/topics/route.js';
import { InboundMessage } from '../../../src/protocol/inbound/inbound-message.js';

const messageOf = (size = 0) => new MqttMessage('t', new Uint8Array(size), 1, false, false, 1);
const deliveryOf = (message: MqttMessage) =>
  new InboundMessage(message, 0, { onUnclaimed: () => undefined, onClosed: () => undefined, isHeldUp: () => false });

describe('a message that several routes take', () => {
  function route(name: string, manual: boolean, told: string[]): Route {
    return {
      filters: [name],
      patterns: [[name]],
      manual,
      deliver: (message, given, isLast) => {
        told.push(`${name}${isLast ? ' last' : ''}`);
        if (!manual) return given;
        const delivery = given ?? deliveryOf(message);
        delivery.issueTicket({ filters: [name], onTicketClosed: () => undefined }, isLast);
        return delivery;
      },
    };
  }

  /** `M` answers by hand, `a` does not. */
  const told = (...routes: ('M' | 'a')[]) => {
    const calls: string[] = [];
    const all = routes.map((kind, i) => route(`${kind}${i}`, kind === 'M', calls));
    const delivery = deliverToAll(all, messageOf(), undefined);
    return { calls, delivery };
  };

  it('goes to each in turn; the last of those that answer by hand is told that it is the last', () => {
    expect(told('M', 'M', 'a').calls).to.deep.equal(['M0', 'M1 last', 'a2']);
    expect(told('a', 'M').calls).to.deep.equal(['a0', 'M1 last']);
    expect(told('M', 'a', 'a').calls).to.deep.equal(['M0 last', 'a1', 'a2']);
    expect(told('M').calls).to.deep.equal(['M0 last']);
  });

  it('has one delivery for those who answer, and none where nobody does', () => {
    expect(told('M', 'a', 'M').delivery!.filters).to.deep.equal(['M0', 'M2']);
    expect(told('a', 'a').delivery).to.equal(undefined);
    expect(told().delivery).to.equal(undefined);
  });

  it('is for a filter when any of its patterns matches', () => {
    expect(matchesAny(['a/+', 'b'], 'b')).to.equal(true);
    expect(matchesAny(['a/+', 'b'], 'a/1')).to.equal(true);
    expect(matchesAny(['a/+', 'b'], 'c')).to.equal(false);
  });
});

describe('a subscriber that answers by hand', () => {
  function claimant(bound: { size: number; bytes: number }) {
    const scheduler = new VirtualTimeScheduler();
    const pressure = new ReceivePressure(scheduler);
    const got: AckableMessage[] = [];
    const ended: string[] = [];
    let subscriber!: Subscriber<AckableMessage>;
    new Observable<AckableMessage>(made => void (subscriber = made)).subscribe({
      next: message => got.push(message),
      error: (error: unknown) => ended.push(String(error)),
      complete: () => ended.push('|'),
    });
    const it = new ManualSubscriber(['t'], subscriber, bound, {
      receivePressure: pressure,
      instrumentation: new Instrumentation(new Warnings()),
    });
    const take = (...sizes: number[]) => {
      for (const size of sizes) {
        const delivery = deliveryOf(messageOf(size));
        it.deliver(delivery.message, delivery, true);
        delivery.offered(false);
      }
    };
    /** Whether reading pauses, when the turn is over. */
    const pauses = () => {
      scheduler.flush();
      return pressure.isHigh;
    };
    return { it, pressure, subscriber, got, ended, take, pauses };
  }

  it('pauses reading at its number of messages, until half of them are answered', () => {
    const { got, take, pauses } = claimant({ size: 4, bytes: Infinity });
    take(1, 1, 1);
    expect(pauses()).to.equal(false);
    take(1);
    expect(pauses()).to.equal(true);
    got[3]!.ack();
    expect(pauses()).to.equal(true);
    got[0]!.ack();
    expect(pauses()).to.equal(false);
    take(1);
    expect(pauses()).to.equal(false);
    take(1);
    expect(pauses()).to.equal(true);
  });

  it('pauses reading at its bytes, until half of them are answered', () => {
    const { got, take, pauses } = claimant({ size: Infinity, bytes: 40 });
    take(10, 10, 19);
    expect(pauses()).to.equal(false);
    take(1);
    expect(pauses()).to.equal(true);
    got[0]!.ack();
    expect(pauses(), '30 bytes').to.equal(true);
    got[3]!.ack();
    expect(pauses(), '29 bytes').to.equal(true);
    got[1]!.ack();
    expect(pauses(), '19 bytes').to.equal(false);
    take(20);
    expect(pauses(), '39 bytes').to.equal(false);
    got[2]!.ack();
    take(20);
    expect(pauses(), '40 bytes').to.equal(true);
    got[4]!.ack();
    expect(pauses(), '20 bytes, the half of them').to.equal(false);
  });

  it('that leaves lets reading go on, and its messages are stale', () => {
    const { it, got, take, pauses } = claimant({ size: 1, bytes: Infinity });
    take(1);
    expect(pauses()).to.equal(true);
    it.giveUpTickets();
    expect(pauses()).to.equal(false);
    expect(got.map(({ stale }) => stale)).to.deep.equal([true]);
  });

  it('whose stream completes may still answer, also after it has left', () => {
    const { it, got, ended, take } = claimant({ size: 9, bytes: Infinity });
    take(1, 1);
    it.complete();
    it.giveUpTickets();
    expect(ended).to.deep.equal(['|']);
    expect(got.map(message => message.ack())).to.deep.equal([true, true]);
  });

  it('gets nothing after it has unsubscribed', () => {
    const { subscriber, got, take, pauses } = claimant({ size: 1, bytes: 0 });
    subscriber.unsubscribe();
    take(1);
    expect(got).to.deep.equal([]);
    expect(pauses()).to.equal(false);
  });

  it('one of several gets each message; who leaves gets no more', () => {
    const [one, two] = [claimant({ size: 9, bytes: 99 }), claimant({ size: 9, bytes: 99 })];
    const all = new ManualSubscribers();
    const deliver = () => {
      const delivery = deliveryOf(messageOf());
      all.deliver(delivery.message, delivery, true);
      delivery.offered(false);
    };
    expect(all.observed).to.equal(false);
    all.add(one.it, one.subscriber);
    all.add(two.it, two.subscriber);
    deliver();
    one.subscriber.unsubscribe();
    expect([one.got[0]!.stale, two.got[0]!.stale, all.observed]).to.deep.equal([true, false, true]);
    deliver();
    expect([one.got.length, two.got.length]).to.deep.equal([1, 2]);
    all.fail(new Error('refused'));
    expect([one.ended, two.ended, all.observed]).to.deep.equal([[], ['Error: refused'], false]);
  });
});

describe('the receive pressure', () => {
  it('is on while anybody holds it, and goes off at the end of the turn', () => {
    const scheduler = new VirtualTimeScheduler();
    const pressure = new ReceivePressure(scheduler);
    const changes: boolean[] = [];
    pressure.changed$.subscribe(() => changes.push(pressure.isHigh));
    const [one, two] = [{}, {}];
    pressure.raise(one);
    pressure.raise(one);
    pressure.raise(two);
    expect([pressure.isHigh, pressure.rises]).to.deep.equal([true, 1]);
    pressure.clear(one);
    scheduler.flush();
    expect(pressure.isHigh).to.equal(true);
    pressure.clear(two);
    expect(pressure.isHigh, 'within the turn').to.equal(true);
    pressure.raise(one);
    scheduler.flush();
    expect([pressure.isHigh, pressure.rises], 'held again in time').to.deep.equal([true, 1]);
    pressure.clear(one);
    pressure.clear(one);
    scheduler.flush();
    expect(changes).to.deep.equal([true, false]);
    pressure.raise(two);
    expect(pressure.rises).to.equal(2);
  });
});
