import type { NegotiatedLimits } from '../../state.js';
import { unsubscriptionObstacle } from '../limits.js';
import { requestPropertiesSize, requestSize, subscribeSize } from '../packet-size.js';
import type { FilterSelector } from './unsubscribe-calls.js';
import type { Fits } from './subscription-changes.js';

/** bytes: a broker that names no Maximum Packet Size, or cannot name one (3.x), may still have one. */
const SAFE_SIZE = 0xffff;

/**
 * Returns a function that tells for one filter after the other whether it fits into the next SUBSCRIBE or UNSUBSCRIBE. A packet has as many
 * filters as the broker's limits and `maxFilters` allow, and at least one.
 *
 * @param packets - how many packets may be sent: with 1 only one of the two kinds, with 0 none.
 */
export function requestFits(limits: NegotiatedLimits, maxFilters: number, packets: number): Fits {
  const sizes = { subscribe: new RequestSize(limits, maxFilters), unsubscribe: new RequestSize(limits, maxFilters) };
  return (kind, { filter, userProperties }, identifier) => {
    const size = sizes[kind];
    if (size.filters === 0) {
      if (packets === 0) return false;
      packets--;
      size.addProperties(requestPropertiesSize(identifier, userProperties));
    }
    return size.tryAdd(filter);
  };
}

/** Returns a selector of the filters in the next UNSUBSCRIBE of a call. Nothing of a call is sent if one of its filters is too large. */
export function createFilterSelector(limits: NegotiatedLimits, maxFilters: number): FilterSelector {
  return ({ filters: all, unsent, userProperties = [] }) => {
    if (unsent.size === all.length) {
      for (const filter of all) {
        const obstacle = unsubscriptionObstacle({ filter, userProperties }, limits);
        if (obstacle !== undefined) return obstacle;
      }
    }
    const size = new RequestSize(limits, maxFilters);
    size.addProperties(requestPropertiesSize(undefined, userProperties));
    const filters: string[] = [];
    for (const filter of unsent) {
      if (!size.tryAdd(filter)) break;
      filters.push(filter);
    }
    return filters;
  };
}

/** The size of a SUBSCRIBE or UNSUBSCRIBE that is put together. */
class RequestSize {
  readonly #limits: NegotiatedLimits;
  readonly #maxFilters: number;
  #bytes = 0;
  filters = 0;

  constructor(limits: NegotiatedLimits, maxFilters: number) {
    this.#limits = limits;
    this.#maxFilters = maxFilters;
  }

  /** @param bytes - the size of the properties, which only 5.0 has. */
  addProperties(bytes: number): void {
    if (this.#limits.protocolVersion === 5) this.#bytes = bytes;
  }

  /** Adds a filter, or returns false where it does not fit. The first one always fits. */
  tryAdd(filter: string): boolean {
    const { maximumPacketSize, protocolVersion } = this.#limits;
    const bytes = this.#bytes + requestSize(filter);
    const maximumSize = Math.min(maximumPacketSize, SAFE_SIZE);
    if (this.filters > 0 && (this.filters >= this.#maxFilters || subscribeSize(bytes, protocolVersion) > maximumSize))
      return false;
    this.filters++;
    this.#bytes = bytes;
    return true;
  }
}
