import { expect } from 'chai';
import { MqttMessage, type QoS } from '../../src/message.js';
import type { AckTicket } from '../../src/protocol/inbound/ack-ticket.js';
import { InboundMessage } from '../../src/protocol/inbound/inbound-message.js';

/** A delivery, and what its keeper and the owners of its claims are told. */
function delivery(qos: QoS = 1) {
  const told: string[] = [];
  const it = new InboundMessage(new MqttMessage('t', new Uint8Array(), qos, false, false, 1), 0, {
    onUnclaimed: given => told.push(given.isLeft ? 'left' : 'unclaimed'),
    onClosed: given => told.push(given.isVoid ? 'void' : `settled ${given.reasonCode}`),
    isHeldUp: () => false,
  });
  it.onSettled = () => told.push('answer');
  const claim = (name: string) => it.issueTicket({ filters: [name], onTicketClosed: () => told.push(`free ${name}`) });
  return { it, told, claim };
}

describe('a delivery: claims', () => {
  it('wants the new connection as soon as the most impatient of those who left it', () => {
    const { it, claim } = delivery();
    const [a, b, c, d] = [claim('a'), claim('b'), claim('c'), claim('d')];
    it.offered(false);
    expect(it.reconnectAfter).to.equal(Infinity);
    a.leave(500);
    b.leave(100);
    c.leave();
    d.settle(0);
    d.leave(1);
    expect(it.reconnectAfter).to.equal(100);
  });

  it('of QoS 0 is not left: it is settled, and wants nothing', () => {
    const { it, told, claim } = delivery(0);
    const a = claim('a');
    it.offered(false);
    expect(a.leave(100)).to.equal(true);
    expect([it.isLeft, it.isSettled, it.reconnectAfter]).to.deep.equal([false, true, Infinity]);
    expect(told).to.deep.equal(['free a', 'settled 0', 'answer']);
  });

  it('is settled when all have answered, and the broker is told then', () => {
    const { it, told, claim } = delivery();
    const [a, b] = [claim('a'), claim('b')];
    it.offered(false);
    expect(a.settle(0)).to.equal(true);
    expect(it.filters).to.deep.equal(['b']);
    expect(it.isSettled).to.equal(false);
    expect(b.settle(0)).to.equal(true);
    expect(it.isSettled).to.equal(true);
    expect(told).to.deep.equal(['free a', 'free b', 'settled 0', 'answer']);
  });

  it('the first refusal is the answer, whatever is said before and after', () => {
    const { it, claim } = delivery();
    const [a, b, c] = [claim('a'), claim('b'), claim('c')];
    it.offered(false);
    a.settle(0);
    b.settle(0x87);
    c.settle(0x83);
    expect(it.reasonCode).to.equal(0x87);
  });

  it('is not settled before all have seen it, though the first has answered', () => {
    const { it, told, claim } = delivery();
    claim('a').settle(0);
    expect(it.isSettled).to.equal(false);
    const b = claim('b');
    it.offered(false);
    expect(it.isSettled).to.equal(false);
    b.settle(0);
    expect(told).to.deep.equal(['free a', 'free b', 'settled 0', 'answer']);
  });

  for (const [name, use] of Object.entries<(claim: AckTicket) => boolean>({
    ack: claim => claim.settle(0),
    reject: claim => claim.settle(0x83),
    leave: claim => claim.leave(),
  })) {
    it(`counts once: after ${name} nothing else does, and it is not stale`, () => {
      const { it, claim } = delivery();
      const a = claim('a');
      it.offered(false);
      expect(use(a)).to.equal(true);
      expect([a.settle(0), a.settle(0x83), a.leave()]).to.deep.equal([false, false, false]);
      a.giveUp();
      it.cancel();
      expect(a.stale).to.equal(false);
    });
  }

  it('is left when one gives up, whatever the others answer', () => {
    const { it, told, claim } = delivery();
    const [a, b] = [claim('a'), claim('b')];
    it.offered(false);
    a.settle(0);
    b.giveUp();
    expect(told).to.deep.equal(['free a', 'free b', 'left']);
    expect([b.stale, b.settle(0), it.isSettled, it.isAbandoned]).to.deep.equal([true, false, false, true]);
    expect(a.acknowledged).to.equal('pending');
  });

  it('that somebody took it who need not answer is no answer for one who gives up', () => {
    const { it, told, claim } = delivery();
    const a = claim('a');
    it.offered(true);
    a.giveUp();
    expect(told).to.deep.equal(['free a', 'left']);
  });

  it('that nobody claims is unclaimed, and settled when somebody takes it who need not answer', () => {
    const { it, told } = delivery();
    it.offered(false);
    expect(told).to.deep.equal(['unclaimed']);
    it.offer();
    it.offered(true);
    expect(told).to.deep.equal(['unclaimed', 'settled 0', 'answer']);
  });

  it('that was left is offered to others, and stays left when nobody claims it, whoever else sees it', () => {
    const { it, told, claim } = delivery();
    claim('a').giveUp();
    it.offered(false);
    it.offer();
    expect(it.isLeft).to.equal(false);
    it.offered(false);
    expect([it.isLeft, it.isAbandoned]).to.deep.equal([true, true]);
    expect(told).to.deep.equal(['free a', 'left', 'left']);
  });

  it('that was left is offered while another still has to answer; both decide then', () => {
    const { it, told, claim } = delivery();
    const [a, b] = [claim('a'), claim('b')];
    it.offered(false);
    a.giveUp();
    expect([told, it.isLeft, it.isAbandoned]).to.deep.equal([['free a', 'left'], true, false]);
    it.offer();
    const c = claim('c');
    it.offered(false);
    c.settle(0);
    expect(it.isSettled).to.equal(false);
    b.settle(0x87);
    expect([it.isSettled, it.reasonCode]).to.deep.equal([true, 0x87]);
  });

  it('QoS 0 that all give up is unclaimed; one answer is enough for an end', () => {
    const first = delivery(0);
    const a = first.claim('a');
    first.it.offered(false);
    a.giveUp();
    expect(first.told).to.deep.equal(['free a', 'unclaimed']);
    const second = delivery(0);
    const [b, c] = [second.claim('b'), second.claim('c')];
    second.it.offered(false);
    b.settle(0);
    c.giveUp();
    expect(second.told).to.deep.equal(['free b', 'free c', 'settled 0', 'answer']);
  });

  it('that one has left it counts for more than the answers of others', () => {
    const { it, told, claim } = delivery(2);
    const [a, b] = [claim('a'), claim('b')];
    it.offered(false);
    a.leave();
    b.settle(0);
    expect(told).to.deep.equal(['free a', 'left', 'free b', 'left']);
    it.offer();
    const c = claim('c');
    it.offered(false);
    c.settle(0);
    expect(it.isSettled).to.equal(true);
  });

  it('QoS 0 cannot be left: it does not come again', () => {
    const { it, told, claim } = delivery(0);
    const a = claim('a');
    it.offered(false);
    expect(a.leave()).to.equal(true);
    expect(told).to.deep.equal(['free a', 'settled 0', 'answer']);
  });

  it('cancelled, its open claims are stale, and nothing is told to the broker', () => {
    const { it, told, claim } = delivery();
    const [a, b] = [claim('a'), claim('b')];
    it.offered(false);
    a.settle(0);
    it.cancel();
    it.cancel();
    expect([b.stale, b.settle(0), b.leave()]).to.deep.equal([true, false, false]);
    expect(told).to.deep.equal(['free a', 'free b', 'void']);
  });

  it('settled, it can be cancelled until its acknowledgement is sent: that says so, and nothing else does', () => {
    for (const sent of [false, true]) {
      const { it, told, claim } = delivery();
      const a = claim('a');
      it.offered(false);
      a.settle(0);
      it.sent = sent;
      it.cancel();
      expect([it.isSettled, a.acknowledged, a.stale]).to.deep.equal([sent, sent, false]);
      expect(told).to.deep.equal(['free a', 'settled 0', 'answer']);
    }
  });
});
