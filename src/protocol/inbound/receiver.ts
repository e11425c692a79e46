import { MqttMessage } from '../../message.js';
import type { StoreChange } from '../../stored-session.js';
import type { ProtocolVersion, PublishAck, PublishPacket, PublishRefusal, PubrelPacket } from '../../packets.js';
import type { Receipt, SessionRecorder } from '../session-recorder.js';
import { InboundMessage } from './inbound-message.js';
import { PendingAcks, type Withdrawn } from './pending-acks.js';
import { isFailure } from '../reason-codes.js';
import { protocolError } from '../violations.js';

export interface ReceiverLimits {
  /** The number of QoS 1 and 2 messages that the broker may send without an acknowledgement; Infinity in 3.x. */
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

/** The receiving half of a session (5.0 sections 4.3 and 4.4). It knows which QoS 2 messages were received, so that each is delivered once. */
export class Receiver {
  // lives with the session
  /** QoS 2 identifiers between PUBLISH and PUBREL, with the message if it is delivered on PUBREL. */
  readonly #received = new Map<number, MqttMessage | undefined>();
  readonly #acks: PendingAcks;

  // lives with the connection
  #limits: ReceiverLimits = { receiveMaximum: Infinity, topicAliasMaximum: 0 };
  readonly #aliases = new Map<number, string>();
  /** The identifiers received on this connection that are not acknowledged or released: the broker's use of our Receive Maximum. */
  readonly #open = new Set<number>();

  readonly #recorder: SessionRecorder | undefined;

  /** @param ready - is called when a waiting acknowledgement may be sent: see `nextAck()`. */
  constructor(ready: () => void = () => undefined, recorder?: SessionRecorder) {
    this.#acks = new PendingAcks(ready);
    this.#recorder = recorder;
  }

  get size(): number {
    return this.#received.size;
  }

  /** Whether our Receive Maximum is used up, so that the broker may send no QoS 1 and 2 messages. */
  get isFull(): boolean {
    return this.#open.size >= this.#limits.receiveMaximum;
  }

  /** The number of acknowledgements that wait only for messages before them that were left. */
  get blockedCount(): number {
    return this.#acks.blockedCount;
  }

  /** Returns whether the acknowledgement of an answered message has to wait for others, or for the broker to send it again. */
  isBlocked(message: MqttMessage): boolean {
    return this.#acks.isBlocked(message);
  }

  /** What has to be stored of a received QoS 2 identifier. */
  receiptOf(packetId: number): Receipt {
    const waiting = this.#acks.receiptOf(packetId);
    if (waiting !== undefined) return waiting;
    return this.#received.has(packetId) ? (this.#received.get(packetId) ?? 'delivered') : 'none';
  }

  /** Returns the change by which the program stores itself that it has processed a QoS 2 message; undefined without a store. */
  receiptChangeOf({ qos, packetId = 0 }: MqttMessage): StoreChange | undefined {
    return qos === 2 ? this.#recorder?.receiptChange(packetId, this.#processedReceipt(packetId)) : undefined;
  }

  /** Records that the program has made that change. */
  adoptReceipt({ isVoid, message: { qos, packetId = 0 } }: InboundMessage): void {
    if (qos < 2) return;
    this.#recorder?.adoptReceipt(packetId, isVoid ? 'unknown' : this.#processedReceipt(packetId));
    this.#recorder?.recordReceived(packetId);
  }

  /** A message that is delivered on PUBREL is stored until it is processed, and any other one from then on. */
  #processedReceipt(packetId: number): 'delivered' | 'none' {
    return this.#acks.isUncompleted(packetId) ? 'none' : 'delivered';
  }

  begin(limits: ReceiverLimits): void {
    this.end();
    this.#limits = limits;
    this.#aliases.clear();
    this.#open.clear();
  }

  /** Ends the connection. */
  end(): void {
    this.#deliverAgain(this.#acks.end());
  }

  forgetSession(): void {
    for (const packetId of [...this.#received.keys()]) this.#forget(packetId);
    this.#acks.forgetSession();
    this.#recorder?.recordNewSession();
  }

  /** The QoS 2 identifiers to remember for a return to this session. Messages that are not answered yet are abandoned. */
  get kept(): ReadonlyMap<number, MqttMessage | undefined> {
    this.abandon();
    return new Map(this.#received);
  }

  /** Restores the identifiers of a session to which the client returns. */
  resumeSession(received: ReadonlyMap<number, MqttMessage | undefined>): void {
    for (const [packetId, message] of received) this.#note(packetId, message);
  }

  /** Abandons messages that are not answered yet. If the session is resumed, the broker sends them again, and they are delivered again. */
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

  /** Returns the message of a PUBLISH, with its topic alias resolved. */
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

  /** Takes the identifier of a QoS 1 message. Returns false if it was received before on this connection and its PUBACK still waits. */
  receiveQos1(packetId: number): boolean {
    if (this.#acks.hasPuback(packetId)) return false;
    this.#assertRoom(packetId);
    return true;
  }

  /** Notes that a QoS 1 message was delivered. Returns true if its PUBACK can be sent now. */
  handedOverQos1(packetId: number, inbound: InboundMessage | undefined): boolean {
    if (this.#acks.puback(packetId, inbound)) return true;
    this.#open.add(packetId);
    return false;
  }

  /** Takes the identifier of a QoS 2 message. Returns false if it was received before, so that it is not delivered again. */
  receiveQos2(packetId: number, held?: MqttMessage): boolean {
    this.#assertRoom(packetId);
    this.#open.add(packetId);
    if (this.#received.has(packetId)) return false;
    this.#note(packetId, held);
    return true;
  }

  /** Notes that a QoS 2 message was delivered, is kept for its PUBREL, or was received before. Returns true if its PUBREC can be sent now. */
  handedOverQos2(packetId: number, inbound: InboundMessage | undefined): boolean {
    return this.#acks.pubrec(packetId, inbound);
  }

  /** Takes a repeated PUBREL. Returns whether its message was delivered before and its PUBCOMP waits. */
  releasedAgain({ packetId }: PubrelPacket): boolean {
    return this.#acks.releasedAgain(packetId);
  }

  /** Ends a QoS 2 exchange. `known` is false for an unknown identifier. */
  release({ packetId }: PubrelPacket): { known: boolean; held: MqttMessage | undefined } {
    const held = this.#received.get(packetId);
    this.#open.delete(packetId);
    this.#acks.released(packetId);
    return { known: this.#forget(packetId), held };
  }

  /** Notes that a QoS 2 message was delivered on PUBREL. Returns true if its PUBCOMP can be sent now; otherwise the exchange goes on. */
  handedOverOnRelease(packetId: number, inbound: InboundMessage | undefined): boolean {
    if (this.#acks.pubcomp(packetId, inbound)) return true;
    this.#note(packetId, undefined);
    this.#open.add(packetId);
    return false;
  }

  /** Returns the next waiting acknowledgement that may be sent. Without `refusals`, which 3.x does not have, each one is a success. */
  nextAck(refusals: boolean): PublishAck | undefined {
    const ack = this.#acks.take();
    if (ack === undefined) return undefined;
    const { cmd, packetId } = ack;
    // a PUBREC that refuses is the end: the identifier is free for another message [MQTT-4.3.3-9]
    const refused = refusals && isFailure(ack.reasonCode);
    if (cmd !== 'pubrec' || refused) this.#open.delete(packetId);
    if (cmd === 'pubcomp' || (cmd === 'pubrec' && refused)) this.#forget(packetId);
    else if (cmd === 'pubrec') this.#recorder?.recordReceived(packetId);
    return refused ? ack : { cmd, packetId };
  }

  /** Forgets that these messages were delivered, so that they are delivered again. */
  #deliverAgain(withdrawn: readonly Withdrawn[]): void {
    for (const { packetId, awaited, message: inbound } of withdrawn) {
      if (awaited === 'publish') this.#forget(packetId);
      else this.#note(packetId, inbound.message);
    }
  }

  #note(packetId: number, message: MqttMessage | undefined): void {
    this.#received.set(packetId, message);
    this.#recorder?.recordReceived(packetId);
  }

  /** Returns whether the identifier was known. */
  #forget(packetId: number): boolean {
    this.#recorder?.recordReceived(packetId);
    return this.#received.delete(packetId);
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

/** Delivers a message. A message that is refused is not delivered; its refusal is the answer, in its turn. */
function handOver(
  message: MqttMessage,
  refusal: PublishRefusal | undefined,
  { deliver, refused }: InboundHandling,
): InboundMessage | undefined {
  if (refusal === undefined) return deliver(message);
  refused?.(message, refusal);
  return InboundMessage.refused(message, refusal.reasonCode);
}
