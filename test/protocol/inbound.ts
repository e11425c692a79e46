import { expect } from 'chai';
import type { MqttMessage } from '../../src/message.js';
import type { ProtocolVersion, PublishAck, PublishPacket, PubrelPacket } from '../../src/packets.js';
import type { AckTicket } from '../../src/protocol/inbound/ack-ticket.js';
import { InboundMessage } from '../../src/protocol/inbound/inbound-message.js';
import type { InboundHandling } from '../../src/protocol/inbound/inbound-handling.js';
import { Receiver, type ReceiverLimits } from '../../src/protocol/inbound/receiver.js';
import { describePacket, publish, pubrel } from '../support/packets.js';

/** The PUBLISH of a QoS 2 message to the topic `t`. */
export const publish2 = (packetId: number, fields: Partial<PublishPacket> = {}): PublishPacket => ({
  ...publish('t', { qos: 2, packetId }),
  ...fields,
});

/** Gives a receiver a packet of a 5.0 broker as the flow does. Returns what is delivered and sent, in order. */
export function receive(
  receiver: Receiver,
  packet: PublishPacket | PubrelPacket,
  { deliver, ...handling }: Partial<InboundHandling> = {},
): string[] {
  const log: string[] = [];
  const ack = handle(receiver, packet, {
    ...handling,
    deliver: message => {
      log.push(`deliver ${message.topic}`);
      return deliver?.(message);
    },
  });
  return log.concat(ack === undefined ? nextAcks(receiver) : describePacket(ack));
}

function handle(
  receiver: Receiver,
  packet: PublishPacket | PubrelPacket,
  handling: Partial<InboundHandling> & Pick<InboundHandling, 'deliver'>,
): PublishAck | undefined {
  const config: InboundHandling = { protocolVersion: 5, deliverQos2: 'publish', ...handling };
  return packet.cmd === 'publish' ? receiver.publish(packet, config) : receiver.pubrel(packet, config);
}

/** The acknowledgements that waited and may be sent now. */
export function nextAcks(receiver: Receiver, refusals = true): string[] {
  const acks: string[] = [];
  for (let ack = receiver.nextAck(refusals); ack; ack = receiver.nextAck(refusals)) acks.push(describePacket(ack));
  return acks;
}

/** A message that one subscriber acknowledges by hand, with its ticket. `settle` acknowledges it during its delivery. */
export function manualMessage(
  message: MqttMessage,
  receiver?: Receiver,
  settle?: (ticket: AckTicket) => void,
): { inbound: InboundMessage; ticket: AckTicket } {
  const inbound = new InboundMessage(message, 0, {
    onUnclaimed: () => undefined,
    onClosed: () => undefined,
    isHeldUp: () => receiver?.isBlocked(message) ?? false,
  });
  const ticket = inbound.issueTicket({ filters: [], onTicketClosed: () => undefined });
  settle?.(ticket);
  inbound.offered(false);
  return { inbound, ticket };
}

interface ReceivingConfig extends Partial<ReceiverLimits> {
  /** Default: 5. */
  readonly protocolVersion?: ProtocolVersion;
  /** Whether acknowledgements that become ready are sent, as the flow does. Default: true. */
  readonly sends?: boolean;
}

/** A receiver with a connection, messages for it, and the acknowledgements that it sends. */
export class TestReceiving {
  readonly #limits: ReceiverLimits;
  readonly #protocolVersion: ProtocolVersion;
  readonly #sends: boolean;
  readonly session: Receiver;
  /** The acknowledgements that were sent, except the PUBRECs of `released()`. */
  readonly out: string[] = [];

  constructor(config: ReceivingConfig = {}) {
    const { receiveMaximum = Infinity, topicAliasMaximum = 0, protocolVersion = 5, sends = true } = config;
    this.#limits = { receiveMaximum, topicAliasMaximum };
    this.#protocolVersion = protocolVersion;
    this.#sends = sends;
    this.session = new Receiver({ onAckReady: () => this.#sendWaiting() });
    this.session.begin(this.#limits);
  }

  /** A message that no subscriber acknowledges by hand. Returns whether it is delivered. */
  readonly auto1 = (packetId: number): boolean => this.#receive(publish('t', { qos: 1, packetId }));
  readonly auto2 = (packetId: number): boolean => this.#receive(publish2(packetId));

  /** Returns whether the message is delivered. */
  readonly pubrel = (packetId: number): boolean => this.#receive(pubrel(packetId));

  /** A message that a subscriber acknowledges by hand. Returns its ticket. */
  readonly manual1 = (packetId: number): AckTicket => this.#receiveManual(publish('t', { qos: 1, packetId }));
  readonly manual2 = (packetId: number): AckTicket => this.#receiveManual(publish2(packetId));

  /** A message that is delivered with its PUBREL to a subscriber that acknowledges by hand. Returns its ticket. */
  readonly released = (packetId: number): AckTicket => {
    const deliver = () => expect.fail('the message was delivered with its PUBLISH');
    const ack = handle(this.session, publish2(packetId), { deliverQos2: 'release', deliver });
    if (ack !== undefined) expect(ack).to.deep.equal({ cmd: 'pubrec', packetId });
    return this.#receiveManual(pubrel(packetId));
  };

  /** A message that its subscriber acknowledges while it is delivered. Returns what the ticket says of that, still during the delivery. */
  readonly settledDuringDelivery = (qos: 1 | 2, packetId: number, reasonCode = 0): boolean | 'pending' => {
    let acknowledged: boolean | 'pending' | undefined;
    this.#receive(publish('t', { qos, packetId }), message => {
      const { inbound, ticket } = manualMessage(message, this.session, given => given.settle(reasonCode));
      ({ acknowledged } = ticket);
      return inbound;
    });
    return acknowledged ?? expect.fail('the message was not delivered');
  };

  readonly reconnect = (session: 'present' | 'absent' = 'present'): void => {
    this.session.end();
    if (session === 'absent') this.session.forgetSession();
    this.session.begin(this.#limits);
  };

  #receiveManual(packet: PublishPacket | PubrelPacket): AckTicket {
    let ticket: AckTicket | undefined;
    this.#receive(packet, message => {
      const manual = manualMessage(message, this.session);
      ({ ticket } = manual);
      return manual.inbound;
    });
    return ticket ?? expect.fail('the message was not delivered');
  }

  /** Returns whether a message is delivered. */
  #receive(packet: PublishPacket | PubrelPacket, deliver?: InboundHandling['deliver']): boolean {
    let isDelivered = false;
    const ack = handle(this.session, packet, {
      protocolVersion: this.#protocolVersion,
      deliver: message => {
        isDelivered = true;
        return deliver?.(message);
      },
    });
    if (ack === undefined) this.#sendWaiting();
    else this.out.push(describePacket(ack));
    return isDelivered;
  }

  #sendWaiting(): void {
    if (this.#sends) this.out.push(...nextAcks(this.session, this.#protocolVersion === 5));
  }
}
