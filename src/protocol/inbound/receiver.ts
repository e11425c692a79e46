import { MqttMessage } from '../../message.js';
import type { PublishAck, PublishPacket, PubrelPacket } from '../../packets.js';
import { type InboundHandling, deliverOrRefuse } from './inbound-handling.js';
import type { InboundMessage } from './inbound-message.js';
import { PendingAcks, type PendingQos2Message } from './pending-acks.js';
import { ReceivedIds, receiptOfProcessed } from './received-ids.js';
import { isFailure } from '../reason-codes.js';
import type { Receipt, SessionRecorder } from '../session-recorder.js';
import type { StoreChange } from '../../stored-session.js';
import { ReceiveWindow } from './receive-window.js';
import { ReceivedAliases } from './received-aliases.js';

export interface ReceiverLimits {
  /** The number of QoS 1 and 2 messages that the broker may send without an acknowledgement; Infinity in 3.x. */
  readonly receiveMaximum: number;
  readonly topicAliasMaximum: number;
}

/** What a session gives to its receiver. */
export interface ReceiverConfig {
  /** Called when an acknowledgement of the client that waited may be sent: see `nextAck()`. */
  onAckReady?(): void;
  /** Is told of the changes that have to become durable. */
  readonly recorder?: SessionRecorder | undefined;
}

/**
 * The receiving half of a session (5.0 sections 4.3 and 4.4): `publish()` and `pubrel()` take what the broker sends, and return the
 * acknowledgement. It stores the packet identifiers of QoS 2 messages, so that each message is delivered once.
 */
export class Receiver {
  readonly #config: ReceiverConfig;
  readonly #recorder: SessionRecorder | undefined;

  // lives with the session, and is made when it is first needed
  #received: ReceivedIds | undefined;
  #acks: PendingAcks | undefined;

  // lives with the connection; the window and the aliases are made when they are first needed
  #receiveMaximum = Infinity;
  #topicAliasMaximum = 0;
  #window: ReceiveWindow | undefined;
  #aliases: ReceivedAliases | undefined;
  /** The identifier of the message that is being delivered with its PUBREL; 0 for none. */
  #released = 0;

  constructor(config: ReceiverConfig = {}) {
    this.#config = config;
    this.#recorder = config.recorder;
  }

  /** The number of QoS 2 identifiers that are stored. */
  get size(): number {
    return this.#received?.held.size ?? 0;
  }

  /** Whether our Receive Maximum is used up, so that the broker may send no QoS 1 and 2 messages. */
  get isFull(): boolean {
    return this.#window?.isFull ?? false;
  }

  /** The number of acknowledgements that wait only for messages before them that were left. */
  get blockedCount(): number {
    return this.#acks?.blockedCount ?? 0;
  }

  /** Returns whether the acknowledgement of a settled message has to wait for others, or for the broker to send its packet again. */
  isBlocked(message: MqttMessage): boolean {
    return this.#acks?.isBlocked(message) ?? false;
  }

  /** What has to be stored of a received QoS 2 identifier. */
  receiptOf(packetId: number): Receipt {
    return this.#received?.receiptOf(packetId, this.#acks?.pendingQos2(packetId)) ?? 'none';
  }

  /** Returns the change by which the program stores that it has processed a QoS 2 message; undefined without a store. */
  receiptChangeOf({ qos, packetId = 0 }: MqttMessage): StoreChange | undefined {
    return qos === 2 ? this.#recorder?.receiptChange(packetId, this.#receiptOfProcessed(packetId)) : undefined;
  }

  /** Records that the program has made that change. It also counts for a message that was left, until its exchange is over. */
  adoptReceipt(inbound: InboundMessage): void {
    const { isVoid, message } = inbound;
    const { packetId = 0 } = message;
    if (!isVoid) return this.#recorder?.adoptReceipt(packetId, this.#receiptOfProcessed(packetId));
    if (!this.#received?.hasLeft(inbound)) return;
    const again = this.#acks?.pendingQos2(packetId);
    if (again) again.inbound.adoptReceipt();
    else this.#received.add(packetId, undefined);
  }

  #receiptOfProcessed(packetId: number): 'delivered' | 'none' {
    return packetId === this.#released ? 'none' : receiptOfProcessed(this.#acks?.pendingQos2(packetId));
  }

  begin({ receiveMaximum, topicAliasMaximum }: ReceiverLimits): void {
    this.end();
    this.#receiveMaximum = receiveMaximum;
    this.#topicAliasMaximum = topicAliasMaximum;
    this.#window = this.#aliases = undefined;
  }

  end(): void {
    this.#deliverAgain(this.#acks?.end());
  }

  /** Forgets all identifiers and messages, because the broker has no session. */
  forgetSession(): void {
    this.#received?.clear();
    this.#acks?.forgetSession();
    this.#recorder?.recordNewSession();
  }

  /** The identifiers to remember for a return to this session. Messages that are not settled yet are abandoned. */
  get kept(): ReadonlyMap<number, MqttMessage | undefined> {
    this.abandon();
    return new Map(this.#received?.held);
  }

  /** Restores the identifiers of a session to which the client returns. */
  resumeSession(received: ReadonlyMap<number, MqttMessage | undefined>): void {
    for (const [packetId, message] of received) this.#store(packetId, message);
  }

  /** Abandons messages that are not settled yet. If the session is resumed, the broker sends them again, and they are delivered again. */
  abandon(): void {
    this.#deliverAgain(this.#acks?.abandon());
  }

  /**
   * Takes a PUBLISH (5.0 section 4.3). Returns the acknowledgement to send before anything else; undefined where there is none, or where it
   * has to wait for its turn (section 4.6): then `nextAck()` returns what may be sent.
   */
  publish(packet: PublishPacket, handling: InboundHandling): PublishAck | undefined {
    const message = this.#createMessage(packet);
    const { qos, packetId = 0, refusal } = packet;
    switch (qos) {
      case 0:
        deliverOrRefuse(message, refusal, handling);
        return undefined;
      case 1: {
        // A broker of 3.x may send a message again on the same connection. It is the same message while its PUBACK waits.
        if (this.#acks?.hasPuback(packetId)) return undefined;
        this.#window?.assertRoom(packetId);
        const inbound = deliverOrRefuse(message, refusal, handling);
        if (!this.#acksFor(inbound)?.deferPuback(packetId, inbound)) return { cmd: 'puback', packetId };
        this.#takeWindow(packetId);
        return undefined;
      }
      case 2: {
        this.#window?.assertRoom(packetId);
        this.#takeWindow(packetId);
        let inbound: InboundMessage | undefined;
        if (!this.#received?.held.has(packetId)) {
          const isHeld = handling.deliverQos2 === 'release' && refusal === undefined;
          // The identifier is stored before the message is delivered, so that a second PUBLISH is not delivered again [MQTT-4.3.3-10].
          this.#store(packetId, isHeld ? message : undefined);
          if (!isHeld) inbound = deliverOrRefuse(message, refusal, handling);
        }
        return this.#acksFor(inbound)?.deferPubrec(packetId, inbound) ? undefined : { cmd: 'pubrec', packetId };
      }
    }
  }

  /**
   * Takes a PUBREL (5.0 section 4.3.3), and discards its identifier. Returns the PUBCOMP to send; undefined where it has to wait until the
   * message is settled: then `nextAck()` returns what may be sent.
   */
  pubrel({ packetId }: PubrelPacket, handling: InboundHandling): PublishAck | undefined {
    if (this.#acks?.deferPubcomp(packetId)) return undefined; // it was sent again, and the PUBCOMP of the first one waits
    this.#acks?.dropPubrec(packetId);
    const held = this.#received?.held.get(packetId);
    if (held !== undefined) {
      // The message is no longer held before it is delivered, so that it is delivered once.
      this.#store(packetId, undefined);
      this.#released = packetId;
      const inbound = handling.deliver(held);
      const isDeferred = this.#acksFor(inbound)?.deferPubcomp(packetId, inbound);
      this.#released = 0;
      if (isDeferred) {
        this.#takeWindow(packetId);
        return undefined;
      }
    }
    const isUnknown = !this.#discard(packetId) && handling.protocolVersion === 5;
    return isUnknown ? { cmd: 'pubcomp', packetId, reasonCode: 0x92 } : { cmd: 'pubcomp', packetId };
  }

  /** Returns the next waiting acknowledgement that may be sent. Without `refusals`, which 3.x does not have, each one is a success. */
  nextAck(refusals: boolean): PublishAck | undefined {
    const ack = this.#acks?.take();
    if (ack === undefined) return undefined;
    const { cmd, packetId } = ack;
    const isRefusal = refusals && isFailure(ack.reasonCode);
    if (cmd === 'puback') this.#window?.free(packetId);
    // A PUBREC that refuses ends the exchange: the identifier is free for another message [MQTT-4.3.3-9].
    else if (cmd === 'pubcomp' || isRefusal) this.#discard(packetId);
    else this.#recorder?.recordReceived(packetId);
    return isRefusal ? ack : { cmd, packetId };
  }

  /** Forgets that these messages were delivered, so that the packets that the broker sends again deliver them again. */
  #deliverAgain(cancelled: readonly PendingQos2Message[] = []): void {
    for (const pending of cancelled) this.#received?.leave(pending);
  }

  /** Stores the identifier of a QoS 2 message. @param held - the message, if it is going to be delivered with its PUBREL. */
  #store(packetId: number, held: MqttMessage | undefined): void {
    this.#received ??= new ReceivedIds(this.#recorder);
    this.#received.add(packetId, held);
  }

  /** Discards the identifier of a QoS 2 message: its exchange is over. Returns whether it was stored. */
  #discard(packetId: number): boolean {
    this.#window?.free(packetId);
    return this.#received?.remove(packetId) ?? false;
  }

  /** Returns the message of a PUBLISH, with its topic alias resolved. */
  #createMessage({ topic, payload, qos, retain, dup, packetId, properties }: PublishPacket): MqttMessage {
    const alias = properties?.topicAlias;
    const resolved = alias === undefined ? topic : this.#resolveAlias(topic, alias);
    return new MqttMessage(resolved, payload, qos, retain, dup, packetId, properties);
  }

  #resolveAlias(topic: string, alias: number): string {
    this.#aliases ??= new ReceivedAliases(this.#topicAliasMaximum);
    return this.#aliases.resolve(topic, alias);
  }

  /** Returns what holds acknowledgements that wait; undefined while none has had to, and this one need not. */
  #acksFor(inbound: InboundMessage | undefined): PendingAcks | undefined {
    if (inbound !== undefined) this.#acks ??= new PendingAcks(() => this.#config.onAckReady?.());
    return this.#acks;
  }

  #takeWindow(packetId: number): void {
    this.#window ??= new ReceiveWindow(this.#receiveMaximum);
    this.#window.take(packetId);
  }
}
