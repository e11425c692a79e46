import type { Packet, SubackPacket, SubscribePacket, UnsubscribePacket } from '../../packets.js';
import type { TraceEvent, TracePacket } from '../trace-event.js';

interface Exchange {
  readonly subscribe: TracePacket;
  readonly suback: TracePacket;
}

/**
 * What a part of a trace needs of the events before it, so that it can be replayed: how the connection was opened, and the SUBSCRIBEs of the
 * filters that the broker holds.
 */
export class TracePrologue {
  /** The events since the last state from which the connection can be told. */
  #opening: TraceEvent[] = [];
  readonly #requested = new Map<number, TracePacket>();
  readonly #granted = new Map<string, Exchange>();

  /** Adds the next event of the trace. */
  add(event: TraceEvent): void {
    if (event.type === 'packet') this.#addPacket(event);
    if (event.type !== 'state') return;
    if (event.status !== 'connected') this.#opening = [];
    this.#opening.push(event);
  }

  events(): readonly TraceEvent[] {
    const isConnected = this.#opening.some(event => event.type === 'state' && event.status === 'connected');
    const exchanges = isConnected ? [...new Set(this.#granted.values())] : [];
    return [...this.#opening, ...exchanges.flatMap(exchange => this.#heldOf(exchange))];
  }

  /** Returns the packets of an exchange without the filters that the broker no longer holds by it. */
  #heldOf(exchange: Exchange): TracePacket[] {
    const { subscribe, suback } = exchange;
    const { subscriptions } = subscribe.packet as unknown as SubscribePacket;
    const isHeld = subscriptions.map(({ filter }) => this.#granted.get(filter) === exchange);
    const { reasonCodes } = suback.packet as unknown as SubackPacket;
    return [
      { ...subscribe, packet: { ...subscribe.packet, subscriptions: subscriptions.filter((_, i) => isHeld[i]) } },
      { ...suback, packet: { ...suback.packet, reasonCodes: reasonCodes.filter((_, i) => isHeld[i]) } },
    ];
  }

  #addPacket(event: TracePacket): void {
    const packet = event.packet as unknown as Packet;
    switch (packet.cmd) {
      case 'connect':
        // An earlier CONNECT was of a version that the broker does not speak.
        this.#opening = [...this.#opening.filter(({ type }) => type === 'state'), event];
        break;
      case 'connack':
        this.#opening.push(event);
        if (!packet.sessionPresent) this.#granted.clear();
        this.#requested.clear();
        break;
      case 'subscribe':
        this.#requested.set(packet.packetId, event);
        break;
      case 'suback':
        this.#addSuback(packet, event);
        break;
      case 'unsubscribe':
        this.#removeFilters(packet);
        break;
      default:
    }
  }

  #addSuback({ packetId }: SubackPacket, suback: TracePacket): void {
    const subscribe = this.#requested.get(packetId);
    if (subscribe === undefined) return;
    this.#requested.delete(packetId);
    const { subscriptions } = subscribe.packet as unknown as SubscribePacket;
    const exchange = { subscribe, suback };
    for (const { filter } of subscriptions) this.#granted.set(filter, exchange);
  }

  #removeFilters({ filters }: UnsubscribePacket): void {
    for (const filter of filters) this.#granted.delete(filter);
  }
}
