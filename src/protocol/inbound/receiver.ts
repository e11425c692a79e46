import { MqttMessage } from '../../message.js';
import type { ProtocolVersion, PublishAck, PublishPacket, PublishRefusal, PubrelPacket } from '../../packets.js';
import { InboundMessage } from './inbound-message.js';
import { PendingAcks, type Withdrawn } from './pending-acks.js';
import { isFailure } from '../reason-codes.js';
import { protocolError } from '../violations.js';

export interface ReceiverLimits {
  /** How many QoS 1 and 2 messages the broker may have open towards us; Infinity in 3.x. */
  readonly receiveMaximum: number;
  readonly topicAliasMaximum: number;
}

/** How a connection hands over what it receives. */
export interface InboundHandling {
  readonly protocolVersion: ProtocolVersion;
  /** When a QoS 2 message is handed over: with its PUBLISH, or with its PUBREL. */
  readonly deliverQos2: 'publish' | 'release';
  /** Takes each message once. Must not throw. Returns an inbound message where a subscriber acknowledges it first. */
  readonly deliver: (message: MqttMessage) => InboundMessage | undefined;
  /** Called for a message that is not taken: it is refused, or at QoS 0 dropped. */
  readonly refused?: ((message: MqttMessage, refusal: PublishRefusal) => void) | undefined;
}

/** The receiving half of a session (5.0 sections 4.3 and 4.4): which QoS 2 messages have come, so that each is delivered once. */
export class Receiver {
  // lives with the session
  /** QoS 2 identifiers between PUBLISH and PUBREL; with the message where it is handed over on PUBREL. */
  readonly #received = new Map<number, MqttMessage | undefined>();
  readonly #acks: PendingAcks;

  // lives with the connection
  #limits: ReceiverLimits = { receiveMaximum: Infinity, topicAliasMaximum: 0 };
  readonly #aliases = new Map<number, string>();
  /** What came on this connection and is not acknowledged or released: the broker's use of our Receive Maximum. */
  readonly #open = new Set<number>();

  /** @param ready - called when an acknowledgement that waited may go out: see `nextAck()`. */
  constructor(ready: () => void = () => undefined) {
    this.#acks = new PendingAcks(ready);
  }

  get size(): number {
    return this.#received.size;
  }

  /** Our Receive Maximum is used up: the broker may send no QoS 1 and 2. */
  get isFull(): boolean {
    return this.#open.size >= this.#limits.receiveMaximum;
  }

  /** Acknowledgements that could go out, were it not for messages before them that were left. */
  get blockedCount(): number {
    return this.#acks.blockedCount;
  }

  /** Whether the acknowledgement of a message, once it is answered, has to wait: for others, or for the broker to send it again. */
  isBlocked(message: MqttMessage): boolean {
    return this.#acks.isBlocked(message);
  }

  begin(limits: ReceiverLimits): void {
    this.end();
    this.#limits = limits;
    this.#aliases.clear();
    this.#open.clear();
  }

  /** The connection is over. */
  end(): void {
    this.#deliverAgain(this.#acks.end());
  }

  forgetSession(): void {
    this.#received.clear();
    this.#acks.forgetSession();
  }

  /** What has to be known when the client comes back to this session: nobody answers any more for what is open. */
  get kept(): ReadonlyMap<number, MqttMessage | undefined> {
    this.abandon();
    return new Map(this.#received);
  }

  /** The client is back in a session that it left. */
  resumeSession(received: ReadonlyMap<number, MqttMessage | undefined>): void {
    for (const [packetId, message] of received) this.#received.set(packetId, message);
  }

  /** Nobody answers any more for what is open. If the session goes on one day, the broker sends it again, and it is handed over anew. */
  abandon(): void {
    this.#deliverAgain(this.#acks.abandon());
  }

  /**
   * Takes a PUBLISH (5.0 section 4.3). Returns the acknowledgement to send before anything else; undefined where there is none, or where it
   * has to wait for its turn (section 4.6): then `nextAck()` returns what may go out.
   */
  publish(packet: PublishPacket, handling: InboundHandling): PublishAck | undefined {
    const message = this.message(packet);
    const { qos, packetId = 0 } = packet;
    switch (qos) {
      case 0:
        handOver(message, packet.refusal, handling);
        return undefined;
      case 1:
        if (!this.receiveQos1(packetId)) return undefined;
        return this.handedOverQos1(packetId, handOver(message, packet.refusal, handling))
          ? { cmd: 'puback', packetId }
          : undefined;
      case 2: {
        const onRelease = handling.deliverQos2 === 'release' && packet.refusal === undefined;
        // the identifier is noted before the delivery, so that a second PUBLISH cannot be a second delivery [MQTT-4.3.3-10]
        const isNew = this.receiveQos2(packetId, handling.deliverQos2 === 'release' ? message : undefined);
        const inbound = isNew && !onRelease ? handOver(message, packet.refusal, handling) : undefined;
        return this.handedOverQos2(packetId, inbound) ? { cmd: 'pubrec', packetId } : undefined;
      }
    }
  }

  /** Takes a PUBREL. Returns the PUBCOMP to send; undefined where it has to wait: then `nextAck()` returns what may go out. */
  pubrel(packet: PubrelPacket, { deliver, protocolVersion }: InboundHandling): PublishAck | undefined {
    const { packetId } = packet;
    if (this.releasedAgain(packet)) return undefined;
    const { known, held } = this.release(packet);
    if (!this.handedOverOnRelease(packetId, held && deliver(held))) return undefined;
    return known || protocolVersion !== 5
      ? { cmd: 'pubcomp', packetId }
      : { cmd: 'pubcomp', packetId, reasonCode: 0x92 };
  }

  /** The message of a PUBLISH, its topic alias resolved. */
  message({ topic, payload, qos, retain, dup, packetId, properties }: PublishPacket): MqttMessage {
    const alias = properties?.topicAlias;
    return new MqttMessage(
      alias === undefined ? topic : this.#resolve(topic, alias),
      payload,
      qos,
      retain,
      dup,
      packetId,
      properties,
    );
  }

  /** A QoS 1 message. False when it came before on this connection, and still waits for its PUBACK. */
  receiveQos1(packetId: number): boolean {
    if (this.#acks.hasPuback(packetId)) return false;
    this.#assertRoom(packetId);
    return true;
  }

  /** A QoS 1 message was handed over. True when its PUBACK can go out at once. */
  handedOverQos1(packetId: number, inbound: InboundMessage | undefined): boolean {
    if (this.#acks.puback(packetId, inbound)) return true;
    this.#open.add(packetId);
    return false;
  }

  /** Notes a QoS 2 message. False when it came before and is not to be delivered again. */
  receiveQos2(packetId: number, held?: MqttMessage): boolean {
    this.#assertRoom(packetId);
    this.#open.add(packetId);
    if (this.#received.has(packetId)) return false;
    this.#received.set(packetId, held);
    return true;
  }

  /** A QoS 2 message was handed over, is kept for its PUBREL, or came before. True when its PUBREC can go out at once. */
  handedOverQos2(packetId: number, inbound: InboundMessage | undefined): boolean {
    return this.#acks.pubrec(packetId, inbound);
  }

  /** A PUBREL for a message that was handed over on an earlier one: whoever answers for it has not yet, or could not be heard. */
  releasedAgain({ packetId }: PubrelPacket): boolean {
    return this.#acks.releasedAgain(packetId);
  }

  /** Ends a QoS 2 delivery. `known` is false for an identifier that was not open. */
  release({ packetId }: PubrelPacket): { known: boolean; held: MqttMessage | undefined } {
    const held = this.#received.get(packetId);
    this.#open.delete(packetId);
    this.#acks.released(packetId);
    return { known: this.#received.delete(packetId), held };
  }

  /** A QoS 2 message was handed over on PUBREL. True when its PUBCOMP can go out at once; otherwise it does not end yet. */
  handedOverOnRelease(packetId: number, inbound: InboundMessage | undefined): boolean {
    if (this.#acks.pubcomp(packetId, inbound)) return true;
    this.#received.set(packetId, undefined);
    this.#open.add(packetId);
    return false;
  }

  /** The next acknowledgement that waited and may go out now. Without `refusals`, as 3.x has none, every one is a success. */
  nextAck(refusals: boolean): PublishAck | undefined {
    const ack = this.#acks.take();
    if (ack === undefined) return undefined;
    const { cmd, packetId } = ack;
    // a PUBREC that refuses is the end: the identifier is free for another message [MQTT-4.3.3-9]
    const refused = refusals && isFailure(ack.reasonCode);
    if (cmd !== 'pubrec' || refused) this.#open.delete(packetId);
    if (cmd === 'pubcomp' || (cmd === 'pubrec' && refused)) this.#received.delete(packetId);
    return refused ? ack : { cmd, packetId };
  }

  /** Forgets that they were handed over, so that they are handed over again. */
  #deliverAgain(withdrawn: readonly Withdrawn[]): void {
    for (const { packetId, awaited, message: inbound } of withdrawn) {
      if (awaited === 'publish') this.#received.delete(packetId);
      else this.#received.set(packetId, inbound.message);
    }
  }

  /** [MQTT-3.3.4-9] */
  #assertRoom(packetId: number): void {
    const { receiveMaximum } = this.#limits;
    if (this.#open.size < receiveMaximum || this.#open.has(packetId)) return;
    const what = `more than ${receiveMaximum} QoS 1 and 2 messages at a time, the Receive Maximum of this client`;
    throw protocolError('PUBLISH', what, 0x93);
  }

  /** 5.0 section 3.3.2.3.4 */
  #resolve(topic: string, alias: number): string {
    const { topicAliasMaximum } = this.#limits;
    if (alias === 0 || alias > topicAliasMaximum) {
      const what = `topic alias ${alias} is not from 1 to ${topicAliasMaximum}, the Topic Alias Maximum of this client`;
      throw protocolError('PUBLISH', what, 0x94);
    }
    if (topic !== '') this.#aliases.set(alias, topic);
    const known = this.#aliases.get(alias);
    if (known === undefined) throw protocolError('PUBLISH', `topic alias ${alias} was never given a topic`);
    return known;
  }
}

/** Hands a message over, or refuses it: then the refusal is its answer, in its turn. */
function handOver(
  message: MqttMessage,
  refusal: PublishRefusal | undefined,
  { deliver, refused }: InboundHandling,
): InboundMessage | undefined {
  if (refusal === undefined) return deliver(message);
  refused?.(message, refusal);
  return InboundMessage.refused(message, refusal.reasonCode);
}
