import { expect } from 'chai';
import { MqttMessage, type QoS } from '../../src/message.js';
import { TestReceiving, nextAcks } from './inbound.js';
import { throws } from './support.js';

const receiving = (...config: ConstructorParameters<typeof TestReceiving>) => new TestReceiving(...config);

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
    const tickets = Array.from({ length: 65_535 }, (_, i) => manual1(i + 1));
    for (const ticket of tickets.reverse()) ticket.settle(0);
    expect(out).to.deep.equal(tickets.map((_, i) => `PUBACK #${i + 1}`));
  });

  it('answered while it was handed over, it goes out at once', () => {
    const { settledDuringDelivery, out } = receiving();
    settledDuringDelivery(1, 1, 0x97);
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

    const old = receiving({ protocolVersion: 4 });
    old.manual1(1).settle(0x87);
    old.manual2(2).settle(0x87);
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
  it('is the same one (brokers of 3.x send again): nothing is handed over, and one answer goes out [MQTT31-4.2]', () => {
    const { manual1, manual2, auto1, auto2, out } = receiving();
    const [one, two] = [manual1(1), manual2(2)];
    expect([auto1(1), auto2(2)]).to.deep.equal([false, false]);
    one.settle(0);
    two.settle(0);
    expect(out).to.deep.equal(['PUBACK #1', 'PUBREC #2']);
    expect(auto2(2)).to.equal(false);
    expect(out.at(-1)).to.equal('PUBREC #2');
  });

  it('PUBREL for what has no PUBREC: the broker does without it, and an answer says nothing more', () => {
    const { manual2, pubrel, out } = receiving();
    const ticket = manual2(1);
    expect(pubrel(1)).to.equal(false);
    expect(ticket.settle(0)).to.equal(true);
    expect(out).to.deep.equal(['PUBCOMP #1']);
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
    const { manual2, auto2, reconnect, out } = receiving();
    const [one, two] = [manual2(1), manual2(2)];
    reconnect();
    expect(one.stale).to.equal(false);
    expect([auto2(1), auto2(2)]).to.deep.equal([false, false]);
    two.settle(0);
    expect(out).to.deep.equal([]);
    one.settle(0);
    expect(out).to.deep.equal(['PUBREC #1', 'PUBREC #2']);
  });

  it('QoS 2 answered in between: the PUBLISH is answered when it comes', () => {
    const { manual2, auto2, reconnect, out } = receiving();
    const [one, two] = [manual2(1), manual2(2)];
    reconnect();
    two.settle(0x80);
    expect(out).to.deep.equal([]);
    expect(auto2(2)).to.equal(false);
    expect(out).to.deep.equal(['PUBREC #2 0x80']);
    one.settle(0);
    expect(auto2(1)).to.equal(false);
    expect(out.at(-1)).to.equal('PUBREC #1');
  });

  it('QoS 2 handed over on PUBREL: the same, with the PUBREL and its PUBCOMP', () => {
    const { session, released, pubrel, reconnect, out } = receiving();
    const [one, two] = [released(1), released(2)];
    reconnect();
    two.settle(0);
    expect(out).to.deep.equal([]);
    expect([pubrel(1), pubrel(2)]).to.deep.equal([false, false]);
    expect(out).to.deep.equal(['PUBCOMP #2']);
    one.settle(0);
    expect(out).to.deep.equal(['PUBCOMP #2', 'PUBCOMP #1']);
    expect(session.size).to.equal(0);
    expect(pubrel(1)).to.equal(false);
    expect(out.at(-1)).to.equal('PUBCOMP #1 0x92');
  });

  it('a PUBREL that comes twice on one connection is answered once, by the PUBCOMP that waits', () => {
    const { session, released, pubrel, out } = receiving({ sends: false });
    const ticket = released(1);
    expect(pubrel(1)).to.equal(false);
    ticket.settle(0);
    expect(pubrel(1)).to.equal(false);
    expect(out).to.deep.equal([]);
    expect(nextAcks(session)).to.deep.equal(['PUBCOMP #1']);
  });

  it('without the session everything is stale', () => {
    const { session, manual2, released, reconnect } = receiving();
    const [one, two] = [manual2(1), released(2)];
    reconnect('absent');
    expect([one.stale, two.stale, session.size]).to.deep.equal([true, true, 0]);
    manual2(1); // is delivered as another message
  });

  it('abandoned (the client is closed): what is open is stale, and is handed over anew if it comes again', () => {
    const { session, manual1, manual2, released, auto2, pubrel, reconnect, out } = receiving();
    const tickets = [manual1(1), manual2(2), released(3)];
    const answered = [manual2(4), released(5)];
    session.end();
    for (const ticket of answered) ticket.settle(0);
    session.abandon();
    expect(tickets.map(({ stale }) => stale)).to.deep.equal([true, true, true]);
    expect(answered.map(({ stale }) => stale)).to.deep.equal([false, false]);
    reconnect();
    manual2(2);
    expect(pubrel(3)).to.equal(true);
    expect(auto2(4)).to.equal(false);
    expect(out).to.deep.equal(['PUBCOMP #3']); // PUBREC #4 waits for PUBREC #2
    expect(pubrel(5)).to.equal(false);
    expect(out).to.deep.equal(['PUBCOMP #3', 'PUBCOMP #5']);
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
    const { manual1, manual2, settledDuringDelivery, out } = receiving();
    expect([settledDuringDelivery(1, 1), settledDuringDelivery(2, 1)]).to.deep.equal([true, true]);
    expect(out).to.deep.equal(['PUBACK #1', 'PUBREC #1']);
    manual1(2);
    expect([settledDuringDelivery(1, 3), settledDuringDelivery(2, 3)]).to.deep.equal(['pending', true]);
    manual2(4);
    expect(settledDuringDelivery(2, 5)).to.equal('pending');
    expect(out).to.deep.equal(['PUBACK #1', 'PUBREC #1', 'PUBREC #3']);
  });

  it('is false once the connection of a QoS 1 message is lost before its PUBACK; QoS 2 waits for the broker to send it again', () => {
    const { manual1, manual2, auto2, reconnect, out } = receiving();
    const [, two, , four] = [manual1(1), manual1(2), manual2(3), manual2(4)];
    two.settle(0);
    four.settle(0);
    expect([two.acknowledged, four.acknowledged]).to.deep.equal(['pending', 'pending']);
    reconnect();
    expect([two.acknowledged, four.acknowledged]).to.deep.equal([false, 'pending']);
    expect(auto2(4)).to.equal(false);
    expect([out, four.acknowledged]).to.deep.equal([['PUBREC #4'], true]);
    expect(two.stale).to.equal(false);
  });

  it('of a PUBCOMP: it waits for no other, and after a reconnect for its PUBREL', () => {
    const { pubrel, released, reconnect } = receiving();
    const [one, two] = [released(1), released(2)];
    two.settle(0);
    expect(two.acknowledged).to.equal(true);
    reconnect();
    one.settle(0);
    expect(one.acknowledged).to.equal('pending');
    expect(pubrel(1)).to.equal(false);
    expect(one.acknowledged).to.equal(true);
  });

  it('65,535 answered from the last to the first, asked each time', () => {
    const { manual1 } = receiving();
    const tickets = Array.from({ length: 65_535 }, (_, i) => manual1(i + 1));
    let pending = 0;
    for (const ticket of tickets.reverse()) {
      ticket.settle(0);
      if (ticket.acknowledged === 'pending') pending++;
    }
    expect(pending).to.equal(65_534);
    expect(tickets.every(({ acknowledged }) => acknowledged === true)).to.equal(true);
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
    const { session, manual1, manual2, auto1, auto2 } = receiving({ receiveMaximum: 2 });
    const [one, two] = [manual1(1), manual2(2)];
    expect(session.isFull).to.equal(true);
    for (const oneTooMany of [() => auto1(3), () => auto2(3)]) {
      throws(oneTooMany, 'PROTOCOL_ERROR', { reasonCode: 0x93 });
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

describe('the order of waiting acknowledgements', () => {
  /** Which acknowledgements of these messages are blocked. */
  const blocked = ({ session }: TestReceiving, qos: QoS, ...packetIds: number[]) =>
    packetIds.map(packetId => session.isBlocked(new MqttMessage('t', new Uint8Array(), qos, false, false, packetId)));

  it('one is held up by those before it that are not settled, and by no other', () => {
    const test = receiving({ sends: false });
    const [one, two, three] = [test.manual1(1), test.manual1(2), test.manual1(3)];
    const heldUp = () => blocked(test, 1, 1, 2, 3, 4);
    expect(heldUp()).to.deep.equal([false, true, true, true]);
    two.settle(0);
    expect(heldUp()).to.deep.equal([false, true, true, true]);
    one.settle(0);
    expect(heldUp()).to.deep.equal([false, false, false, true]);
    three.settle(0);
    expect(heldUp()).to.deep.equal([false, false, false, false]);
    expect(nextAcks(test.session)).to.deep.equal(['PUBACK #1', 'PUBACK #2', 'PUBACK #3']);
  });

  it('one that was dropped, because its PUBREL came, holds nothing up', () => {
    const test = receiving({ sends: false });
    test.manual2(1);
    test.auto2(2);
    expect(blocked(test, 2, 2)).to.deep.equal([true]);
    test.pubrel(1);
    expect(blocked(test, 2, 2)).to.deep.equal([false]);
    expect(test.out).to.deep.equal(['PUBCOMP #1']);
    expect(nextAcks(test.session)).to.deep.equal(['PUBREC #2']);
    expect(nextAcks(test.session)).to.deep.equal([]);
  });

  it('an identifier that is used anew is behind all that wait', () => {
    const test = receiving({ sends: false });
    const first = test.manual1(9);
    test.auto1(1);
    const second = test.manual1(2);
    first.settle(0);
    expect(nextAcks(test.session)).to.deep.equal(['PUBACK #9', 'PUBACK #1']);
    test.manual1(1).settle(0);
    expect(blocked(test, 1, 1)).to.deep.equal([true]);
    expect(nextAcks(test.session)).to.deep.equal([]);
    second.settle(0);
    expect(nextAcks(test.session)).to.deep.equal(['PUBACK #2', 'PUBACK #1']);
  });

  it('one that is taken is acknowledged; the end of the connection forgets all others, also for those that come', () => {
    const test = receiving({ sends: false });
    const [one, two] = [test.manual1(1), test.manual1(2)];
    one.settle(0x87);
    expect(nextAcks(test.session)).to.deep.equal(['PUBACK #1 0x87']);
    expect([one.inbound.sent, two.inbound.sent]).to.deep.equal([true, false]);
    test.reconnect();
    expect([one.acknowledged, one.inbound.isVoid, two.stale, two.inbound.isVoid]).to.deep.equal([
      true,
      false,
      true,
      true,
    ]);
    expect(nextAcks(test.session)).to.deep.equal([]);
    const three = test.manual1(3);
    expect(blocked(test, 1, 3)).to.deep.equal([false]);
    three.settle(0);
    expect(nextAcks(test.session)).to.deep.equal(['PUBACK #3']);
  });

  it('the end of the connection forgets those that no subscriber acknowledges by hand, too', () => {
    const test = receiving();
    const one = test.manual1(1);
    test.auto1(2);
    test.reconnect();
    expect([one.stale, test.out]).to.deep.equal([true, []]);
    expect([test.auto1(1), test.auto1(2)]).to.deep.equal([true, true]);
    expect(test.out).to.deep.equal(['PUBACK #1', 'PUBACK #2']);
  });

  it('a PUBLISH that comes again after its PUBREL is answered in its turn, and the PUBCOMP goes out, too', () => {
    const { released, manual2, auto2, out } = receiving();
    const one = released(1);
    const two = manual2(2);
    expect(auto2(1)).to.equal(false);
    expect(out).to.deep.equal([]);
    two.settle(0);
    expect(out).to.deep.equal(['PUBREC #2', 'PUBREC #1']);
    one.settle(0);
    expect(out).to.deep.equal(['PUBREC #2', 'PUBREC #1', 'PUBCOMP #1']);
  });
});
