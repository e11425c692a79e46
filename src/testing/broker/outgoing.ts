import type { Packet, PublishPacket } from '../../packets.js';
import { Queue } from '../../protocol/collections/queue.js';
import { type BrokerMessage, type BrokerDelivery, packetOf } from './message.js';

/** The connection on which messages are sent. */
export interface PacketSink {
  /** The Receive Maximum of the client. */
  readonly receiveMaximum: number;
  /** Returns false for a packet above the Maximum Packet Size of the client, which is discarded [MQTT-3.1.2-25]. */
  fits(packet: PublishPacket): boolean;
  send(packet: Packet): void;
}

/** The highest packet identifier (5.0 section 2.2.1). */
const HIGHEST_ID = 0xffff;

interface Waiting {
  readonly message: BrokerMessage;
  readonly delivery: BrokerDelivery;
}

/** Messages from the broker to one client (5.0 sections 4.3 and 4.4). */
export class Outgoing {
  readonly #now: () => number;

  // lives with the session
  #lastId = 0;
  readonly #queue = new Queue<Waiting>();
  /** The packets in flight by packet identifier, in the order of sending. PUBREL replaces a PUBLISH after PUBREC. */
  readonly #inFlight = new Map<number, PublishPacket | { cmd: 'pubrel'; packetId: number }>();

  // lives with the connection
  #connection: PacketSink | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Begins a connection: resends the messages in flight in their order, then sends those that wait [MQTT-4.4.0-1]. */
  begin(connection: PacketSink): void {
    this.#connection = connection;
    for (const packet of this.#inFlight.values()) {
      connection.send(packet.cmd === 'publish' ? { ...packet, dup: true } : packet);
    }
    this.#sendQueued();
  }

  end(): void {
    this.#connection = undefined;
  }

  deliver(message: BrokerMessage, delivery: BrokerDelivery): void {
    if (delivery.qos > 0) {
      this.#queue.push({ message, delivery });
      return this.#sendQueued();
    }
    const packet = packetOf(message, delivery, this.#now());
    if (packet !== undefined && this.#connection?.fits(packet)) this.#connection.send(packet);
  }

  puback(id: number): void {
    if (this.#inFlight.get(id)?.cmd === 'publish') this.#settle(id);
  }

  pubrec(id: number, refused: boolean): void {
    const packet = this.#inFlight.get(id);
    if (packet === undefined) return this.#connection?.send({ cmd: 'pubrel', packetId: id, reasonCode: 0x92 });
    if (refused) return this.#settle(id);
    const pubrel = { cmd: 'pubrel', packetId: id } as const;
    this.#inFlight.set(id, pubrel);
    this.#connection?.send(pubrel);
  }

  pubcomp(id: number): void {
    if (this.#inFlight.get(id)?.cmd === 'pubrel') this.#settle(id);
  }

  #settle(id: number): void {
    this.#inFlight.delete(id);
    this.#sendQueued();
  }

  /** Returns the next unused packet identifier. */
  #nextId(): number {
    do this.#lastId = (this.#lastId % HIGHEST_ID) + 1;
    while (this.#inFlight.has(this.#lastId));
    return this.#lastId;
  }

  #sendQueued(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const window = Math.min(connection.receiveMaximum, HIGHEST_ID);
    while (this.#queue.length > 0 && this.#inFlight.size < window) {
      const { message, delivery } = this.#queue.take()!;
      const packet = packetOf(message, delivery, this.#now());
      if (packet === undefined || !connection.fits(packet)) continue;
      packet.packetId = delivery.packetId ?? this.#nextId();
      this.#inFlight.set(packet.packetId, packet);
      connection.send(packet);
    }
  }
}
