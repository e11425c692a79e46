import { expect } from 'chai';
import type { PublishPacket } from '../../src/packets.js';
import { InboundMessage, type InboundMessageListener } from '../../src/protocol/inbound/inbound-message.js';
import { Receiver, type ReceiverLimits } from '../../src/protocol/inbound/receiver.js';
import { throws } from './support.js';

function receiver(limits: Partial<ReceiverLimits> = {}): Receiver {
  const it = new Receiver();
  it.begin({ receiveMaximum: Infinity, topicAliasMaximum: 0, ...limits });
  return it;
}

const publish = (topic: string, topicAlias?: number, fields: Partial<PublishPacket> = {}): PublishPacket => ({
  cmd: 'publish',
  topic,
  payload: new Uint8Array([1]),
  qos: 2,
  retain: false,
  dup: false,
  packetId: 1,
  properties: topicAlias === undefined ? undefined : { topicAlias },
  ...fields,
});

const pubrel = (packetId: number) => ({ cmd: 'pubrel', packetId }) as const;
const pubrelOfUnknown = { known: false, held: undefined };

describe('the receiver: QoS 2 once (QoS 2 twice)', () => {
  it('takes a message once until its PUBREL, with DUP or without [MQTT-4.3.3-10]', () => {
    const session = receiver();
    expect([session.receiveQos2(1), session.receiveQos2(1), session.receiveQos2(2)]).to.deep.equal([true, false, true]);
    expect(session.size).to.equal(2);
  });

  it('takes the same identifier for a new message after PUBREL [MQTT-4.3.3-12]', () => {
    const session = receiver();
    session.receiveQos2(1);
    expect(session.release(pubrel(1))).to.deep.equal({ known: true, held: undefined });
    expect(session.size).to.equal(0);
    expect(session.receiveQos2(1)).to.equal(true);
  });

  it('knows a PUBREL for what never came, and a second one', () => {
    const session = receiver();
    expect(session.release(pubrel(7))).to.deep.equal(pubrelOfUnknown);
    session.receiveQos2(7);
    session.release(pubrel(7));
    expect(session.release(pubrel(7))).to.deep.equal(pubrelOfUnknown);
  });

  it('keeps the identifiers over a reconnect: the message is not delivered again', () => {
    const session = receiver();
    session.receiveQos2(1);
    session.begin({ receiveMaximum: Infinity, topicAliasMaximum: 0 });
    expect(session.receiveQos2(1)).to.equal(false);
    expect(session.release(pubrel(1)).known).to.equal(true);
  });

  it('forgets them when the broker has no session: then it is another message', () => {
    const session = receiver();
    session.receiveQos2(1);
    session.forgetSession();
    expect(session.size).to.equal(0);
    expect(session.receiveQos2(1)).to.equal(true);
  });

  it('holds the first message until PUBREL where it is handed over then, and gives it once', () => {
    const session = receiver();
    const first = session.message(publish('a'));
    session.receiveQos2(1, first);
    session.receiveQos2(1, session.message(publish('a', undefined, { dup: true })));
    expect(session.release(pubrel(1))).to.deep.equal({ known: true, held: first });
    expect(session.release(pubrel(1))).to.deep.equal(pubrelOfUnknown);
  });
});

describe('the receiver: our Receive Maximum', () => {
  const tooMany = { reasonCode: 0x93, phase: 'mqtt', retryable: true };

  it('is not to be exceeded [MQTT-3.3.4-9]', () => {
    const session = receiver({ receiveMaximum: 2 });
    session.receiveQos2(1);
    session.receiveQos2(2);
    throws(() => session.receiveQos2(3), 'PROTOCOL_ERROR', tooMany);
    expect(session.size).to.equal(2);
  });

  it('counts a message sent twice once, and one that is released no more', () => {
    const session = receiver({ receiveMaximum: 1 });
    session.receiveQos2(1);
    expect(session.receiveQos2(1)).to.equal(false);
    session.release(pubrel(1));
    expect(session.receiveQos2(2)).to.equal(true);
  });

  it('counts anew on every connection, and those that are sent again with it', () => {
    const session = receiver({ receiveMaximum: 2 });
    session.receiveQos2(1);
    session.receiveQos2(2);
    session.begin({ receiveMaximum: 1, topicAliasMaximum: 0 });
    expect(session.receiveQos2(1)).to.equal(false);
    throws(() => session.receiveQos2(2), 'PROTOCOL_ERROR', tooMany);
  });

  it('has no limit before a connection, nor in 3.x', () => {
    const session = new Receiver();
    for (let id = 1; id <= 0xffff; id++) session.receiveQos2(id);
    expect(session.size).to.equal(0xffff);
  });
});

describe('the receiver: acknowledgements that waited', () => {
  const keeper: InboundMessageListener = { onUnclaimed: () => {}, onClosed: () => {}, isHeldUp: () => false };

  /** A QoS 2 message that somebody has answered, and its PUBREC. */
  function answered(reasonCode: number, refusals = true) {
    const session = receiver({ receiveMaximum: 1 });
    session.receiveQos2(1);
    const delivery = new InboundMessage(session.message(publish('a')), 0, keeper);
    const claim = delivery.issueTicket({ filters: [], onTicketClosed: () => {} });
    delivery.offered(false);
    expect(session.handedOverQos2(1, delivery)).to.equal(false);
    expect(session.nextAck(refusals)).to.equal(undefined);
    claim.settle(reasonCode);
    return { session, ack: session.nextAck(refusals) };
  }

  it('a PUBREC leaves the message open until its PUBREL: it takes room, and is not delivered again', () => {
    const { session, ack } = answered(0);
    expect(ack).to.deep.equal({ cmd: 'pubrec', packetId: 1 });
    throws(() => session.receiveQos2(2), 'PROTOCOL_ERROR', { reasonCode: 0x93 });
    expect(session.receiveQos2(1)).to.equal(false);
    expect(session.release(pubrel(1)).known).to.equal(true);
    expect(session.receiveQos2(2)).to.equal(true);
  });

  it('a PUBREC that refuses is the end of it: there is room, and the identifier names another message', () => {
    const { session, ack } = answered(0x83);
    expect(ack).to.deep.equal({ cmd: 'pubrec', packetId: 1, reasonCode: 0x83 });
    expect(session.size).to.equal(0);
    expect(session.receiveQos2(1)).to.equal(true);
  });

  it('3.x knows no refusal: the message stays open until its PUBREL', () => {
    const { session, ack } = answered(0x83, false);
    expect(ack).to.deep.equal({ cmd: 'pubrec', packetId: 1 });
    expect(session.receiveQos2(1)).to.equal(false);
  });
});

describe('the receiver: topic aliases (5.0 section 3.3.2.3.4)', () => {
  const withAliases = () => receiver({ topicAliasMaximum: 10 });

  it('gives an aliased message its topic (A QoS 2 message by topic alias arriving with an empty topic)', () => {
    const session = withAliases();
    expect(session.message(publish('a/b', 1)).topic).to.equal('a/b');
    expect(session.message(publish('', 1)).topic).to.equal('a/b');
    expect(session.message(publish('', 1, { qos: 0 })).topic).to.equal('a/b');
  });

  it('accepts every alias up to our maximum [MQTT-3.3.2-10]', () => {
    const session = withAliases();
    for (let alias = 1; alias <= 10; alias++) session.message(publish(`topic ${alias}`, alias));
    expect(session.message(publish('', 1)).topic).to.equal('topic 1');
    expect(session.message(publish('', 10)).topic).to.equal('topic 10');
  });

  it('gives an alias another topic when the broker does', () => {
    const session = withAliases();
    session.message(publish('a', 1));
    session.message(publish('b', 1));
    expect(session.message(publish('', 1)).topic).to.equal('b');
  });

  it('does not carry an alias over to another connection [MQTT-3.3.2-7]', () => {
    const session = withAliases();
    session.message(publish('a', 1));
    session.begin({ receiveMaximum: Infinity, topicAliasMaximum: 10 });
    throws(() => session.message(publish('', 1)), 'PROTOCOL_ERROR', { reasonCode: 0x82 });
  });

  it('refuses an alias that was never given a topic', () => {
    throws(() => withAliases().message(publish('', 3)), 'PROTOCOL_ERROR', { reasonCode: 0x82, phase: 'mqtt' });
  });

  for (const [what, alias] of [
    ['0 [MQTT-3.3.2-8]', 0],
    ['above our maximum [MQTT-3.3.2-11]', 11],
  ] as const) {
    it(`refuses alias ${what}, with a topic or without, and learns nothing from it`, () => {
      const session = withAliases();
      for (const topic of ['a', '']) {
        throws(() => session.message(publish(topic, alias)), 'PROTOCOL_ERROR', { reasonCode: 0x94, retryable: true });
      }
      session.begin({ receiveMaximum: Infinity, topicAliasMaximum: 100 });
      if (alias > 0) throws(() => session.message(publish('', alias)), 'PROTOCOL_ERROR', { reasonCode: 0x82 });
    });
  }

  it('refuses all when our maximum is 0, the default [MQTT-3.1.2-27]', () => {
    throws(() => new Receiver().message(publish('a', 1)), 'PROTOCOL_ERROR', { reasonCode: 0x94 });
  });
});

describe('the receiver: the message', () => {
  it('is what came', () => {
    const properties = { contentType: 'x' };
    const packet = publish('a', undefined, { retain: true, dup: true, packetId: 5, properties });
    const { topic, payload, qos, retain, dup, packetId } = receiver().message(packet);
    expect({ topic, payload, qos, retain, dup, packetId }).to.deep.equal({
      topic: 'a',
      payload: packet.payload,
      qos: 2,
      retain: true,
      dup: true,
      packetId: 5,
    });
    expect(receiver().message(packet).properties).to.equal(properties);
  });

  it('has properties also where none came', () => {
    expect(receiver().message(publish('a')).properties).to.deep.equal({});
  });
});
