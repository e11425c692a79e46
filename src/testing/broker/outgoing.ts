import type { Packet, PublishPacket } from '../../packets.js';
import { type BrokerMessage, type BrokerDelivery, packetOf } from './message.js';

/** The connection that messages go out on. */
export interface PacketSink {
  /** How many QoS 1 and 2 messages the client takes at a time. */
  readonly receiveMaximum: number;
  /** False for a packet that is larger than the client allows: it is discarded [MQTT-3.1.2-25]. */
  fits(packet: PublishPacket): boolean;
  send(packet: Packet): void;
}

/** Packet identifiers go from 1 to this (5.0 section 2.2.1). */
const IDENTIFIERS = 0xffff;

interface Waiting {
  readonly message: BrokerMessage;
  readonly delivery: BrokerDelivery;
}

/** Messages from the broker to one client (5.0 sections 4.3 and 4.4). */
export class Outgoing {
  readonly #now: () => number;

  // lives with the session
  #lastId = 0;
  readonly #queue: Waiting[] = [];
  /** By packet identifier, in the order they went out; once PUBREC has come, the packet is PUBREL. */
  readonly #inFlight = new Map<number, PublishPacket | { cmd: 'pubrel'; packetId: number }>();

  // lives with the connection
  #outlet: PacketSink | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** A connection begins: what was in flight goes out again in its order, then what waits [MQTT-4.4.0-1]. */
  begin(outlet: PacketSink): void {
    this.#outlet = outlet;
    for (const packet of this.#inFlight.values()) {
      outlet.send(packet.cmd === 'publish' ? { ...packet, dup: true } : packet);
    }
    this.#pump();
  }

  end(): void {
    this.#outlet = undefined;
  }

  deliver(message: BrokerMessage, delivery: BrokerDelivery): void {
    if (delivery.qos > 0) {
      this.#queue.push({ message, delivery });
      return this.#pump();
    }
    const packet = packetOf(message, delivery, this.#now());
    if (packet !== undefined && this.#outlet?.fits(packet)) this.#outlet.send(packet);
  }

  puback(id: number): void {
    if (this.#inFlight.get(id)?.cmd === 'publish') this.#done(id);
  }

  pubrec(id: number, refused: boolean): void {
    const packet = this.#inFlight.get(id);
    if (packet === undefined) return this.#outlet?.send({ cmd: 'pubrel', packetId: id, reasonCode: 0x92 });
    if (refused) return this.#done(id);
    const pubrel = { cmd: 'pubrel', packetId: id } as const;
    this.#inFlight.set(id, pubrel);
    this.#outlet?.send(pubrel);
  }

  pubcomp(id: number): void {
    if (this.#inFlight.get(id)?.cmd === 'pubrel') this.#done(id);
  }

  #done(id: number): void {
    this.#inFlight.delete(id);
    this.#pump();
  }

  /** The next identifier that is in use by no message. */
  #freeId(): number {
    do this.#lastId = (this.#lastId % IDENTIFIERS) + 1;
    while (this.#inFlight.has(this.#lastId));
    return this.#lastId;
  }

  #pump(): void {
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    const room = Math.min(outlet.receiveMaximum, IDENTIFIERS);
    while (this.#queue.length > 0 && this.#inFlight.size < room) {
      const { message, delivery } = this.#queue.shift()!;
      const packet = packetOf(message, delivery, this.#now());
      if (packet === undefined || !outlet.fits(packet)) continue;
      packet.packetId = delivery.packetId ?? this.#freeId();
      this.#inFlight.set(packet.packetId, packet);
      outlet.send(packet);
    }
  }
}
