import { expect } from 'chai';
import { MqttMessage, type QoS } from '../../src/message.js';
import { AckOrder } from '../../src/protocol/inbound/ack-order.js';
import {
  type AckTicket,
  InboundMessage,
  type InboundMessageListener,
} from '../../src/protocol/inbound/inbound-message.js';
import { Receiver } from '../../src/protocol/inbound/receiver.js';
import { describePacket } from '../support/packets.js';
import { throws } from './support.js';

const limits = { receiveMaximum: Infinity, topicAliasMaximum: 0 };

const keeper = (session: Receiver): InboundMessageListener => ({
  onUnclaimed: () => undefined,
  onClosed: () => undefined,
  isHeldUp: ({ message }) => session.isBlocked(message),
});

/** A receiver, and messages that go into it as the flow brings them. `out` is what is sent. */
function receiving(given = limits) {
  const out: string[] = [];
  const flush = (refusals = true) => {
    for (let ack = session.nextAck(refusals); ack; ack = session.nextAck(refusals)) out.push(describePacket(ack));
  };
  const session = new Receiver(() => flush());
  session.begin(given);

  const message = (qos: QoS, packetId: number) => new MqttMessage('t', new Uint8Array(), qos, false, false, packetId);
  const manual = (qos: QoS, packetId: number): { delivery: InboundMessage; claim: AckTicket } => {
    const delivery = new InboundMessage(message(qos, packetId), 0, keeper(session));
    const claim = delivery.issueTicket({ filters: [], onTicketClosed: () => undefined });
    delivery.offered(false);
    return { delivery, claim };
  };
  const send = (atOnce: boolean, packet: string) => {
    if (atOnce) out.push(packet);
    else flush();
  };
  return {
    session,
    out,
    flush,
    /** QoS 1 that nobody answers for. */
    auto1: (id: number) => session.receiveQos1(id) && send(session.handedOverQos1(id, undefined), `PUBACK #${id}`),
    auto2: (id: number) => session.receiveQos2(id) && send(session.handedOverQos2(id, undefined), `PUBREC #${id}`),
    /** A PUBLISH that came before. */
    again2: (id: number) => {
      expect(session.receiveQos2(id)).to.equal(false);
      send(session.handedOverQos2(id, undefined), `PUBREC #${id}`);
    },
    manual1: (id: number): AckTicket => {
      expect(session.receiveQos1(id)).to.equal(true);
      const { delivery, claim } = manual(1, id);
      send(session.handedOverQos1(id, delivery), `PUBACK #${id}`);
      return claim;
    },
    manual2: (id: number): AckTicket => {
      expect(session.receiveQos2(id)).to.equal(true);
      const { delivery, claim } = manual(2, id);
      send(session.handedOverQos2(id, delivery), `PUBREC #${id}`);
      return claim;
    },
    /** Handed over at its PUBREL. */
    released: (id: number): AckTicket => {
      session.receiveQos2(id, message(2, id));
      session.handedOverQos2(id, undefined);
      expect(session.release({ cmd: 'pubrel', packetId: id }).held?.packetId).to.equal(id);
      const { delivery, claim } = manual(2, id);
      send(session.handedOverOnRelease(id, delivery), `PUBCOMP #${id}`);
      return claim;
    },
    reconnect: (present = true) => {
      session.end();
      if (!present) session.forgetSession();
      session.begin(given);
    },
  };
}

describe('acknowledgements in order (5.0 section 4.6)', () => {
  it('PUBACKs go out in the order of their PUBLISHes, whatever the order of the answers [MQTT-4.6.0-2]', () => {
    const { manual1, out } = receiving();
    const [one, two, three] = [manual1(1), manual1(2), manual1(3)];
    three.settle(0);
    two.settle(0);
    expect(out).to.deep.equal([]);
    one.settle(0);
    expect(out).to.deep.equal(['PUBACK #1', 'PUBACK #2', 'PUBACK #3']);
  });

  it('PUBRECs go out in theirs [MQTT-4.6.0-3]; the two orders do not wait for each other', () => {
    const { manual1, manual2, out } = receiving();
    const [one, two, three, four] = [manual1(1), manual2(2), manual2(3), manual1(4)];
    three.settle(0);
    four.settle(0);
    two.settle(0);
    expect(out).to.deep.equal(['PUBREC #2', 'PUBREC #3']);
    one.settle(0);
    expect(out.slice(2)).to.deep.equal(['PUBACK #1', 'PUBACK #4']);
  });

  it('an automatic one waits behind an open one of its kind only', () => {
    const { manual1, auto1, auto2, out } = receiving();
    auto1(1);
    const two = manual1(2);
    auto1(3);
    auto2(4);
    expect(out).to.deep.equal(['PUBACK #1', 'PUBREC #4']);
    two.settle(0);
    expect(out.slice(2)).to.deep.equal(['PUBACK #2', 'PUBACK #3']);
  });

  it('65,535 of them, answered from the last to the first', () => {
    const { manual1, out } = receiving();
    const claims = Array.from({ length: 65_535 }, (_, i) => manual1(i + 1));
    for (const claim of claims.reverse()) claim.settle(0);
    expect(out).to.deep.equal(claims.map((_, i) => `PUBACK #${i + 1}`));
  });

  it('answered while it was handed over, it goes out at once', () => {
    const { session, out, flush } = receiving();
    const delivery = new InboundMessage(new MqttMessage('t', new Uint8Array(), 1, false, false, 1), 0, keeper(session));
    delivery.issueTicket({ filters: [], onTicketClosed: () => undefined }).settle(0x97);
    delivery.offered(false);
    session.receiveQos1(1);
    expect(session.handedOverQos1(1, delivery)).to.equal(false);
    flush();
    expect(out).to.deep.equal(['PUBACK #1 0x97']);
  });

  it('PUBCOMP has no order: one that waits for its handler holds up no other', () => {
    const { released, out } = receiving();
    const [one, two] = [released(1), released(2)];
    two.settle(0);
    expect(out).to.deep.equal(['PUBCOMP #2']);
    one.settle(0x83); // there is no refusal in a PUBCOMP
    expect(out).to.deep.equal(['PUBCOMP #2', 'PUBCOMP #1']);
  });

  it('a refusal is in the PUBACK or PUBREC; 3.x has none [MQTT-3.4.2-1] [MQTT-3.5.2-1]', () => {
    const { manual1, manual2, out } = receiving();
    manual1(1).settle(0x87);
    manual2(2).settle(0x99);
    expect(out).to.deep.equal(['PUBACK #1 0x87', 'PUBREC #2 0x99']);

    const old = receiving();
    const [one, two] = [old.manual1(1), old.manual2(2)];
    one.message.onSettled = two.message.onSettled = undefined;
    one.settle(0x87);
    two.settle(0x87);
    old.flush(false);
    expect(old.out).to.deep.equal(['PUBACK #1', 'PUBREC #2']);
    expect(old.session.size).to.equal(1);
  });

  it('a PUBREC that refuses is the end: the identifier is free for another message [MQTT-4.3.3-9]', () => {
    const { session, manual2, out } = receiving();
    manual2(1).settle(0x87);
    expect(session.size).to.equal(0);
    manual2(1).settle(0);
    expect(out).to.deep.equal(['PUBREC #1 0x87', 'PUBREC #1']);
  });
});

describe('acknowledgements that wait: a message that comes again on the same connection', () => {
  it('is the same one (brokers of 3.x send again): nothing is handed over, and one answer goes out', () => {
    const { session, manual1, manual2, again2, out } = receiving();
    const [one, two] = [manual1(1), manual2(2)];
    expect(session.receiveQos1(1)).to.equal(false);
    again2(2);
    one.settle(0);
    two.settle(0);
    expect(out).to.deep.equal(['PUBACK #1', 'PUBREC #2']);
    again2(2);
    expect(out.at(-1)).to.equal('PUBREC #2');
  });

  it('PUBREL for what has no PUBREC: the broker does without it, and an answer says nothing more', () => {
    const { session, manual2, out } = receiving();
    const claim = manual2(1);
    expect(session.release({ cmd: 'pubrel', packetId: 1 }).known).to.equal(true);
    expect(claim.settle(0)).to.equal(true);
    expect(out).to.deep.equal([]);
  });
});

describe('acknowledgements that wait: a new connection', () => {
  it('QoS 1 is stale, and comes again as another delivery', () => {
    const { manual1, reconnect, out } = receiving();
    const [one, two] = [manual1(1), manual1(2)];
    two.settle(0); // waits for the first: the broker has not heard of it
    reconnect();
    expect([one.stale, one.settle(0)]).to.deep.equal([true, false]);
    expect(two.stale).to.equal(false);
    manual1(1).settle(0);
    expect(out).to.deep.equal(['PUBACK #1']);
  });

  it('QoS 2 is the same delivery: its answer goes out when its PUBLISH has come again', () => {
    const { manual2, again2, reconnect, out } = receiving();
    const [one, two] = [manual2(1), manual2(2)];
    reconnect();
    expect(one.stale).to.equal(false);
    again2(1);
    again2(2);
    two.settle(0);
    expect(out).to.deep.equal([]);
    one.settle(0);
    expect(out).to.deep.equal(['PUBREC #1', 'PUBREC #2']);
  });

  it('QoS 2 answered in between: the PUBLISH is answered when it comes', () => {
    const { manual2, again2, reconnect, out } = receiving();
    const [one, two] = [manual2(1), manual2(2)];
    reconnect();
    two.settle(0x80);
    expect(out).to.deep.equal([]);
    again2(2);
    expect(out).to.deep.equal(['PUBREC #2 0x80']);
    one.settle(0);
    again2(1);
    expect(out.at(-1)).to.equal('PUBREC #1');
  });

  it('QoS 2 handed over on PUBREL: the same, with the PUBREL and its PUBCOMP', () => {
    const { session, released, flush, reconnect, out } = receiving();
    const [one, two] = [released(1), released(2)];
    reconnect();
    two.settle(0);
    expect(out).to.deep.equal([]);
    for (const packetId of [1, 2, 2]) expect(session.releasedAgain({ cmd: 'pubrel', packetId })).to.equal(true);
    flush();
    expect(out).to.deep.equal(['PUBCOMP #2']);
    one.settle(0);
    expect(out).to.deep.equal(['PUBCOMP #2', 'PUBCOMP #1']);
    expect(session.releasedAgain({ cmd: 'pubrel', packetId: 1 })).to.equal(false);
    expect(session.size).to.equal(0);
  });

  it('without the session everything is stale', () => {
    const { session, manual2, released, reconnect } = receiving();
    const [one, two] = [manual2(1), released(2)];
    reconnect(false);
    expect([one.stale, two.stale, session.size]).to.deep.equal([true, true, 0]);
    manual2(1);
  });

  it('abandoned (the client is closed): what is open is stale, and is handed over anew if it comes again', () => {
    const { session, manual1, manual2, released, again2, reconnect, out } = receiving();
    const claims = [manual1(1), manual2(2), released(3)];
    const answered = [manual2(4), released(5)];
    session.end();
    for (const claim of answered) claim.settle(0);
    session.abandon();
    expect(claims.map(({ stale }) => stale)).to.deep.equal([true, true, true]);
    expect(answered.map(({ stale }) => stale)).to.deep.equal([false, false]);
    reconnect();
    manual2(2);
    expect(session.releasedAgain({ cmd: 'pubrel', packetId: 3 })).to.equal(false);
    expect(session.release({ cmd: 'pubrel', packetId: 3 }).held?.packetId).to.equal(3);
    again2(4);
    expect(out).to.deep.equal([]); // behind number 2
    expect(session.releasedAgain({ cmd: 'pubrel', packetId: 5 })).to.equal(true);
  });
});

describe('acknowledgements that wait: what the message says of its own', () => {
  it("is 'pending' until those before it are answered, then true [S81]", () => {
    const { manual1, out } = receiving();
    const [one, two, three] = [manual1(1), manual1(2), manual1(3)];
    expect(one.acknowledged).to.equal(false);
    two.settle(0);
    three.settle(0x97);
    expect([one, two, three].map(({ acknowledged }) => acknowledged)).to.deep.equal([false, 'pending', 'pending']);
    one.settle(0);
    expect(out).to.have.length(3);
    expect([one, two, three].map(({ acknowledged }) => acknowledged)).to.deep.equal([true, true, true]);
  });

  it('is true while it is handed over, where nothing before it waits: its turn comes right after that', () => {
    const { session, manual1, manual2 } = receiving();
    const during = (qos: QoS, packetId: number) => {
      const message = new MqttMessage('t', new Uint8Array(), qos, false, false, packetId);
      const delivery = new InboundMessage(message, 0, keeper(session));
      const claim = delivery.issueTicket({ filters: [], onTicketClosed: () => undefined });
      delivery.offered(false);
      claim.settle(0);
      return claim.acknowledged;
    };
    expect([during(1, 1), during(2, 1)]).to.deep.equal([true, true]);
    manual1(2);
    expect([during(1, 3), during(2, 3)]).to.deep.equal(['pending', true]);
    manual2(4);
    expect(during(2, 5)).to.equal('pending');
  });

  it('is false once the connection of a QoS 1 message is lost before its PUBACK; QoS 2 waits for the broker to send it again', () => {
    const { manual1, manual2, again2, reconnect, out } = receiving();
    const [, two, , four] = [manual1(1), manual1(2), manual2(3), manual2(4)];
    two.settle(0);
    four.settle(0);
    expect([two.acknowledged, four.acknowledged]).to.deep.equal(['pending', 'pending']);
    reconnect();
    expect([two.acknowledged, four.acknowledged]).to.deep.equal([false, 'pending']);
    again2(4);
    expect([out, four.acknowledged]).to.deep.equal([['PUBREC #4'], true]);
    expect(two.stale).to.equal(false);
  });

  it('of a PUBCOMP: it waits for no other, and after a reconnect for its PUBREL', () => {
    const { session, flush, released, reconnect } = receiving();
    const [one, two] = [released(1), released(2)];
    two.settle(0);
    expect(two.acknowledged).to.equal(true);
    reconnect();
    one.settle(0);
    expect(one.acknowledged).to.equal('pending');
    session.releasedAgain({ cmd: 'pubrel', packetId: 1 });
    flush();
    expect(one.acknowledged).to.equal(true);
  });

  it('65,535 answered from the last to the first, asked each time', () => {
    const { manual1 } = receiving();
    const claims = Array.from({ length: 65_535 }, (_, i) => manual1(i + 1));
    let pending = 0;
    for (const claim of claims.reverse()) {
      claim.settle(0);
      if (claim.acknowledged === 'pending') pending++;
    }
    expect(pending).to.equal(65_534);
    expect(claims.every(({ acknowledged }) => acknowledged === true)).to.equal(true);
  });
});

describe('acknowledgements that wait: behind what was left', () => {
  it('are counted, of QoS 1 and 2; what is behind a handler that runs is not', () => {
    const { session, manual1, manual2, auto1, auto2 } = receiving();
    const one = manual1(1);
    const two = manual1(2);
    auto1(3);
    expect(session.blockedCount).to.equal(0);
    two.leave();
    expect(session.blockedCount).to.equal(1);
    manual2(4).giveUp();
    auto2(5);
    manual1(6).settle(0);
    manual1(7);
    expect(session.blockedCount).to.equal(3);
    one.settle(0);
    expect(session.blockedCount).to.equal(3);
  });
});

describe('acknowledgements that wait: our Receive Maximum', () => {
  it('counts QoS 1 and QoS 2 that are not acknowledged [MQTT-3.3.4-9]', () => {
    const { session, manual1, manual2, auto1 } = receiving({ receiveMaximum: 2, topicAliasMaximum: 0 });
    const [one, two] = [manual1(1), manual2(2)];
    expect(session.isFull).to.equal(true);
    for (const receive of [() => session.receiveQos1(3), () => session.receiveQos2(3)]) {
      throws(receive, 'PROTOCOL_ERROR', { reasonCode: 0x93 });
    }
    one.settle(0);
    expect(session.isFull).to.equal(false);
    auto1(3);
    two.settle(0x83);
    manual1(4);
    manual1(5);
    expect(session.isFull).to.equal(true);
  });
});

describe('an order of acknowledgements', () => {
  const open = (qos: QoS, packetId: number) => {
    const message = new MqttMessage('t', new Uint8Array(), qos, false, false, packetId);
    const it = new InboundMessage(message, 0, { onUnclaimed: () => {}, onClosed: () => {}, isHeldUp: () => false });
    const claim = it.issueTicket({ filters: [], onTicketClosed: () => {} });
    it.offered(false);
    return { it, claim };
  };

  it('one is held up by those before it that are not settled, and by no other', () => {
    const order = new AckOrder();
    const [one, two, three] = [open(1, 1), open(1, 2), open(1, 3)];
    order.add(1, one.it);
    order.add(2, two.it);
    order.add(3, three.it);
    const heldUp = () => [1, 2, 3, 4].map(packetId => order.isBlocked(packetId));
    expect(heldUp()).to.deep.equal([false, true, true, true]);
    two.claim.settle(0);
    expect(heldUp()).to.deep.equal([false, true, true, true]);
    one.claim.settle(0);
    expect(heldUp()).to.deep.equal([false, false, false, true]);
    three.claim.settle(0);
    expect(heldUp()).to.deep.equal([false, false, false, false]);
  });

  it('one that was deleted holds nothing up', () => {
    const order = new AckOrder();
    order.add(1, open(1, 1).it);
    order.add(2, undefined);
    expect([order.isBlocked(2), order.size, order.has(1)]).to.deep.equal([true, 2, true]);
    order.delete(1);
    expect([order.isBlocked(2), order.size, order.has(1)]).to.deep.equal([false, 1, false]);
    expect(order.take()).to.deep.equal({ packetId: 2 });
    expect(order.take()).to.equal(undefined);
  });

  it('an identifier that is used anew is behind all that wait', () => {
    const order = new AckOrder();
    const [second, again] = [open(1, 2), open(1, 1)];
    order.add(1, undefined);
    order.add(2, second.it);
    expect(order.take()).to.deep.equal({ packetId: 1 });
    order.add(1, again.it);
    again.claim.settle(0);
    expect(order.isBlocked(1)).to.equal(true);
    expect(order.take()).to.equal(undefined);
    second.claim.settle(0);
    expect([order.take(), order.take(), order.take()]).to.deep.equal([{ packetId: 2 }, { packetId: 1 }, undefined]);
  });

  it('one that is taken is acknowledged; clear() forgets all, also for those that come', () => {
    const order = new AckOrder();
    const [one, two, three] = [open(1, 1), open(1, 2), open(1, 3)];
    order.add(1, one.it);
    order.add(2, two.it);
    one.claim.settle(0x87);
    expect(order.take()).to.deep.equal({ packetId: 1, reasonCode: 0x87 });
    expect([one.it.sent, two.it.sent]).to.deep.equal([true, false]);
    expect(order.messages).to.deep.equal([two.it]);
    order.clear();
    expect([order.size, order.messages, order.take()]).to.deep.equal([0, [], undefined]);
    order.add(3, three.it);
    expect(order.isBlocked(3)).to.equal(false);
    three.claim.settle(0);
    expect(order.take()).to.deep.equal({ packetId: 3 });
  });

  it('deliveries are those that somebody answers for', () => {
    const order = new AckOrder();
    order.add(1, undefined);
    const two = open(1, 2);
    order.add(2, two.it);
    expect(order.messages).to.deep.equal([two.it]);
  });
});
