import type { MqttMessage, PublishProperties } from '../../message.js';
import type { Overlaps } from './overlaps.js';
import { type SubscriptionState, nextRequest } from './subscription-state.js';

/** A stream that a message could be for, by its topic. */
export interface OverlapCandidate {
  /** Those of its filters that match the topic, in the order in which the stream has them; at least one. */
  readonly matching: readonly string[];
  /** How many SUBSCRIBEs there were before it. */
  readonly since: number;
}

/**
 * Where filters overlap, a broker may send one copy of a message for each of them (5.0 section 3.3.4). Their identifiers say which
 * copy came because of which filter, and each stream is given one of them.
 */
export class OverlapDedup {
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #overlaps: Overlaps;
  readonly #count: () => number;

  constructor(states: ReadonlyMap<string, SubscriptionState>, overlaps: Overlaps, count: () => number) {
    this.#states = states;
    this.#overlaps = overlaps;
    this.#count = count;
  }

  /** How many SUBSCRIBEs there were. */
  get since(): number {
    return this.#count();
  }

  /** Whether messages may still come because of this filter, though no stream wants it and the broker is to forget it. */
  isEnding(filter: string): boolean {
    const state = this.#states.get(filter);
    if (state === undefined || state.consumers > 0) return false;
    return state.pending !== undefined || nextRequest(state) === 'unsubscribe';
  }

  /** Whether the topic alone may not tell for which streams the message is. */
  appliesTo({ properties, retain }: MqttMessage): boolean {
    return properties.subscriptionIdentifier !== undefined || (retain && this.#overlaps.hasIdentifiers);
  }

  /** The filters whose topics may be anything, and because of which the message came. */
  aliasFilters({ properties }: MqttMessage): string[] {
    return identifiersOf(properties)
      .map(identifier => this.#overlaps.aliasOf(identifier))
      .filter(filter => filter !== undefined);
  }

  /** The targets that this copy is for, of all that match its topic. */
  select<T extends OverlapCandidate>({ properties, retain }: MqttMessage, targets: readonly T[]): readonly T[] {
    if (properties.subscriptionIdentifier === undefined) return this.#withoutIdentifier(targets);
    const identifiers = identifiersOf(properties);
    // of an earlier process, in a session that it left behind
    if (!identifiers.some(identifier => this.#overlaps.hasGiven(identifier))) return targets;
    return targets.filter(target => {
      const state = retain ? this.#retainedBy(target) : this.#first(target);
      return state?.identifier !== undefined && identifiers.includes(state.identifier);
    });
  }

  /** The filter whose copies the target gets: the first that the broker is known to hold. */
  #first({ matching }: OverlapCandidate): SubscriptionState | undefined {
    const states = matching.map(filter => this.#states.get(filter));
    return states.find(state => state?.identified) ?? states[0];
  }

  /** The filter whose retained messages the target gets: of those subscribed since it came, and not for others before, the first. */
  #retainedBy({ matching, since }: OverlapCandidate): SubscriptionState | undefined {
    let first = this.#states.get(matching[0]!);
    let earliest = Infinity;
    for (const filter of matching) {
      const state = this.#states.get(filter);
      const turn = state === undefined ? Infinity : retainedOrder(state, since);
      if (turn >= earliest) continue;
      first = state;
      earliest = turn;
    }
    return first;
  }

  /**
   * A retained message, perhaps for a filter that was subscribed before another came that overlaps it. It is not for that one then,
   * whose own SUBSCRIBE is going to bring it once more.
   */
  #withoutIdentifier<T extends OverlapCandidate>(targets: readonly T[]): readonly T[] {
    if (!targets.some(({ matching }) => matching.some(filter => isComing(this.#states.get(filter))))) return targets;
    const asked = targets.filter(target => {
      const brought = this.#retainedBy(target)?.retainedBy;
      return brought !== undefined && brought.by > 0 && brought.identifier === undefined;
    });
    return asked.length > 0 ? asked : targets;
  }
}

const identifiersOf = ({ subscriptionIdentifier = [] }: PublishProperties): readonly number[] =>
  typeof subscriptionIdentifier === 'number' ? [subscriptionIdentifier] : subscriptionIdentifier;

/** Which SUBSCRIBE after that many brings the retained messages of the filter; Infinity for none. */
function retainedOrder({ retainedBy: brought, held, pending }: SubscriptionState, since: number): number {
  if (brought.by > since) return brought.by;
  const isToCome = held === undefined && pending?.kind !== 'subscribe';
  return isToCome ? Number.MAX_SAFE_INTEGER : Infinity;
}

/** Its SUBSCRIBE has gone out with an identifier, and is not answered yet. */
const isComing = (state: SubscriptionState | undefined): boolean =>
  state?.pending?.kind === 'subscribe' && state.pending.identifier !== undefined;
