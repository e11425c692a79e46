import { expect } from 'chai';
import type { MqttMessage } from '../../src/message.js';
import type { PublishPacket } from '../../src/packets.js';
import type { AckTicket } from '../../src/protocol/inbound/ack-ticket.js';
import { Receiver, type ReceiverLimits } from '../../src/protocol/inbound/receiver.js';
import { publish, pubrel } from '../support/packets.js';
import { manualMessage, nextAcks, publish2, receive } from './inbound.js';
import { throws } from './support.js';

function receiver(limits: Partial<ReceiverLimits> = {}): Receiver {
  const session = new Receiver();
  session.begin({ receiveMaximum: Infinity, topicAliasMaximum: 0, ...limits });
  return session;
}

const onRelease = { deliverQos2: 'release' } as const;
const pubcompOfUnknown = (packetId: number) => [`PUBCOMP #${packetId} 0x92`];

describe('the receiver: QoS 2 once (QoS 2 twice)', () => {
  it('takes a message once until its PUBREL, with DUP or without [MQTT-4.3.3-10]', () => {
    const session = receiver();
    expect(receive(session, publish2(1))).to.deep.equal(['deliver t', 'PUBREC #1']);
    expect(receive(session, publish2(1))).to.deep.equal(['PUBREC #1']);
    expect(receive(session, publish2(1, { dup: true }))).to.deep.equal(['PUBREC #1']);
    expect(receive(session, publish2(2))).to.deep.equal(['deliver t', 'PUBREC #2']);
    expect(session.size).to.equal(2);
  });

  it('takes the same identifier for a new message after PUBREL [MQTT-4.3.3-12]', () => {
    const session = receiver();
    receive(session, publish2(1));
    expect(receive(session, pubrel(1))).to.deep.equal(['PUBCOMP #1']);
    expect(session.size).to.equal(0);
    expect(receive(session, publish2(1))).to.deep.equal(['deliver t', 'PUBREC #1']);
  });

  it('knows a PUBREL for what never came, and a second one', () => {
    const session = receiver();
    expect(receive(session, pubrel(7))).to.deep.equal(pubcompOfUnknown(7));
    receive(session, publish2(7));
    receive(session, pubrel(7));
    expect(receive(session, pubrel(7))).to.deep.equal(pubcompOfUnknown(7));
  });

  it('says so in 5.0 only: 3.x has no reason codes', () => {
    for (const protocolVersion of [3, 4] as const)
      expect(receive(receiver(), pubrel(7), { protocolVersion })).to.deep.equal(['PUBCOMP #7']);
  });

  it('keeps the identifiers over a reconnect: the message is not delivered again', () => {
    const session = receiver();
    receive(session, publish2(1));
    session.begin({ receiveMaximum: Infinity, topicAliasMaximum: 0 });
    expect(receive(session, publish2(1))).to.deep.equal(['PUBREC #1']);
    expect(receive(session, pubrel(1))).to.deep.equal(['PUBCOMP #1']);
  });

  it('forgets them when the broker has no session: then it is another message', () => {
    const session = receiver();
    receive(session, publish2(1));
    session.forgetSession();
    expect(session.size).to.equal(0);
    expect(receive(session, publish2(1))).to.deep.equal(['deliver t', 'PUBREC #1']);
  });

  it('holds the first message until PUBREL where it is delivered then, and delivers it once', () => {
    const session = receiver();
    const delivered: MqttMessage[] = [];
    const handling = { ...onRelease, deliver: (message: MqttMessage) => void delivered.push(message) };
    expect(receive(session, publish2(1, { topic: 'first' }), handling)).to.deep.equal(['PUBREC #1']);
    expect(receive(session, publish2(1, { topic: 'second', dup: true }), handling)).to.deep.equal(['PUBREC #1']);
    expect(receive(session, pubrel(1), handling)).to.deep.equal(['deliver first', 'PUBCOMP #1']);
    expect(delivered.map(({ packetId, dup }) => [packetId, dup])).to.deep.equal([[1, false]]);
    expect(receive(session, pubrel(1), handling)).to.deep.equal(pubcompOfUnknown(1));
  });

  it('does not hold a message that it refuses: a PUBREL before its PUBREC does not deliver it', () => {
    const session = receiver();
    const deliver = (message: MqttMessage) => manualMessage(message).inbound;
    expect(receive(session, publish2(1), { deliver })).to.deep.equal(['deliver t']);
    const refusal = { reasonCode: 0x97, why: 'it holds too much' };
    expect(receive(session, publish2(2, { refusal }), onRelease)).to.deep.equal([]);
    expect(receive(session, pubrel(2), onRelease)).to.deep.equal(['PUBCOMP #2']);
  });
});

describe('the receiver: our Receive Maximum', () => {
  const tooMany = { reasonCode: 0x93, phase: 'mqtt', retryable: true };

  it('is not to be exceeded [MQTT-3.3.4-9] [MQTT-3.3.4]', () => {
    const session = receiver({ receiveMaximum: 2 });
    receive(session, publish2(1));
    receive(session, publish2(2));
    const deliver = () => expect.fail('a message above the Receive Maximum was delivered');
    throws(() => receive(session, publish2(3), { deliver }), 'PROTOCOL_ERROR', tooMany);
    expect(session.size).to.equal(2);
  });

  it('counts a message sent twice once, and one that is released no more', () => {
    const session = receiver({ receiveMaximum: 1 });
    receive(session, publish2(1));
    expect(receive(session, publish2(1))).to.deep.equal(['PUBREC #1']);
    receive(session, pubrel(1));
    expect(receive(session, publish2(2))).to.deep.equal(['deliver t', 'PUBREC #2']);
  });

  it('counts anew on every connection, and those that are sent again with it', () => {
    const session = receiver({ receiveMaximum: 2 });
    receive(session, publish2(1));
    receive(session, publish2(2));
    session.begin({ receiveMaximum: 1, topicAliasMaximum: 0 });
    expect(receive(session, publish2(1))).to.deep.equal(['PUBREC #1']);
    throws(() => receive(session, publish2(2)), 'PROTOCOL_ERROR', tooMany);
  });

  it('has no limit before a connection, nor in 3.x', () => {
    const session = new Receiver();
    for (let id = 1; id <= 0xffff; id++) receive(session, publish2(id));
    expect(session.size).to.equal(0xffff);
  });
});

describe('the receiver: acknowledgements that waited', () => {
  /** A QoS 2 message that a subscriber has acknowledged by hand, and its PUBREC. */
  function acknowledged(reasonCode: number, refusals = true) {
    const session = receiver({ receiveMaximum: 1 });
    let ticket: AckTicket | undefined;
    const deliver = (message: MqttMessage) => {
      const manual = manualMessage(message);
      ({ ticket } = manual);
      return manual.inbound;
    };
    expect(receive(session, publish2(1), { deliver })).to.deep.equal(['deliver t']);
    ticket!.settle(reasonCode);
    return { session, acks: nextAcks(session, refusals) };
  }

  it('a PUBREC leaves the message open until its PUBREL: it takes room, and is not delivered again', () => {
    const { session, acks } = acknowledged(0);
    expect(acks).to.deep.equal(['PUBREC #1']);
    throws(() => receive(session, publish2(2)), 'PROTOCOL_ERROR', { reasonCode: 0x93 });
    expect(receive(session, publish2(1))).to.deep.equal(['PUBREC #1']);
    expect(receive(session, pubrel(1))).to.deep.equal(['PUBCOMP #1']);
    expect(receive(session, publish2(2))).to.deep.equal(['deliver t', 'PUBREC #2']);
  });

  it('a PUBREC that refuses is the end of it: there is room, and the identifier names another message', () => {
    const { session, acks } = acknowledged(0x83);
    expect(acks).to.deep.equal(['PUBREC #1 0x83']);
    expect(session.size).to.equal(0);
    expect(receive(session, publish2(1))).to.deep.equal(['deliver t', 'PUBREC #1']);
  });

  it('3.x knows no refusal: the message stays open until its PUBREL', () => {
    const { session, acks } = acknowledged(0x83, false);
    expect(acks).to.deep.equal(['PUBREC #1']);
    expect(receive(session, publish2(1))).to.deep.equal(['PUBREC #1']);
  });
});

/** The message that the receiver delivers for a PUBLISH. */
function deliveredMessage(session: Receiver, packet: PublishPacket): MqttMessage {
  let delivered: MqttMessage | undefined;
  receive(session, packet, { deliver: message => void (delivered = message) });
  return delivered ?? expect.fail('nothing was delivered');
}

describe('the receiver: topic aliases (5.0 section 3.3.2.3.4)', () => {
  const withAliases = () => receiver({ topicAliasMaximum: 10 });
  const aliased = (topic: string, topicAlias: number, fields: Parameters<typeof publish>[1] = {}) =>
    publish(topic, { properties: { topicAlias }, ...fields });
  const topicOf = (session: Receiver, ...packet: Parameters<typeof aliased>) =>
    deliveredMessage(session, aliased(...packet)).topic;

  it('gives an aliased message its topic (A QoS 2 message by topic alias arriving with an empty topic)', () => {
    const session = withAliases();
    expect(topicOf(session, 'a/b', 1, { qos: 2, packetId: 1 })).to.equal('a/b');
    expect(topicOf(session, '', 1, { qos: 2, packetId: 2 })).to.equal('a/b');
    expect(topicOf(session, '', 1, { qos: 1, packetId: 3 })).to.equal('a/b');
    expect(topicOf(session, '', 1)).to.equal('a/b');
  });

  it('accepts every alias up to our maximum [MQTT-3.3.2-10]', () => {
    const session = withAliases();
    for (let alias = 1; alias <= 10; alias++) topicOf(session, `topic ${alias}`, alias);
    expect(topicOf(session, '', 1)).to.equal('topic 1');
    expect(topicOf(session, '', 10)).to.equal('topic 10');
  });

  it('gives an alias another topic when the broker does', () => {
    const session = withAliases();
    topicOf(session, 'a', 1);
    topicOf(session, 'b', 1);
    expect(topicOf(session, '', 1)).to.equal('b');
  });

  it('does not carry an alias over to another connection [MQTT-3.3.2-7]', () => {
    const session = withAliases();
    topicOf(session, 'a', 1);
    session.begin({ receiveMaximum: Infinity, topicAliasMaximum: 10 });
    throws(() => receive(session, aliased('', 1)), 'PROTOCOL_ERROR', { reasonCode: 0x82 });
  });

  it('refuses an alias that was never given a topic [MQTT-3.3.2.3.4]', () => {
    throws(() => receive(withAliases(), aliased('', 3)), 'PROTOCOL_ERROR', { reasonCode: 0x82, phase: 'mqtt' });
  });

  for (const [what, alias] of [
    ['0 [MQTT-3.3.2-8]', 0],
    ['above our maximum [MQTT-3.3.2-11]', 11],
  ] as const) {
    it(`refuses alias ${what}, with a topic or without, and learns nothing from it`, () => {
      const session = withAliases();
      for (const topic of ['a', '']) {
        const fields = { reasonCode: 0x94, retryable: true };
        throws(() => receive(session, aliased(topic, alias)), 'PROTOCOL_ERROR', fields);
      }
      session.begin({ receiveMaximum: Infinity, topicAliasMaximum: 100 });
      if (alias > 0) throws(() => receive(session, aliased('', alias)), 'PROTOCOL_ERROR', { reasonCode: 0x82 });
    });
  }

  it('refuses all when our maximum is 0, the default [MQTT-3.1.2-27]', () => {
    throws(() => receive(new Receiver(), aliased('a', 1)), 'PROTOCOL_ERROR', { reasonCode: 0x94 });
  });
});

describe('the receiver: the message', () => {
  it('is what came', () => {
    const properties = { contentType: 'x' };
    const packet = publish('a', { payload: 'x', qos: 2, retain: true, dup: true, packetId: 5, properties });
    const message = deliveredMessage(receiver(), packet);
    const { topic, payload, qos, retain, dup, packetId } = message;
    expect({ topic, payload, qos, retain, dup, packetId }).to.deep.equal({
      topic: 'a',
      payload: packet.payload,
      qos: 2,
      retain: true,
      dup: true,
      packetId: 5,
    });
    expect(message.properties).to.equal(properties);
  });

  it('has properties also where none came', () => {
    expect(deliveredMessage(receiver(), publish('a')).properties).to.deep.equal({});
  });
});
