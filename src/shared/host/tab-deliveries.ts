import type { AckableMessage, PublishProperties } from '../../message.js';
import type { PublishPacket } from '../../packets.js';
import { publishSize } from '../../protocol/packet-size.js';
import { isFailure } from '../../protocol/reason-codes.js';
import type { HostContext, TabConnection } from './host-context.js';
import type { TabSubscription } from './tab-subscription.js';

/** Messages that may wait for a tab. Beyond this, those of QoS 0 are dropped. */
const WAITING = 500;
/** bytes of payloads that may wait for a tab. */
const WAITING_BYTES = 8 * 1024 * 1024;
/** The highest packet identifier (5.0 section 2.2.1). */
const HIGHEST_ID = 0xffff;

/** A message on its way to a tab. */
export interface Delivery {
  readonly message: AckableMessage;
  readonly subscription: TabSubscription;
  /** Whether the tab has sent PUBREC. */
  isReleased: boolean;
}

/** The messages for one tab: those that wait for its window or its reading, and those that it has not acknowledged. */
export class TabDeliveries {
  readonly #context: HostContext;
  readonly #onSettled: (subscription: TabSubscription) => void;

  // lives with the session
  readonly #waiting = new Set<Delivery>();
  #waitingBytes = 0;
  readonly #inFlight = new Map<number, Delivery>();
  #lastId = 0;

  // lives with the connection
  #connection: TabConnection | undefined;
  #receiveMaximum = 0;
  #maximumPacketSize = Infinity;

  /** @param onSettled - called when the tab has acknowledged a message of the subscription. */
  constructor(context: HostContext, onSettled: (subscription: TabSubscription) => void) {
    this.#context = context;
    this.#onSettled = onSettled;
  }

  /** Begins a connection. What the tab has received and not acknowledged is sent again, if the acknowledgement still counts. */
  begin(connection: TabConnection, receiveMaximum: number, maximumPacketSize: number): void {
    this.#connection = connection;
    this.#receiveMaximum = receiveMaximum;
    this.#maximumPacketSize = maximumPacketSize;
    for (const [packetId, delivery] of [...this.#inFlight]) {
      // PUBREL also frees the identifier of a message that the broker sends again under another one
      if (delivery.isReleased || delivery.message.stale) this.#release(packetId, delivery);
      else this.#connection.send(this.#packetOf(delivery, packetId, true));
    }
    this.send();
  }

  end(): void {
    this.#connection = undefined;
  }

  /** Whether so many messages wait for the tab, or for its acknowledgement, that it may be frozen. */
  get isBehind(): boolean {
    return this.#waiting.size + this.#inFlight.size >= WAITING || this.#waitingBytes >= WAITING_BYTES;
  }

  /** Drops the messages that wait and that the broker sends again. */
  dropStale(): void {
    for (const delivery of this.#waiting) if (delivery.message.stale) this.#remove(delivery);
  }

  add(message: AckableMessage, subscription: TabSubscription): void {
    if (this.isBehind) this.#connection?.probe();
    const isFull = this.#waiting.size >= WAITING || this.#waitingBytes >= WAITING_BYTES;
    if (isFull && qosOf(message, subscription) === 0) {
      message.ack();
      return this.#context.onDropped(message.topic);
    }
    this.#waiting.add({ message, subscription, isReleased: false });
    this.#waitingBytes += message.payload.length;
    this.send();
  }

  /** Sends what the window and the reading of the tab allow. */
  send(): void {
    for (const delivery of this.#waiting) {
      const connection = this.#connection;
      if (connection === undefined || connection.isFull) return;
      const isAcknowledged = qosOf(delivery.message, delivery.subscription) > 0;
      if (isAcknowledged && this.#inFlight.size >= this.#receiveMaximum) return;
      this.#remove(delivery);
      const packetId = isAcknowledged ? this.#nextId() : 0;
      const packet = this.#packetOf(delivery, packetId, delivery.message.dup);
      if (publishSize(packet, 5) > this.#maximumPacketSize) {
        // as if it had been sent [MQTT-3.1.2-25]
        delivery.message.ack();
        continue;
      }
      if (isAcknowledged) this.#inFlight.set(packetId, delivery);
      connection.send(packet);
      if (!isAcknowledged) delivery.message.ack();
    }
  }

  puback(packetId: number, reasonCode = 0): void {
    const delivery = this.#inFlight.get(packetId);
    if (delivery === undefined) return;
    this.#inFlight.delete(packetId);
    settle(delivery, reasonCode);
    this.#onSettled(delivery.subscription);
    this.send();
  }

  pubrec(packetId: number, reasonCode = 0): void {
    const delivery = this.#inFlight.get(packetId);
    if (delivery === undefined) return this.#connection?.send({ cmd: 'pubrel', packetId, reasonCode: 0x92 });
    if (isFailure(reasonCode)) return this.puback(packetId, reasonCode);
    settle(delivery, reasonCode);
    this.#release(packetId, delivery);
    this.#onSettled(delivery.subscription);
  }

  pubcomp(packetId: number): void {
    if (!this.#inFlight.get(packetId)?.isReleased) return;
    this.#inFlight.delete(packetId);
    this.send();
  }

  /** Whether the tab has messages of the subscription that it has not acknowledged. */
  hasInFlight(subscription: TabSubscription): boolean {
    for (const delivery of this.#inFlight.values())
      if (delivery.subscription === subscription && !delivery.isReleased && !delivery.message.stale) return true;
    return false;
  }

  /** Removes the messages of a subscription that wait. */
  takeWaiting(subscription: TabSubscription): Delivery[] {
    const taken = [...this.#waiting].filter(delivery => delivery.subscription === subscription);
    for (const delivery of taken) this.#remove(delivery);
    return taken;
  }

  /** Removes everything that the tab has not acknowledged, because it is gone. Its packet identifiers stay in use. */
  takeAll(): Delivery[] {
    const unacknowledged = [...this.#inFlight.values()].filter(({ isReleased }) => !isReleased);
    const all = [...unacknowledged, ...this.#waiting];
    for (const delivery of unacknowledged) delivery.isReleased = true;
    this.#waiting.clear();
    this.#waitingBytes = 0;
    return all;
  }

  #remove(delivery: Delivery): void {
    this.#waiting.delete(delivery);
    this.#waitingBytes -= delivery.message.payload.length;
  }

  #release(packetId: number, delivery: Delivery): void {
    delivery.isReleased = true;
    if (qosOf(delivery.message, delivery.subscription) < 2) this.#inFlight.delete(packetId);
    else this.#connection?.send({ cmd: 'pubrel', packetId });
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % HIGHEST_ID) + 1;
    while (this.#inFlight.has(this.#lastId));
    return this.#lastId;
  }

  #packetOf({ message, subscription }: Delivery, packetId: number, dup: boolean): PublishPacket {
    const { topic, payload, retain, properties: received } = message;
    const { topicAlias: _, subscriptionIdentifier: __, ...others } = received;
    const { identifier } = subscription;
    const properties: PublishProperties = {
      ...others,
      ...(identifier === undefined ? {} : { subscriptionIdentifier: identifier }),
    };
    const qos = qosOf(message, subscription);
    const id = qos === 0 ? {} : { packetId };
    return { cmd: 'publish', topic, payload, qos, retain, dup: qos > 0 && dup, ...id, properties };
  }
}

/** Returns the QoS with which the tab gets the message: not above that of its own subscription, which others may have raised. */
const qosOf = (message: AckableMessage, { qos }: TabSubscription) => (message.qos < qos ? message.qos : qos);

function settle({ message }: Delivery, reasonCode: number): void {
  if (isFailure(reasonCode)) message.reject(reasonCode);
  else message.ack();
}
