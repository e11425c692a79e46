import type { NegotiatedLimits } from '../state.js';
import { identifierSize, requestSize, subscribeSize } from './packet-size.js';
import type { Fits } from './subscriptions.js';

/** bytes: where a broker names no Maximum Packet Size, or cannot (3.x), it may have one all the same. */
const PRUDENT_SIZE = 0xffff;

/**
 * How many filters go in one SUBSCRIBE and one UNSUBSCRIBE: as many as the broker's limits and `maxFilters` allow, at least one. With
 * `packets` at 1 it is one of the two, with 0 none.
 */
export function requestRoom(limits: NegotiatedLimits, maxFilters: number, packets: number): Fits {
  const { maximumPacketSize, protocolVersion } = limits;
  const most = Math.min(maximumPacketSize, PRUDENT_SIZE);
  const taken = { subscribe: { filters: 0, bytes: 0 }, unsubscribe: { filters: 0, bytes: 0 } };
  return (kind, filter, identifier) => {
    const packet = taken[kind];
    let bytes = packet.bytes + requestSize(filter);
    if (packet.filters === 0) {
      if (packets === 0) return false;
      packets--;
      if (identifier !== undefined) bytes += identifierSize(identifier);
    } else if (packet.filters >= maxFilters || subscribeSize(bytes, protocolVersion) > most) return false;
    packet.filters++;
    packet.bytes = bytes;
    return true;
  };
}
