import type { MqttMessage, PublishProperties } from '../../message.js';
import type { Overlaps } from './overlaps.js';
import type { SubscriptionRequests } from './subscription-requests.js';
import { type SubscriptionState, nextRequest } from './subscription-state.js';

/** A stream whose filters match the topic of a message. */
export interface OverlapCandidate {
  /** The filters of the stream that match the topic, in the order of the stream; at least one. */
  readonly matching: readonly string[];
  /** The number of SUBSCRIBEs that were sent before the stream was subscribed. */
  readonly since: number;
}

/**
 * Selects the streams that get a copy of a message. Where filters overlap, a broker may send one copy for each of them (5.0 section 3.3.4).
 * The subscription identifiers tell because of which filter a copy was sent, and each stream gets the copies of one filter only.
 */
export class OverlapDedup {
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #overlaps: Overlaps;
  readonly #requests: Pick<SubscriptionRequests, 'subscribeCount'>;

  constructor(
    states: ReadonlyMap<string, SubscriptionState>,
    overlaps: Overlaps,
    requests: Pick<SubscriptionRequests, 'subscribeCount'>,
  ) {
    this.#states = states;
    this.#overlaps = overlaps;
    this.#requests = requests;
  }

  /** The number of SUBSCRIBEs that were sent in this session. */
  get since(): number {
    return this.#requests.subscribeCount;
  }

  /** Whether the broker may still send messages because of this filter, although no stream wants it and it is to be unsubscribed. */
  isEnding(filter: string): boolean {
    const state = this.#states.get(filter);
    if (state === undefined || state.consumers > 0) return false;
    return state.pending !== undefined || nextRequest(state) === 'unsubscribe';
  }

  /** Whether the topic of a message is not enough to tell which streams get it. */
  appliesTo({ properties, retain }: MqttMessage): boolean {
    return properties.subscriptionIdentifier !== undefined || (retain && this.#overlaps.hasIdentifiers);
  }

  /** Returns the filters with unpredictable topics because of which the message was sent. */
  unpredictableFilters({ properties }: MqttMessage): string[] {
    return identifiersOf(properties)
      .map(identifier => this.#overlaps.unpredictableFilterOf(identifier))
      .filter(filter => filter !== undefined);
  }

  /** Selects the streams that get this copy from the candidates. */
  select<T extends OverlapCandidate>({ properties, retain }: MqttMessage, candidates: readonly T[]): readonly T[] {
    if (properties.subscriptionIdentifier === undefined) return this.#selectForPlainCopy(candidates);
    const identifiers = identifiersOf(properties);
    // an earlier process subscribed with these identifiers, in a session that it left behind
    if (!identifiers.some(identifier => this.#overlaps.hasAssigned(identifier))) return candidates;
    return candidates.filter(candidate => {
      const state = retain ? this.#filterForRetained(candidate) : this.#filterForLive(candidate);
      return state?.identifier !== undefined && identifiers.includes(state.identifier);
    });
  }

  /** Returns the filter whose copies the stream gets: the first one that the broker is known to hold. */
  #filterForLive({ matching }: OverlapCandidate): SubscriptionState | undefined {
    const states = matching.map(filter => this.#states.get(filter));
    return states.find(state => state?.isIdentified) ?? states[0];
  }

  /** Returns the filter whose retained messages the stream gets: the one of the first SUBSCRIBE that was sent for the stream. */
  #filterForRetained({ matching, since }: OverlapCandidate): SubscriptionState | undefined {
    let first = this.#states.get(matching[0]!);
    let firstOrder = Infinity;
    for (const filter of matching) {
      const state = this.#states.get(filter);
      const order = state === undefined ? Infinity : orderOfRetained(state, since);
      if (order >= firstOrder) continue;
      first = state;
      firstOrder = order;
    }
    return first;
  }

  /**
   * Selects the streams for a copy without an identifier. A retained one may have been sent for a filter that was subscribed before another
   * filter overlapped it. The stream of the other filter does not get this copy, as its own SUBSCRIBE brings the message again.
   */
  #selectForPlainCopy<T extends OverlapCandidate>(candidates: readonly T[]): readonly T[] {
    const hasPending = candidates.some(({ matching }) =>
      matching.some(filter => isPendingWithIdentifier(this.#states.get(filter))),
    );
    if (!hasPending) return candidates;
    const subscribedPlain = candidates.filter(candidate => {
      const state = this.#filterForRetained(candidate);
      return state !== undefined && state.retainedOrder > 0 && state.retainedIdentifier === undefined;
    });
    return subscribedPlain.length > 0 ? subscribedPlain : candidates;
  }
}

const identifiersOf = ({ subscriptionIdentifier = [] }: PublishProperties): readonly number[] =>
  typeof subscriptionIdentifier === 'number' ? [subscriptionIdentifier] : subscriptionIdentifier;

/** Returns the sequence number of the SUBSCRIBE after `since` that brings the retained messages of the filter; Infinity for none. */
function orderOfRetained({ retainedOrder, held, pending }: SubscriptionState, since: number): number {
  if (retainedOrder > since) return retainedOrder;
  const isYetToBeSent = held === undefined && pending?.kind !== 'subscribe';
  return isYetToBeSent ? Number.MAX_SAFE_INTEGER : Infinity;
}

/** Whether a SUBSCRIBE of the filter was sent with an identifier and is not answered yet. */
const isPendingWithIdentifier = (state: SubscriptionState | undefined): boolean =>
  state?.pending?.kind === 'subscribe' && state.pending.identifier !== undefined;
