import type { NegotiatedLimits } from '../../state.js';
import { unsubscriptionObstacle } from '../limits.js';
import { requestPropertiesSize, requestSize, subscribeSize } from '../packet-size.js';
import type { UnsubscribeRoom } from './unsubscribe-calls.js';
import type { Fits } from './subscription-changes.js';

/** bytes: where a broker names no Maximum Packet Size, or cannot (3.x), it may have one all the same. */
const PRUDENT_SIZE = 0xffff;

/**
 * How many filters go in one SUBSCRIBE and one UNSUBSCRIBE: as many as the broker's limits and `maxFilters` allow, at least one. With
 * `packets` at 1 it is one of the two, with 0 none.
 */
export function requestRoom(limits: NegotiatedLimits, maxFilters: number, packets: number): Fits {
  const taken = { subscribe: new PacketRoom(limits, maxFilters), unsubscribe: new PacketRoom(limits, maxFilters) };
  return (kind, { filter, userProperties }, identifier) => {
    const packet = taken[kind];
    if (packet.filters === 0) {
      if (packets === 0) return false;
      packets--;
      packet.open(requestPropertiesSize(identifier, userProperties));
    }
    return packet.take(filter);
  };
}

/** The filters of a removal that go in its next UNSUBSCRIBE. Nothing of it goes out where one of them is too large. */
export function unsubscribeRoom(limits: NegotiatedLimits, maxFilters: number): UnsubscribeRoom {
  return ({ filters: all, unsent, userProperties = [] }) => {
    if (unsent.size === all.length) {
      for (const filter of all) {
        const obstacle = unsubscriptionObstacle({ filter, userProperties }, limits);
        if (obstacle !== undefined) return obstacle;
      }
    }
    const room = new PacketRoom(limits, maxFilters);
    room.open(requestPropertiesSize(undefined, userProperties));
    const filters: string[] = [];
    for (const filter of unsent) {
      if (!room.take(filter)) break;
      filters.push(filter);
    }
    return filters;
  };
}

/** What has been taken for one packet. */
class PacketRoom {
  readonly #limits: NegotiatedLimits;
  readonly #maxFilters: number;
  #bytes = 0;
  filters = 0;

  constructor(limits: NegotiatedLimits, maxFilters: number) {
    this.#limits = limits;
    this.#maxFilters = maxFilters;
  }

  /** @param properties - bytes, in 5.0 */
  open(properties: number): void {
    if (this.#limits.protocolVersion === 5) this.#bytes = properties;
  }

  take(filter: string): boolean {
    const { maximumPacketSize, protocolVersion } = this.#limits;
    const bytes = this.#bytes + requestSize(filter);
    const most = Math.min(maximumPacketSize, PRUDENT_SIZE);
    if (this.filters > 0 && (this.filters >= this.#maxFilters || subscribeSize(bytes, protocolVersion) > most))
      return false;
    this.filters++;
    this.#bytes = bytes;
    return true;
  }
}
