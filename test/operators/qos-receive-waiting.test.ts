import { expect } from 'chai';
import { Subject } from 'rxjs';
import type { MqttMessage } from '../../src/index.js';
import { type QosReceiveConfig, qosReceive } from '../../src/operators/qos-receive.js';
import type { AckTicket } from '../../src/protocol/inbound/ack-ticket.js';
import { InboundMessage } from '../../src/protocol/inbound/inbound-message.js';
import { Receiver } from '../../src/protocol/inbound/receiver.js';
import { publish, describePacket } from '../support/packets.js';
import { type Delivery as Incoming, packets } from './streams/receiving.js';

/** The flow of messages that somebody answers for, those of the topics `instantly` in the same call. */
function waiting(config: Partial<QosReceiveConfig> = {}, instantly: readonly string[] = []) {
  const out: string[] = [];
  const claims = new Map<string, AckTicket>();
  const ready$ = new Subject<void>();
  const packet$ = new Subject<Incoming>();
  const receiver = new Receiver({ onAckReady: () => ready$.next() });
  receiver.begin({ receiveMaximum: 10, topicAliasMaximum: 0 });
  const deliver = (message: MqttMessage) => {
    out.push(`deliver ${message.topic}`);
    const delivery = new InboundMessage(message, 0, {
      onUnclaimed: () => undefined,
      onClosed: () => undefined,
      isHeldUp: given => receiver.isBlocked(given.message),
    });
    const claim = delivery.issueTicket({ filters: [], onTicketClosed: () => undefined });
    claims.set(message.topic, claim);
    if (instantly.includes(message.topic)) claim.settle(0);
    delivery.offered(false);
    return delivery;
  };
  packet$
    .pipe(qosReceive({ receiver, protocolVersion: 5, deliverQos2: 'publish', deliver, ready$, ...config }))
    .subscribe({
      next: packet => out.push(describePacket(packet)),
      error: (error: unknown) => out.push(String(error)),
      complete: () => out.push('|'),
    });
  return {
    packet$,
    ready$,
    answer: (topic: string, reasonCode = 0) => claims.get(topic)!.settle(reasonCode),
    /** What went out since it was last asked. */
    went: () => out.splice(0),
  };
}

describe('qosReceive where somebody answers for the messages', () => {
  it('QoS 1 and 2 are acknowledged when they are answered, not before', () => {
    const { packet$, answer, went } = waiting();
    packet$.next(packets.o);
    packet$.next(packets.t);
    expect(went()).to.deep.equal(['deliver one', 'deliver two']);
    answer('two');
    expect(went()).to.deep.equal(['PUBREC #2']);
    answer('one', 0x83);
    expect(went()).to.deep.equal(['PUBACK #1 0x83']);
  });

  it('an answer in the same call goes out in that call', () => {
    const { packet$, went } = waiting({}, ['one', 'two']);
    packet$.next(packets.o);
    expect(went()).to.deep.equal(['deliver one', 'PUBACK #1']);
    packet$.next(packets.t);
    expect(went()).to.deep.equal(['deliver two', 'PUBREC #2']);
  });

  it('an answer in the same call waits for the one before it [MQTT-4.6.0-2]', () => {
    const { packet$, answer, went } = waiting({}, ['second']);
    packet$.next(packets.o);
    packet$.next(publish('second', { qos: 1, packetId: 7 }));
    expect(went()).to.deep.equal(['deliver one', 'deliver second']);
    answer('one');
    expect(went()).to.deep.equal(['PUBACK #1', 'PUBACK #7']);
  });

  it('what comes again while it waits is not delivered again', () => {
    const { packet$, answer, went } = waiting();
    for (const packet of [packets.o, packets.o, packets.t, packets.d]) packet$.next(packet);
    expect(went()).to.deep.equal(['deliver one', 'deliver two']);
    answer('one');
    answer('two');
    expect(went()).to.deep.equal(['PUBACK #1', 'PUBREC #2']);
  });

  describe("deliverQos2 'release'", () => {
    it('PUBCOMP follows the answer, once, however often PUBREL comes', () => {
      const { packet$, answer, went } = waiting({ deliverQos2: 'release' });
      packet$.next(packets.t);
      expect(went()).to.deep.equal(['PUBREC #2']);
      packet$.next(packets.r);
      packet$.next(packets.r);
      expect(went()).to.deep.equal(['deliver two']);
      answer('two');
      expect(went()).to.deep.equal(['PUBCOMP #2']);
      packet$.next(packets.r);
      expect(went()).to.deep.equal(['PUBCOMP #2 0x92']);
    });

    it('an answer in the same call goes out in that call', () => {
      const { packet$, went } = waiting({ deliverQos2: 'release' }, ['two']);
      packet$.next(packets.t);
      packet$.next(packets.r);
      expect(went()).to.deep.equal(['PUBREC #2', 'deliver two', 'PUBCOMP #2']);
    });
  });

  it('errors with its source, and with ready$', () => {
    const ofSource = waiting();
    ofSource.packet$.error(new Error('lost'));
    expect(ofSource.went()).to.deep.equal(['Error: lost']);
    const ofReady = waiting();
    ofReady.ready$.error(new Error('broken'));
    expect(ofReady.went()).to.deep.equal(['Error: broken']);
    expect(ofReady.packet$.observed).to.equal(false);
  });
});
